#!/usr/bin/env bash
# Makes signed files for tests, with an authority of their own: signing.sh FOLDER. The folder holds image.dll
# and catalog.cat, unsigned; keys stay in it and sign nothing else. Needs openssl and osslsigncode.
set -euo pipefail
cd "$1"
exec >log 2>&1

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
rsa() { openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1.key"; }
# authority NAME SUBJECT: a root.
authority() {
  issue "$1" "$2" "$1" "$ever" 20400101000000Z basicConstraints=critical,CA:TRUE keyUsage=critical,keyCertSign,cRLSign
}
# issue NAME SUBJECT ISSUER FIRST LAST EXTENSIONS…: a certificate, valid from FIRST to LAST (YYYYMMDDHHMMSSZ).
issue() {
  local name=$1 subject=$2 issuer=$3 first=$4 last=$5
  shift 5
  [[ -f $name.key ]] || key "$name"
  openssl req -new -key "$name.key" -subj "$subject" -out "$name.csr"
  printf '%s\n' "[e]" "$@" >"$name.ext"
  [[ -f ca.txt ]] || { touch ca.txt; echo 1000 >serial.txt; }
  cat >ca.cnf <<CNF
[ca]
default_ca = d
[d]
database = ca.txt
serial = serial.txt
new_certs_dir = .
default_md = ${md:-sha256}
policy = p
unique_subject = no
[p]
countryName = optional
organizationName = optional
commonName = supplied
CNF
  local by=(-cert "$issuer.pem" -keyfile "$issuer.key")
  [[ $issuer != "$name" ]] || by=(-selfsign -keyfile "$name.key")
  openssl ca -batch -notext -config ca.cnf "${by[@]}" -in "$name.csr" \
    -out "$name.pem" -startdate "$first" -enddate "$last" -extfile "$name.ext" -extensions e -preserveDN
  openssl x509 -in "$name.pem" -outform DER -out "$name.der"
}
# sign OUT CERTIFICATE OPTIONS…
sign() {
  local out=$1 certificate=$2
  shift 2
  cat "$certificate.pem" middle.pem >"$certificate.chain"
  osslsigncode sign -certs "$certificate.chain" -key "$certificate.key" -time 1700000000 "$@" -in "${from:-image.dll}" -out "$out"
}
code="extendedKeyUsage=codeSigning"
ever=20000101000000Z
then=20230101000000Z # 1700000000 is 2023-11-14
authority root "/O=Example/CN=Example Test Root"
authority stranger "/O=Stranger/CN=Stranger Root"
issue middle "/O=Example/CN=Example Code CA" root $ever 20400101000000Z basicConstraints=critical,CA:TRUE keyUsage=critical,keyCertSign
rsa good
issue good "/O=Example Vendor/CN=Example Vendor" middle $then 20400101000000Z "$code" keyUsage=digitalSignature
issue elliptic "/O=Example Vendor/CN=Elliptic" middle $then 20400101000000Z "$code"
issue old "/O=Example Vendor/CN=Old" middle $then 20240101000000Z "$code"
rsa long_ago
issue long_ago "/O=Example Vendor/CN=Long ago" middle $ever 20400101000000Z "$code"
issue lifetime "/O=Example Vendor/CN=Lifetime" middle $then 20240101000000Z "extendedKeyUsage=codeSigning,1.3.6.1.4.1.311.10.3.13"
issue whql "/O=Example Vendor/CN=Hardware Publisher" middle $then 20400101000000Z "extendedKeyUsage=1.3.6.1.4.1.311.10.3.5"
issue component "/O=Example Vendor/CN=Component" middle $then 20400101000000Z "extendedKeyUsage=codeSigning,1.3.6.1.4.1.311.10.3.6"
issue server "/O=Example Vendor/CN=Server" middle $then 20400101000000Z "extendedKeyUsage=serverAuth"
issue future "/O=Example Vendor/CN=Future" middle 20390101000000Z 20400101000000Z "$code"
rsa oracle
issue oracle "/O=Oracle Corporation/CN=Oracle Corporation" middle $then 20400101000000Z "$code" keyUsage=digitalSignature
issue oracle_old "/O=Oracle Corporation/CN=Oracle Corporation" middle $then 20240101000000Z "$code"
issue oracle_orphan "/O=Oracle Corporation/CN=Oracle Corporation" stranger $then 20400101000000Z "$code"
issue oracle_orphan_old "/O=Oracle Corporation/CN=Oracle Corporation" stranger $then 20240101000000Z "$code"
rsa weak_ca
issue weak_ca "/O=Example/CN=Weak Code CA" root $then 20400101000000Z basicConstraints=critical,CA:TRUE keyUsage=critical,keyCertSign
md=md5 issue weak "/O=Example Vendor/CN=Weak" weak_ca $then 20400101000000Z "$code"
issue orphan "/O=Example Vendor/CN=Orphan" stranger $then 20400101000000Z "$code"
issue pupil "/O=Example Vendor/CN=Pupil" good $then 20400101000000Z "$code"
issue stamper "/O=Example/CN=Example Stamper" root $ever 20400101000000Z "extendedKeyUsage=critical,timeStamping"
issue liar "/O=Stranger/CN=Lying Stamper" stranger $then 20400101000000Z "extendedKeyUsage=critical,timeStamping"
key windows
openssl req -x509 -new -key windows.key -subj "/C=US/O=Microsoft Corporation/CN=Microsoft Windows" -days 7300 -out windows.pem \
  -addext "extendedKeyUsage=codeSigning,1.3.6.1.4.1.311.10.3.6"

sign good.dll good -n "Example program" -i https://example.invalid/
for digest in md5 sha1 sha384 sha512; do sign "good_$digest.dll" good -h $digest; done
sign pages.dll good -ph
for name in oracle oracle_old oracle_orphan oracle_orphan_old; do cat "$name.pem" middle.pem >"$name.chain"; done
for name in elliptic old lifetime whql component server future orphan windows oracle_orphan_old; do sign "$name.dll" "$name"; done
osslsigncode sign -certs elliptic.pem -key elliptic.key -in image.dll -out short_chain.dll
cat pupil.pem good.pem middle.pem >pupil.chain
cat weak.pem weak_ca.pem >weak.chain
osslsigncode sign -certs weak.chain -key weak.key -in image.dll -out weak.dll
osslsigncode sign -certs pupil.chain -key pupil.key -in image.dll -out pupil.dll
stamp=(-TSA-certs stamper.pem -TSA-key stamper.key)
sign good_stamped.dll good "${stamp[@]}" -TSA-time 1700000000
sign old_stamped.dll old "${stamp[@]}" -TSA-time 1700000000
sign old_stamped_late.dll old "${stamp[@]}" -TSA-time 1720000000
sign long_ago_md5.dll long_ago -h md5 # 1235865600 is 2009-03-01
osslsigncode add -h sha256 "${stamp[@]}" -TSA-time 1200000000 -in long_ago_md5.dll -out old_md5_stamped.dll
osslsigncode add -h sha256 "${stamp[@]}" -TSA-time 1240000000 -in long_ago_md5.dll -out late_md5_stamped.dll
sign lifetime_stamped.dll lifetime "${stamp[@]}" -TSA-time 1700000000
sign good_stamped_by_liar.dll good -TSA-certs liar.pem -TSA-key liar.key -TSA-time 1700000000
sign old_stamped_by_liar.dll old -TSA-certs liar.pem -TSA-key liar.key -TSA-time 1700000000
from=good.dll sign nested.dll elliptic -nest
from=catalog.cat sign good.cat good
from=catalog.cat sign windows.cat windows
touch done
