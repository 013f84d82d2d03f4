#!/usr/bin/env bash
# command_line.sh NPGUARD EXAMPLE_HOST: the command line's contract: exit codes, streams, JSON against the schema, and that
# evidence is never touched.
set -u
npguard=$1
example_host=$2
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
export HOME=$work/home XDG_DATA_HOME=$work/data # No mirror of the user's own decides what is printed here.

expect() { # expect WHAT WANTED GOT
  if [ "$2" != "$3" ]; then
    echo "FAIL $1: wanted '$2', got '$3'"
    failures=$((failures + 1))
  fi
}
code_of() { "$@" >"$work/out" 2>"$work/err"; echo $?; }

"$example_host" "$root/examples/compromised-host/recipe.yaml" "$work/bad" >/dev/null || exit 1
"$example_host" "$root/examples/clean-host/recipe.yaml" "$work/good" >/dev/null || exit 1
tree() { (cd "$1" && find . -type f -exec sha256sum {} + | sort && find . -printf '%p %m %s %T@ %C@\n' | sort); }
before=$(tree "$work/bad")

expect "no verb" 64 "$(code_of "$npguard")"
expect "unknown verb" 64 "$(code_of "$npguard" guess)"
expect "help" 0 "$(code_of "$npguard" --help)"
expect "version" 0 "$(code_of "$npguard" --version)"
expect "no path" 64 "$(code_of "$npguard" scan)"
expect "missing path" 66 "$(code_of "$npguard" scan "$work/none")"
grep -q "$work/none" "$work/err" || { echo "FAIL the missing path is not named"; failures=$((failures + 1)); }
expect "missing catalogs" 66 "$(code_of "$npguard" scan --catalogs "$work/none.cat" "$work/good")"
grep -q "cannot open --catalogs $work/none.cat" "$work/err" || { echo "FAIL the missing catalogs are not named"; failures=$((failures + 1)); }
for verb in "" scan explain timeline dump "dump hive" "dump evtx" "dump pe" "dump catalog" "dump case" baseline "baseline build" \
  "baseline diff" except "except add" stack attack "attack import"; do
  # shellcheck disable=SC2086 # Verbs are words.
  expect "columns of $verb --help" "" "$("$npguard" $verb --help | sed "s|$npguard|npguard|" | awk 'length($0) > 100')"
  # shellcheck disable=SC2086
  expect "examples of $verb --help" "" \
    "$("$npguard" $verb --help | sed -n '/^Examples:/,$p' | grep -E '^  npguard ' | grep -vE "^  npguard $verb( |$)" |
      { [ -n "$verb" ] && cat; })"
done
expect "bad --as-of" 64 "$(code_of "$npguard" scan --as-of yesterday "$work/good")"
expect "findings" 1 "$(code_of "$npguard" scan "$work/bad")"
expect "stderr is silent where it is no terminal" "" "$(cat "$work/err")"
expect "no finding of that severity" 0 "$(code_of "$npguard" scan --fail-on critical "$work/good")"
expect "strict" 2 "$(code_of "$npguard" scan --strict --fail-on critical "$work/bad/C/Windows/System32/config/SOFTWARE")"
expect "cannot create" 73 "$(code_of "$npguard" scan --json "$work/none/x.json" "$work/good")"

expect "--json over an input" 64 "$(code_of "$npguard" scan --json "$work/bad/C/Windows/System32/config/SYSTEM" "$work/bad")"
expect "--json into the evidence" 64 "$(code_of "$npguard" scan --json "$work/bad/new.json" "$work/bad/")"
ln -s "$work/bad" "$work/link"
expect "--json into the evidence by a link" 64 "$(code_of "$npguard" scan --json "$work/link/new.json" "$work/bad")"
expect "--json over the one input" 64 "$(code_of "$npguard" scan --json "$work/bad/C/Windows/System32/config/SYSTEM" "$work/link/C/Windows/System32/config/SYSTEM")"
mkdir "$work/empty"
expect "no evidence is no clean bill" 2 "$(code_of "$npguard" scan "$work/empty")"
expect "--log and --no-logs" 64 "$(code_of "$npguard" dump hive --no-logs --log x "$work/bad/C/Windows/System32/config/SYSTEM")"
expect "a closed pipe" 1 "$("$npguard" scan "$work/bad" 2>/dev/null | head -c 1 >/dev/null; echo "${PIPESTATUS[0]}")"

expect "explain a provider" 0 "$(code_of "$npguard" explain LanmanRedirSvc "$work/bad")"
grep -q "check_by_hand\|Check by hand" "$work/out" || { echo "FAIL explain does not say how to check"; failures=$((failures + 1)); }
expect "explain a code" 0 "$(code_of "$npguard" explain unknown_name)"
expect "explain nothing" 66 "$(code_of "$npguard" explain no_such_thing "$work/bad")"
expect "explain without evidence" 66 "$(code_of "$npguard" explain x "$work/none")"
cp "$root/data/known_providers.tsv" "$work/known.tsv"
expect "--known that says inbox" 64 "$(code_of "$npguard" scan --known "$work/known.tsv" "$work/good")"
expect "--known that is not there" 66 "$(code_of "$npguard" scan --known "$work/none.tsv" "$work/good")"
{ grep '^name' "$work/known.tsv"; grep -v '^#' "$work/known.tsv" | grep third_party | sed 's/^vmhgfs/OurSso/'; } >"$work/ours.tsv"
expect "--known" 1 "$(code_of "$npguard" scan --known "$work/ours.tsv" "$work/bad")"

printf 'ElfFile\0broken' >"$work/broken.evtx"
expect "incomplete" 2 "$(code_of "$npguard" scan --fail-on critical "$work/good" "$work/broken.evtx")"
expect "incomplete and findings" 3 "$(code_of "$npguard" scan "$work/bad" "$work/broken.evtx")"
grep -q "broken.evtx" "$work/out" || "$npguard" scan --json - -q "$work/broken.evtx" | grep -q broken.evtx ||
  { echo "FAIL the broken file is not named"; failures=$((failures + 1)); }

# One file corrupt in its middle among good ones: 2, and it is named with the place of the damage.
for damaged in config/SYSTEM:6000 winevt/Logs/System.evtx:4608 p9np.dll:1100; do
  rm -rf "$work/mixed"
  cp -r "$work/good" "$work/mixed"
  file=$work/mixed/C/Windows/System32/${damaged%:*}
  head -c 64 /dev/zero | tr '\0' '\377' | dd of="$file" bs=1 seek="${damaged#*:}" conv=notrunc 2>/dev/null
  expect "${damaged%:*} corrupt in the middle" 2 "$(code_of "$npguard" scan --fail-on critical --json "$work/mixed.json" "$work/mixed")"
  tr -d '\n' <"$work/mixed.json" | grep -q "\"path\": \"[^\"]*${damaged%:*}\",[^}]*\"status\": \"\(partial\|damaged\)\"" ||
    { echo "FAIL ${damaged%:*} is not named as damaged"; failures=$((failures + 1)); }
done

"$npguard" scan -q --json "$work/bad.json" "$work/bad"
"$npguard" scan --json - "$work/bad" >"$work/stdout.json"
cmp -s "$work/bad.json" "$work/stdout.json" || { echo "FAIL --json FILE and --json - differ"; failures=$((failures + 1)); }
"$npguard" scan -q --json "$work/good.json" "$work/good"
if command -v python3 >/dev/null; then
  schema=0
  python3 "$root/tests/check_schema.py" "$work/bad.json" "$work/good.json" || schema=$?
  [ "$schema" = 77 ] || expect "the JSON fits docs/schema" 0 "$schema"
fi

for kind in hive:config/SYSTEM evtx:winevt/Logs/System.evtx pe:ntlanman.dll; do
  file=$work/bad/C/Windows/System32/${kind#*:}
  expect "dump ${kind%%:*}" 0 "$(code_of "$npguard" dump "${kind%%:*}" "$file")"
  [ -s "$work/out" ] || { echo "FAIL dump ${kind%%:*} printed nothing"; failures=$((failures + 1)); }
done
expect "dump of another kind" 2 "$(code_of "$npguard" dump pe "$work/bad/C/Windows/System32/config/SYSTEM")"
expect "dump of nothing" 66 "$(code_of "$npguard" dump pe "$work/none")"
expect "a reader that stops early is no error" 0 "$("$npguard" dump hive "$work/bad/C/Windows/System32/config/SYSTEM" | head -c 1 >/dev/null; echo "${PIPESTATUS[0]}")"

# The mirror: what is asked for must be there; an invented bundle is imported, shown and held against statements.
expect "no mirror is no error" 1 "$(code_of "$npguard" scan "$work/bad")"
expect "a mirror that is asked for" 66 "$(code_of "$npguard" scan --attack-store "$work/none" "$work/bad")"
expect "attack layer" 0 "$(code_of "$npguard" attack layer "$work/bad")"
grep -q '"layer": "4.5"' "$work/out" || { echo "FAIL no layer"; failures=$((failures + 1)); }
expect "attack layer --visibility" 0 "$(code_of "$npguard" attack layer --visibility "$work/bad")"
"$npguard" attack layer "$work/bad" >"$work/of_evidence.json" 2>/dev/null
expect "a case that is not there" 66 "$(code_of "$npguard" scan --case "$work/typo.case")"
grep -q "$work/typo.case" "$work/err" || { echo "FAIL the missing case is not named"; failures=$((failures + 1)); }
expect "no case was made" "" "$(find "$work" -name 'typo.case*')"
expect "an exception of today" 0 "$(code_of "$npguard" except add -x "$work/ex" --id EX-1 --title t --reason r --ticket T --owner o \
  --author a --approver b --provider P9NP --weak)"
expect "an exception that is newer than the evidence" 0 "$(code_of "$npguard" except test -x "$work/ex" "$work/good")"
grep -q "EX-1: holds as of" "$work/out" || { echo "FAIL an exception of today does not hold"; failures=$((failures + 1)); }
"$npguard" scan -x "$work/ex" "$work/good" >"$work/out" 2>&1
grep -q "held against this machine's clock" "$work/out" || { echo "FAIL the clock is not told"; failures=$((failures + 1)); }
grep -q "not yet valid" "$work/out" && { echo "FAIL an exception of today is not yet valid"; failures=$((failures + 1)); }
"$npguard" scan -x "$work/ex" --as-of 2026-11-20T00:00:00Z "$work/good" >"$work/out" 2>&1
grep -q "clock" "$work/out" && { echo "FAIL --as-of is not what exceptions are held against"; failures=$((failures + 1)); }
expect "a case to make a layer of" 1 "$(code_of "$npguard" scan --case "$work/layer.case" "$work/bad")"
expect "attack layer of a case" 0 "$(code_of "$npguard" attack layer "$work/layer.case")"
cmp -s "$work/out" "$work/of_evidence.json" || { echo "FAIL the layer of a case is not that of its evidence"; failures=$((failures + 1)); }
expect "attack layer of a case and more" 64 "$(code_of "$npguard" attack layer "$work/layer.case" "$work/bad")"
expect "attack layer of nothing" 66 "$(code_of "$npguard" attack layer "$work/none")"
expect "attack list of no store" 66 "$(code_of "$npguard" attack list --store "$work/none")"
expect "attack list where nothing is imported" 0 "$(code_of "$npguard" attack list)"
expect "attack verify where nothing is imported" 66 "$(code_of "$npguard" attack verify)"
expect "attack show without a mirror" 0 "$(code_of "$npguard" attack show T1556.008)"
grep -q "no source object is mirrored" "$work/out" || { echo "FAIL names are not said to be without an object"; failures=$((failures + 1)); }
expect "attack show of what nobody knows" 66 "$(code_of "$npguard" attack show T0000)"
expect "attack raw --json" 64 "$(code_of "$npguard" attack raw --json T1556.008)"
expect "attack verify --domain" 64 "$(code_of "$npguard" attack verify --domain ics-attack)"
expect "a refused first import" 2 "$(code_of "$npguard" attack import --store "$work/never/made" "$root/README.md")"
[ ! -e "$work/never" ] || { echo "FAIL a refused import left a folder"; failures=$((failures + 1)); }
expect "attack analysis without a mirror" 0 "$(code_of "$npguard" attack analysis)"
grep -q not_mirrored "$work/out" || { echo "FAIL statements are not said to be without an object"; failures=$((failures + 1)); }

store=$work/store
bundle=$root/tests/fuzz_seeds/import_fuzz/compact.json # invented
object=attack-pattern--00000001-0000-4000-8000-000000000000
expect "attack import" 0 "$(code_of "$npguard" attack import --store "$store" "$bundle")"
expect "attack import again" 0 "$(code_of "$npguard" attack import --store "$store" "$bundle")"
head -c 1500 "$bundle" >"$work/cut.json"
before_import=$(tree "$store")
expect "attack import of half a bundle" 2 "$(code_of "$npguard" attack import --store "$store" "$work/cut.json")"
grep -q "cut.json: refused: .* at 0x" "$work/err" || { echo "FAIL the place of the damage is not told"; failures=$((failures + 1)); }
expect "attack import of nothing" 66 "$(code_of "$npguard" attack import --store "$store" "$work/none")"
expect "a refused import leaves the store" "$before_import" "$(tree "$store")"
sed '0,/"x_mitre_version":"1.0"/s//"x_mitre_version":"2.0"/; s/2020-01-01T00:00:00/2021-01-01T00:00:00/g; s/"name":"Invented Technique"/"name":"Renamed"/' "$bundle" >"$work/second.json"
expect "attack import of a second release" 0 "$(code_of "$npguard" attack import --store "$store" "$work/second.json")"
expect "attack list" 0 "$(code_of "$npguard" attack list --store "$store")"
expect "attack show" 0 "$(code_of "$npguard" attack show --store "$store" "$object@1.0")"
grep -q "The MITRE Corporation" "$work/out" || { echo "FAIL no licence is shown"; failures=$((failures + 1)); }
content=$(sed -n 's/.*content_sha256 *\([0-9a-f]*\).*/\1/p' "$work/out")
expect "attack raw" 0 "$(code_of "$npguard" attack raw --store "$store" "$object@1.0")"
grep -qF "$(cat "$work/out")" "$bundle" || { echo "FAIL raw is not in the bundle"; failures=$((failures + 1)); }
expect "attack verify" 0 "$(code_of "$npguard" attack verify --store "$store")"
expect "attack history" 0 "$(code_of "$npguard" attack history --store "$store" "$object")"
expect "attack history of an unknown id" 66 "$(code_of "$npguard" attack history --store "$store" T0000)"
expect "attack diff --all of one object" 64 "$(code_of "$npguard" attack diff --all --store "$store" "$object" 1.0 2.0)"
for what in "" "--fields" "--all" "$object"; do
  # shellcheck disable=SC2086
  expect "attack diff $what" 0 "$(code_of "$npguard" attack diff --store "$store" $what 1.0 2.0)"
  # shellcheck disable=SC2086
  expect "attack diff --json $what" 0 "$(code_of "$npguard" attack diff --json --store "$store" $what 1.0 2.0)"
  grep -q '"licence"' "$work/out" || { echo "FAIL no licence in the JSON of a difference"; failures=$((failures + 1)); }
done
expect "attack diff with a release that is not there" 66 "$(code_of "$npguard" attack diff --store "$store" 1.0 3.0)"
printf '{"schema":"npguard.attack_analysis/1","author":"a","date":"2026-01-01","domain":"enterprise-attack","statements":[{"id":"S","kind":"coverage","by":[],"text":"t","objects":[{"attack_id":"T1","stix_id":"%s","release":"1.0","content_sha256":"%s"}]}]}' "$object" "$content" >"$work/own.json"
for state in 1.0:current 2.0:stale; do
  "$npguard" attack analysis --store "$store" --release "${state%:*}" "$work/own.json" | grep -q "S  *${state#*:}" ||
    { echo "FAIL a statement is not ${state#*:} in ${state%:*}"; failures=$((failures + 1)); }
done
expect "stale statements" 2 "$(code_of "$npguard" attack analysis --store "$store" "$work/own.json")"
printf 'x' | dd of="$(ls "$store"/0000-*.segment)" bs=1 seek=900 conv=notrunc 2>/dev/null
expect "attack verify of a damaged store" 2 "$(code_of "$npguard" attack verify --store "$store")"

rm "$store/manifest"
expect "attack import into a store without its list" 2 "$(code_of "$npguard" attack import --store "$store" "$bundle")"
[ "$(ls "$store"/*.segment | wc -l)" = 2 ] || { echo "FAIL segments were swept away"; failures=$((failures + 1)); }

expect "the evidence is untouched" "$before" "$(tree "$work/bad")"
[ "$failures" = 0 ] && echo "the command line keeps its contract"
exit $((failures > 0))
