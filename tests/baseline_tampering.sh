#!/usr/bin/env bash
# baseline_tampering.sh NPGUARD: a real SYSTEM hive has no difference from its own baseline, and each of twenty tamperings
# (hivexregedit) is named as exactly the field that it is. Needs NPGUARD_CORPUS and hivexregedit; skips without (77).
set -u
npguard=$(realpath "$1")
hive=${NPGUARD_CORPUS:-}/hive/mkorman90+regipy/regipy_tests/data/SYSTEM_2
[[ -f $hive ]] || hive=${NPGUARD_CORPUS:-}/hive/mkorman90+regipy/regipy_tests/data/SYSTEM
command -v hivexregedit >/dev/null || { echo "skipped: no hivexregedit (libwin-hivex-perl)"; exit 77; }
[[ -f $hive ]] || { echo "skipped: no corpus (NPGUARD_CORPUS)"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
openssl genpkey -algorithm ed25519 -out key.pem 2>/dev/null && openssl pkey -in key.pem -pubout -out pub.pem || exit 1
mkdir good
cp "$hive" good/SYSTEM
failures=0

"$npguard" baseline build good -o base --key key.pem --minimum-hosts 1 --minimum-age 0 2>build.txt
"$npguard" baseline show base --key pub.pem >/dev/null || { echo "FAIL show"; exit 1; }
itself=$("$npguard" baseline diff base good --key pub.pem)
grep -q ': 0 differences' <<<"$itself" || { echo "FAIL a hive differs from itself: $itself"; failures=1; }
# The current control set, and one provider that Windows ships.
set=$(hivexget good/SYSTEM 'Select' Current 2>/dev/null)
set=$(printf 'ControlSet%03d' "$((${set:-1}))")
np="\\$set\\Services\\RDPNP\\NetworkProvider"
order="\\$set\\Control\\NetworkProvider"

# tamper NAME EXPECTED REG-LINES...: EXPECTED are the lines of kind, thing and field that diff must print, joined by |.
count=0
tamper() {
  local name=$1 expected=$2 have
  shift 2
  count=$((count + 1))
  rm -rf bad && mkdir bad && cp good/SYSTEM bad/SYSTEM && chmod u+w bad/SYSTEM
  { echo 'Windows Registry Editor Version 5.00'; echo; printf '%s\n' "$@"; echo; } >change.reg
  hivexregedit --merge --prefix 'HKEY_LOCAL_MACHINE\SYSTEM' bad/SYSTEM change.reg || { echo "FAIL $name: hivexregedit"; failures=1; return; }
  have=$("$npguard" baseline diff base bad --key pub.pem | grep -E '^  (added|removed|changed) ' | sed -E 's/^  +//; s/ +/ /g' | paste -sd'|')
  [[ $have == "$expected" ]] || { echo "FAIL $name: '$have' instead of '$expected'"; failures=1; }
}
k="HKEY_LOCAL_MACHINE\\SYSTEM"
sz() { printf '"%s"="%s"' "$1" "$2"; }
tamper 'path' 'changed provider RDPNP ProviderPath' "[$k$np]" "$(sz ProviderPath 'C:\\evil.dll')"
tamper 'class' 'added provider RDPNP Class' "[$k$np]" '"Class"=dword:00000002'
tamper 'authent path' 'added provider RDPNP AuthentProviderPath' "[$k$np]" "$(sz AuthentProviderPath 'C:\\evil.dll')"
tamper 'name' 'changed provider RDPNP Name' "[$k$np]" "$(sz Name 'Other')"
tamper 'device name' 'changed provider RDPNP DeviceName' "[$k$np]" "$(sz DeviceName '\\Device\\x')"
tamper 'display name' 'changed provider RDPNP DisplayName' "[$k$np]" "$(sz DisplayName 'x')"
tamper 'unknown value' 'added provider RDPNP Zzz' "[$k$np]" '"Zzz"=hex:00,01'
tamper 'group' 'added provider RDPNP service Group' "[$k\\$set\\Services\\RDPNP]" "$(sz Group 'NetworkProvider')"
tamper 'image path' 'added provider RDPNP service ImagePath' "[$k\\$set\\Services\\RDPNP]" "$(sz ImagePath 'C:\\x.exe')"
tamper 'start' 'added provider RDPNP service Start' "[$k\\$set\\Services\\RDPNP]" '"Start"=dword:00000002'
tamper 'type' 'added provider RDPNP service Type' "[$k\\$set\\Services\\RDPNP]" '"Type"=dword:00000010'
tamper 'other path' 'changed provider LanmanWorkstation ProviderPath' "[$k\\$set\\Services\\LanmanWorkstation\\NetworkProvider]" "$(sz ProviderPath 'C:\\x.dll')"
tamper 'other class' 'added provider LanmanWorkstation Class' "[$k\\$set\\Services\\LanmanWorkstation\\NetworkProvider]" '"Class"=dword:00000001'
tamper 'other group' 'changed provider LanmanWorkstation service Group' "[$k\\$set\\Services\\LanmanWorkstation]" "$(sz Group 'x')"
tamper 'order' 'changed order Order ProviderOrder' "[$k$order\\Order]" "$(sz ProviderOrder 'RDPNP,LanmanWorkstation,webclient,Evil')"
tamper 'order reversed' 'changed order Order ProviderOrder' "[$k$order\\Order]" "$(sz ProviderOrder 'webclient,LanmanWorkstation,RDPNP')"
tamper 'hardware order' 'changed order HwOrder ProviderOrder' "[$k$order\\HwOrder]" "$(sz ProviderOrder 'Evil')"
tamper 'log file' 'changed policy Services\EventLog\Security MaxSize' "[$k\\$set\\Services\\EventLog\\Security]" '"MaxSize"=dword:00010000'
tamper 'path removed' 'removed provider RDPNP ProviderPath' "[$k$np]" '"ProviderPath"=-'
tamper 'provider added' 'added provider Evil|added key Services\Evil|added key Services\Evil\NetworkProvider' "[$k\\$set\\Services\\Evil]" '' "[$k\\$set\\Services\\Evil\\NetworkProvider]" "$(sz ProviderPath 'C:\\x.dll')"

[[ $count -eq 20 ]] || { echo "FAIL $count tamperings instead of 20"; failures=1; }
sed 's/RDPNP/RDPNQ/' base >tampered
"$npguard" baseline diff tampered good --key pub.pem >/dev/null 2>refusal.txt && { echo "FAIL a tampered baseline is taken"; failures=1; }
grep -q refused refusal.txt || { echo "FAIL $(cat refusal.txt)"; failures=1; }
[[ $failures -eq 0 ]] && echo "a hive has no difference from itself; $count of $count tamperings named; a tampered baseline is refused"
exit $failures
