#!/usr/bin/env bash
# tidy_changed.sh BUILD FILE...: clang-tidy over files, on every core. A file that passed is not linted again until it, a
# header of the project or the configuration changes (stamps in BUILD/tidy-stamps).
set -euo pipefail
build=$1; shift
stamps=$build/tidy-stamps
mkdir -p "$stamps"
headers=$(cat .clang-tidy $(git ls-files -co --exclude-standard 'src/*.hpp' | sort) | sha256sum | cut -c1-16)
export build stamps headers
lint_one() {
  local stamp
  stamp=$stamps/$(cat "$1" <(echo "$headers") | sha256sum | cut -c1-32)
  [[ -e $stamp ]] && return 0
  clang-tidy-19 -p "$build" --quiet --warnings-as-errors='*' "$1" 2> >(grep -v 'warnings generated\|Suppressed\|Use -header-filter' >&2) && touch "$stamp"
}
export -f lint_one
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} bash -c 'lint_one {}'
