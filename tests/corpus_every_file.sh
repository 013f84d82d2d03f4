#!/usr/bin/env bash
# corpus_every_file.sh PROGRAM: every file of the corpus, whatever its kind, given to scan and to each dump. No crash, no
# hang, no exit code outside the documented ones, no report of a sanitizer where the program has them, and JSON that parses.
set -u
program=$1
[ -n "${NPGUARD_CORPUS:-}" ] || { echo "skipped: NPGUARD_CORPUS is not set"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A sanitizer's report must not look like exit code 1, which is "findings".
export ASAN_OPTIONS=${ASAN_OPTIONS:-exitcode=99} UBSAN_OPTIONS=${UBSAN_OPTIONS:-exitcode=99:print_stacktrace=1}
export program work

try_file() {
  local file=$1 code name
  name=$(printf '%s' "$file" | sha256sum | cut -c1-16)
  timeout 120 "$program" scan --threads 1 --no-progress -q --json "$work/$name.json" "$file" >"$work/$name.err" 2>&1
  code=$?
  case $code in 0 | 1 | 2 | 3) ;; *) echo "scan $file: exit $code"; head -3 "$work/$name.err" ;; esac
  python3 -c 'import json,sys; json.load(open(sys.argv[1]))' "$work/$name.json" 2>/dev/null || echo "scan $file: no JSON"
  for kind in hive evtx pe; do
    timeout 120 "$program" dump "$kind" "$file" >/dev/null 2>"$work/$name.err"
    code=$?
    case $code in 0 | 2) ;; *) echo "dump $kind $file: exit $code"; head -3 "$work/$name.err" ;; esac
  done
  rm -f "$work/$name".*
}
export -f try_file
find "$NPGUARD_CORPUS" -type f -print0 | xargs -0 -P "$(nproc)" -I{} bash -c 'try_file "$@"' _ {} >"$work/failures"
count=$(find "$NPGUARD_CORPUS" -type f | wc -l)
[ "$count" -gt 0 ] || { echo "the corpus is empty"; exit 1; }
if [ -s "$work/failures" ]; then
  sort "$work/failures"
  exit 1
fi
echo "$count files, each through scan, dump hive, dump evtx and dump pe"
