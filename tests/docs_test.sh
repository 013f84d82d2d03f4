#!/usr/bin/env bash
# docs_test.sh ROOT [NPGUARD]: what the documents say against what the code has. Paths and functions that ARCHITECTURE.md
# names, its layer table, reasons, rules, checks, options, exit codes, commands and links. Without a program the checks that ask
# it are left out, by name. Exit code 0, or 1 with what is wrong.
set -u
export LC_ALL=C.UTF-8
cd "$1" || exit 1
npguard=${2:-}
failures=0

wrong() {
  echo "FAIL $1"
  failures=$((failures + 1))
}
# differ WHAT LEFT RIGHT: two sorted lists that must be one.
differ() {
  local line
  while IFS= read -r line; do
    [[ -z $line ]] || wrong "$1: $line"
  done < <(diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") | grep '^[<>]')
}

architecture() {
  local path function file token
  # Every path in backticks.
  while IFS= read -r path; do
    [[ -e $path ]] || wrong "ARCHITECTURE.md: $path does not exist"
  done < <(grep -oP '`\K(?:(?:src|cmake|data|docs|tests|tools|examples|bench|\.ci)(?:/[\w./-]*)?|dev|[\w.-]+\.(?:md|txt|json))(?=`)' ARCHITECTURE.md | sort -u)
  # A table row that names a file and functions: the file has them.
  while IFS='|' read -r _ _ file function _; do
    file=$(grep -oP '`\K[^`]+' <<<"$file" | head -1)
    while IFS= read -r token; do
      grep -qw -- "${token##*::}" "$file" || wrong "ARCHITECTURE.md: $file has no $token"
    done < <(grep -oP '`\K[\w:]+(?=`)' <<<"$function")
  done < <(sed -n '/<!-- life:begin -->/,/<!-- life:end -->/p' ARCHITECTURE.md | grep '^| [0-9]')
  differ 'ARCHITECTURE.md and cmake/layers.cmake differ (< cmake, > document)' \
    "$(grep -oP '^\s+"\K[^"]+' cmake/layers.cmake | sed 's/,/, /g' | sort)" \
    "$(sed -n '/<!-- layers:begin -->/,/<!-- layers:end -->/p' ARCHITECTURE.md | grep -oP '^\| `\K[^|]*\|[^|]*' |
      sed -E 's/` *\| */:/; s/ *$//; s/:-$/:/; s/`//g' | sort)"
}

reasons() {
  local statements codes forms code weight
  # A statement is flattened first: the formatter breaks it where it likes.
  statements=$(find src/analysis/inventory -name '*.cpp' ! -name '*_test.cpp' -exec cat {} + | tr '\n' ' ' |
    grep -oP '\b(?:raise|contradict|doubt|lower|missing)\s*\([^;]*;')
  forms=$(find src/analysis/inventory -name '*.cpp' ! -name '*_test.cpp' -exec grep -ohP '^\s*\{"\K[a-z_]+", *\d+' {} + | sed -E 's/", */ /; s/^/path_/')
  codes=$({ grep -oP '"\K[a-z]+(_[a-z]+)+(?=")' <<<"$statements"; cut -d' ' -f1 <<<"$forms"; } | sort -u)
  differ 'docs/reasons.md and src/analysis/inventory differ (< code, > document)' "$codes" \
    "$(grep -oP '^\| `\K[a-z_]+(?=` \|)' docs/reasons.md | sort -u)"
  # Weights that the code gives as plain numbers.
  while read -r code weight; do
    [[ -z $code ]] || grep -qE "^\| \`$code\` \| ([+][0-9]+, else )?[+]$weight\b" docs/reasons.md || wrong "docs/reasons.md: $code has weight +$weight in the code"
  done < <({ echo "$forms"; grep -oP '(?:raise|contradict|doubt)\s*\(\s*"\K[a-z_]+", *\d+(?=,)' <<<"$statements" | sed -E 's/", */ /'; })
  while read -r code weight; do
    [[ -z $code ]] || grep -qE "^\| \`$code\` \| -$weight\b" docs/reasons.md || wrong "docs/reasons.md: $code has weight -$weight in the code"
  done < <(grep -oP 'lower\s*\(\s*"\K[a-z_]+", *\d+(?=,)' <<<"$statements" | sed -E 's/", */ /')
}

rules() {
  local flat id title attack needs section default
  flat=$(cat src/analysis/detect/rules.cpp src/analysis/baseline/drift.cpp | tr '\n' ' ' | tr -s ' ')
  flat=${flat//\" \"/}  # A string that the formatter broke is one string.
  default=$(grep -oP 't_provider = "\K[^"]+' <<<"$flat" | head -1)
  differ 'docs/detections and the lists of rules differ (< code, > pages)' "$(grep -oP '\{"\KNPG\d+' <<<"$flat" | sort)" \
    "$(find docs/detections -name 'NPG*.md' -printf '%f\n' | sed 's/\.md$//' | sort)"
  while IFS=$'\t' read -r id title attack needs; do
    [[ $attack == t_provider ]] && attack=$default
    local page=docs/detections/$id.md
    [[ -e $page ]] || continue
    [[ $(head -1 "$page") == "# $id: $title" ]] || wrong "$page: the first line is not '# $id: $title'"
    grep -qF "| ATT&CK | ${attack//\"/} |" "$page" || wrong "$page: ATT&CK is ${attack//\"/} in the code"
    grep -qF "| Needs | $needs |" "$page" || wrong "$page: the rule needs '$needs' in the code"
    for section in What Why 'Benign causes' 'Blind spots' 'Check by hand'; do
      grep -qx "## $section" "$page" || wrong "$page: no section '$section'"
    done
  done < <(grep -oP '\{"NPG\d+", "[^"]*", S::\w+, [^,]+, "[^"]*"' <<<"$flat" |
    sed -E 's/\{"(NPG[0-9]+)", "([^"]*)", S::\w+, ([^,]+), "([^"]*)"/\1\t\2\t\3\t\4/')
}

posture() {
  local check
  while IFS= read -r check; do
    grep -qF "| \`$check\` |" docs/posture.md || wrong "docs/posture.md: no check $check"
  done < <(grep -ohP '"\K[a-z]+(_[a-z]+)+(?=")' src/analysis/posture/posture.cpp | sort -u)
}

exit_codes() {
  differ 'docs/cli.md and exit_codes.hpp differ (< code, > document; 3 is 1 and 2 joined)' \
    "$({ tr '\n' ' ' <src/programs/cli/exit_codes.hpp | grep -oP 'constexpr int \w+ =\s+\K\d+'; echo 3; } | sort -n)" \
    "$(sed -n '/^## Exit codes/,$p' docs/cli.md | grep -oP '^\| \K\d+(?= \|)' | sort -n)"
}

links() {
  local document target
  while IFS= read -r document; do
    while IFS= read -r target; do
      [[ -e $(dirname "$document")/$target ]] || wrong "$document: the link to $target leads nowhere"
    done < <(grep -oP '\]\(\K(?!https?:)[^)#]+' "$document")
  done < <(find . -maxdepth 1 -name '*.md'; find docs examples -name '*.md')
}

# Help of npguard and of each verb below it, once each.
declare -A help_of=()
help_text() {
  local key="npguard $*"
  [[ -n ${help_of[$key]:-} ]] || help_of[$key]=$("$npguard" "$@" --help)
  answer=${help_of[$key]}
}
# subcommand WORD: true when the help in $answer lists it as a verb.
subcommand() { sed -n '/^Subcommands:/,/^$/p' <<<"$answer" | grep -qP "^  \Q$1\E\s"; }
options_in() { grep -oP '(?<![\w-])--?[a-z][a-z0-9-]*' <<<"$1" | sort -u; }

# npguard_command WORD...: verbs and options exist.
npguard_command() {
  local verbs=() word
  help_text
  for word in "$@"; do
    [[ $word == '|' || $word == '>' ]] && break
    if [[ $word == -?* ]]; then
      options_in "$(sed -n '/^Options:/,/^$/p' <<<"$answer")" | grep -qxF -- "${word%%=*}" || wrong "$document: npguard ${verbs[*]} has no option $word"
    elif subcommand "$word"; then
      verbs+=("$word")
      help_text "${verbs[@]}"
    elif [[ ${#verbs[@]} -eq 0 ]]; then
      wrong "$document: npguard has no verb $word"
      return
    fi
  done
}

commands() {
  local document line words
  for document in *.md docs/*.md; do
    while IFS= read -r line; do
      read -r -a words <<<"$line"
      if [[ ${words[1]} == ./dev ]]; then
        # Without a verb it lists them.
        [[ -z ${words[2]:-} ]] || grep -q "^cmd_${words[2]}()" dev || wrong "$document: ./dev has no ${words[2]}"
      elif [[ -n $npguard ]]; then
        npguard_command "${words[@]:2}"
      fi
    done < <(sed -n '/^```console/,/^```$/p' "$document" | grep -E '^\$ (npguard|\./dev)( |$)')
  done
}

options() {
  local every='' verb
  for verb in '' scan timeline dump 'dump hive' 'dump evtx' 'dump pe' 'dump case'; do
    # shellcheck disable=SC2086
    help_text $verb
    every+=$(sed -n '/^Options:/,/^$/p' <<<"$answer" | grep -oP '^  \K-\S+' | sed 's/,/ /g')$'\n'
  done
  differ 'docs/cli.md and --help differ (< help, > document)' "$(options_in "$every")" "$(options_in "$(grep -oP '^\| `\K[^|]*' docs/cli.md)")"
}

architecture
reasons
rules
posture
exit_codes
links
commands
# The README shows what the demo prints; the golden of the same host is held by a test of its own.
[[ $(<README.md) == *"$(<src/app/golden/compromised-host.txt)"* ]] || wrong "README.md: the example screen is not src/app/golden/compromised-host.txt"
if [[ -n $npguard ]]; then
  options
else
  echo "left out without a program: npguard commands, options"
fi
[[ $failures -eq 0 ]] || { echo "$failures wrong"; exit 1; }
echo "documents agree with the code"
