#!/usr/bin/env bash
# Builds the example hosts and lets other people's readers judge the files. What is not installed is
# skipped by name.
#   tests/builders_accepted.sh BIN_DIR     BIN_DIR holds npguard_example_host, or folders above it
set -u
bin_dir=${1:?usage: builders_accepted.sh BIN_DIR}
root=$(cd "$(dirname "$0")/.." && pwd)
builder=$(find "$bin_dir" -name npguard_example_host -type f -perm -u+x | head -n 1)
[ -n "$builder" ] || { echo "no npguard_example_host below $bin_dir"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
checks=0

check() {  # check WHAT COMMAND...: the command must succeed
  local what=$1
  shift
  checks=$((checks + 1))
  if ! "$@" >"$work/out" 2>"$work/err"; then
    echo "FAIL $what"
    head -n 5 "$work/err" "$work/out"
    failures=$((failures + 1))
  fi
}
expect() {  # expect WHAT WANTED GOT
  checks=$((checks + 1))
  if [ "$2" != "$3" ]; then
    echo "FAIL $1: wanted '$2', got '$3'"
    failures=$((failures + 1))
  fi
}
have() {
  command -v "$1" >/dev/null || { echo "SKIP $1: not installed"; return 1; }
}
records_told() {  # the builder's own count for a log
  sed -n "s|.*/$(basename "$1" | sed 's/[.%]/\\&/g')  (\([0-9]*\) records)|\1|p" "$2"
}

for example in compromised-host clean-host; do
  check "build $example" "$builder" "$root/examples/$example/recipe.yaml" "$work/$example"
  cp "$work/out" "$work/$example.list"
done
"$builder" "$root/examples/clean-host/recipe.yaml" "$work/clean-host" >/dev/null 2>&1
expect "a full folder is refused" 73 $?

mapfile -t hives < <(find "$work" -path '*/config/*' ! -name '*.LOG1' | sort)
mapfile -t logs < <(find "$work" -name '*.evtx' | sort)
mapfile -t images < <(find "$work" -name '*.dll' | sort)
expect "hives" 6 "${#hives[@]}"

if have hivexml; then
  for hive in "${hives[@]}"; do check "hivexml $hive" hivexml "$hive"; done
fi
if have hivexget; then
  order() { hivexget "$1/C/Windows/System32/config/SYSTEM" 'ControlSet001\Control\NetworkProvider\Order' ProviderOrder; }
  expect "order before replay" "RDPNP,LanmanWorkstation,LanmanRedirSvc" "$(order "$work/compromised-host")"
  expect "order of the clean host" "P9NP,RDPNP,LanmanWorkstation,webclient,vmhgfs" "$(order "$work/clean-host")"
fi
if have regfexport; then
  for hive in "${hives[@]}"; do check "regfexport $hive" regfexport "$hive"; done
fi
if have reglookup; then
  for hive in "${hives[@]}"; do
    check "reglookup $hive" reglookup "$hive"
    expect "reglookup is silent on $hive" "" "$(cat "$work/err")"
  done
fi
if have evtxexport; then
  for log in "${logs[@]}"; do
    check "evtxexport $log" evtxexport "$log"
    list=$work/$(echo "${log#"$work"/}" | cut -d/ -f1).list
    expect "records in $(basename "$log")" "$(records_told "$log" "$list")" "$(grep -c '^Event number' "$work/out")"
    expect "no recovered records in $(basename "$log")" 0 "$(grep -ci '^Recovered' "$work/out")"
  done
fi
if /usr/bin/python3 -c 'import Evtx' 2>/dev/null; then
  cat >"$work/read_evtx.py" <<'PYTHON'
import sys
import xml.etree.ElementTree as tree
import Evtx.Evtx as evtx
for path, wanted in zip(sys.argv[1::2], sys.argv[2::2]):
    read = 0
    with evtx.Evtx(path) as log:
        header = log.get_file_header()
        # Its verify() knows version 3.1 alone; 3.2 is what newer Windows writes.
        assert header.check_magic() and header.calculate_checksum() == header.checksum(), path
        for chunk in log.chunks():
            assert chunk.verify(), path
            for record in chunk.records():
                assert record.verify(), path
                tree.fromstring(record.xml())
                read += 1
    assert read == int(wanted), (path, read, wanted)
PYTHON
  arguments=()
  for log in "${logs[@]}"; do
    list=$work/$(echo "${log#"$work"/}" | cut -d/ -f1).list
    arguments+=("$log" "$(records_told "$log" "$list")")
  done
  check "python-evtx" /usr/bin/python3 "$work/read_evtx.py" "${arguments[@]}"
else
  echo "SKIP python-evtx: not installed"
fi
if /usr/bin/python3 -c 'import pefile' 2>/dev/null; then
  cat >"$work/read_pe.py" <<'PYTHON'
import sys
import pefile
for path in sys.argv[1:]:
    image = pefile.PE(path)
    names = {symbol.name for symbol in image.DIRECTORY_ENTRY_EXPORT.symbols}
    assert b"NPGetCaps" in names, path
    assert image.OPTIONAL_HEADER.AddressOfEntryPoint == 0, path
    assert not any(section.Characteristics & 0x20000020 for section in image.sections), path
    target = {symbol.address for symbol in image.DIRECTORY_ENTRY_EXPORT.symbols}
    assert all(image.get_data(rva, 16) == bytes(16) for rva in target), path
PYTHON
  check "pefile" /usr/bin/python3 "$work/read_pe.py" "${images[@]}"
else
  echo "SKIP pefile: not installed"
fi

echo "$checks checks, $failures failed: ${#hives[@]} hives, ${#logs[@]} logs, ${#images[@]} images"
[ "$failures" -eq 0 ]
