#!/usr/bin/env bash
# damage.sh PROGRAM EXAMPLE_HOST: a few hundred damaged forms of the hives of the example hosts (tests/damage.py).
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for host in examples/*/recipe.yaml; do
  "$2" "$host" "$work/$(basename "$(dirname "$host")")" >/dev/null
done
python3 tests/damage.py "$1" --built "$work" --mutants 400
