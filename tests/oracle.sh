#!/usr/bin/env bash
# oracle.sh regf|evtx|pe|damage PROGRAM: npguard against independent parsers over the corpus.
set -euo pipefail
cd "$(dirname "$0")/.."
which=$1
program=$2
[ -n "${NPGUARD_CORPUS:-}" ] || { echo "skipped: NPGUARD_CORPUS is not set"; exit 77; }
case $which in
  regf | damage)
    command -v hivexml >/dev/null && command -v reglookup >/dev/null || { echo "skipped: no hivexml or reglookup"; exit 77; } ;;
  evtx)
    command -v evtxexport >/dev/null || { echo "skipped: no evtxexport"; exit 77; } ;;
  pe)
    /usr/bin/python3 -c 'import pefile' 2>/dev/null || { echo "skipped: no python3-pefile"; exit 77; } ;;
esac
expected=${NPGUARD_EXPECTED:-}
case $which in
  regf)
    mapfile -t hives < <(find "$NPGUARD_CORPUS/hive" -type f -size +1k | sort)
    undamaged=()
    for hive in "${hives[@]}"; do
      # Logs, cut test pieces and the hive that is corrupt on purpose are no hives to compare.
      case $hive in *.LOG | *.LOG[12] | *.log[12] | *corrupted* | */hive_bins_list.1 | */file_header.1) ;; *) undamaged+=("$hive") ;; esac
    done
    # Debian's python bindings live with Debian's python.
    exec /usr/bin/python3 tests/oracle_regf.py "$program" "${undamaged[@]}" ;;
  damage) exec /usr/bin/python3 tests/damage.py "$program" --peers ;;
  evtx)
    [ -z "$expected" ] || python3 tests/oracle_evtx.py --expected "$expected/EXPECTED_evtx.jsonl" "$program dump evtx" "$NPGUARD_CORPUS"
    python3 tests/oracle_evtx.py --tool libevtx --bytes-max 1200000 "$program dump evtx" "$NPGUARD_CORPUS/evtx"
    if [ -x "${EVTX_DUMP:-$(command -v evtx_dump || true)}" ]; then
      python3 tests/oracle_evtx.py --tool evtx_dump "$program dump evtx" "$NPGUARD_CORPUS/evtx"
    else
      echo "evtx_dump: skipped, not installed (EVTX_DUMP)"
    fi ;;
  pe)
    /usr/bin/python3 tests/oracle_pe.py "$program dump pe" "$NPGUARD_CORPUS/pe" ${expected:+"$expected/EXPECTED_pe_cat.jsonl"}
    [[ $(osslsigncode --help 2>&1 || true) == *-ignore-cdp* ]] || { echo "signatures skipped: no osslsigncode 2.8"; exit 0; }
    exec /usr/bin/python3 tests/oracle_trust.py "$program" "$NPGUARD_CORPUS" ${expected:+"$expected/EXPECTED_pe_cat.jsonl"} ;;
esac
