#!/usr/bin/python3
"""Compares signatures as `npguard dump pe` and `dump catalog` read them with osslsigncode and openssl.

    tests/oracle_trust.py PROGRAM CORPUS [EXPECTED.jsonl]

For every signed image and every catalog below CORPUS: digests as stated and as computed, signers, members, the
verdict (osslsigncode verify with npguard's own roots, without looking for revocation lists) and the chain
(openssl verify at the time that npguard checks it for). Prints what was compared and each difference; ends with 1
when there is one that docs/formats/authenticode.md does not explain.
"""
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

AS_OF = "2026-11-01T00:00:00Z"
# Differences that docs/formats/authenticode.md explains, by (SHA-256 prefix, what). Keep in step with it.
ACCEPTED = {
    ("e632e06081fe", "signature 0 signer"), ("97b22ee88d81", "signature 1 signer"),
    ("97b22ee88d81", "signature 0 verdict"),
    ("050bbeb6b9aa", "signature 0 verdict"),
    ("8a3e774cfc7c", "number of signatures"), ("4b86d2aabedf", "number of signatures"),
}


def run(*command, **options):
    return subprocess.run(command, capture_output=True, check=False, **options)


def write_roots(folder):
    """The shipped roots as two bundles: for code and for timestamps."""
    table = pathlib.Path(__file__).resolve().parent.parent / "data" / "trusted_roots.tsv"
    bundles = {"sign": [], "stamp": []}
    for line in table.read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        if line.startswith("#") or len(cells) != 9 or cells[0] == "subject":
            continue
        pem = "-----BEGIN CERTIFICATE-----\n" + "\n".join(re.findall(".{1,64}", cells[8])) + "\n-----END CERTIFICATE-----\n"
        for use in cells[2].split(","):
            bundles[use].append(pem)
    for use, pems in bundles.items():
        (folder / f"{use}.pem").write_text("".join(pems))


def osslsigncode_reading(path, folder):
    """Each signature that it prints: algorithm, stated and computed digest, signer's serial number, verdict."""
    done = run("osslsigncode", "verify", "-ignore-cdp", "-ignore-crl", "-CAfile", str(folder / "sign.pem"), "-TSA-CAfile",
               str(folder / "stamp.pem"), "-in", path)
    text = done.stdout.decode("utf-8", "replace")
    signatures = []
    for part in re.split(r"^Signature Index: ", text, flags=re.MULTILINE)[1:] or [text]:
        def first(pattern, part=part):
            found = re.search(pattern, part, re.MULTILINE)
            return found.group(1).strip() if found else None
        signatures.append({
            "algorithm": (first(r"^Message digest algorithm  : (\S+)") or "").lower() or None,
            "stated": (first(r"^Current message digest    : (\S+)") or "").lower() or None,
            "computed": (first(r"^Calculated message digest : (\S+)") or "").lower() or None,
            "serial": (first(r"Signer #0:\n.*\n.*\n\s+Serial : (\S+)") or "").lower() or None,
            "verified": first(r"^Signature verification: (\S+)"),
        })
    return signatures


def own_reading(program, kind, path):
    done = run(program, "dump", kind, "--as-of", AS_OF, path)
    lines = done.stdout.decode("utf-8", "surrogatepass").splitlines()
    if not lines:
        return None
    read = json.loads(lines[0])
    read["member_lines"] = [json.loads(line) for line in lines[1:]]
    return read


def message_of(path, read, kind):
    """The DER of the signed message: the catalog, or what the first certificate table entry holds."""
    content = pathlib.Path(path).read_bytes()
    if kind == "catalog":
        return content
    at = read["certificate_table"]["offset"]
    length = struct.unpack_from("<I", content, at)[0]
    return content[at + 8:at + length]


def openssl_chain(message, signature, folder):
    """Whether openssl verifies the signer's chain at the time that npguard checked it for; None when it cannot say."""
    (folder / "message.der").write_bytes(message)
    done = run("openssl", "pkcs7", "-inform", "DER", "-in", str(folder / "message.der"), "-print_certs")
    pems = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", done.stdout.decode(), re.DOTALL)
    (folder / "others.pem").write_text("\n".join(pems))
    for pem in pems:
        (folder / "one.pem").write_text(pem)
        serial = run("openssl", "x509", "-in", str(folder / "one.pem"), "-noout", "-serial").stdout.decode()
        if int(serial.split("=")[1], 16) != int(signature["serial"] or "0", 16):
            continue
        when = signature["signed_at"] if signature["signed_at"] and not signature["purposes"]["lifetime_signing"] else AS_OF
        seconds = run("date", "-ud", when, "+%s").stdout.decode().strip()
        done = run("openssl", "verify", "-CAfile", str(folder / "sign.pem"), "-no-CApath", "-no-CAstore", "-untrusted", str(folder / "others.pem"),
                   "-attime", seconds, "-auth_level", "0", str(folder / "one.pem"))
        return done.returncode == 0
    return None


CHAIN_REASONS = {"chain_incomplete", "self_signed", "root_not_trusted", "expired", "not_yet_valid", "chain_signature",
                 "not_an_authority", "chain_refused"}


def compare(path, kind, read, folder):
    """Pairs of (what, npguard's, theirs) of one file."""
    signature = read["signature"]
    own = [signature] + [other for other in signature["others"] if other["kind"] == "embedded"]
    theirs = [one for one in osslsigncode_reading(path, folder) if one["serial"] or one["stated"]]
    yield "number of signatures", sum(1 for one in own if one["serial"]), len(theirs)
    for number, (mine, other) in enumerate(zip(own, theirs)):
        if kind == "pe":
            yield f"signature {number} algorithm", mine["digest_algorithm"], other["algorithm"]
            yield f"signature {number} stated digest", mine["stated_digest"], other["stated"]
            yield f"signature {number} computed digest", mine["digest"], other["computed"]
        yield f"signature {number} signer", int(mine["serial"] or "0", 16), int(other["serial"] or "0", 16)
        yield f"signature {number} verdict", mine["status"] == "trusted", other["verified"] == "ok"
    if signature["serial"]:
        chain = openssl_chain(message_of(path, read, kind), signature, folder)
        if chain is not None and signature["why_code"] != "no_certificate":
            holds = bool(signature["chain"]) and signature["chain"][-1]["pinned"] and signature["why_code"] not in CHAIN_REASONS
            yield "chain", holds, chain


def files_below(corpus):
    for kind in ("pe", "cat"):
        for path in sorted(pathlib.Path(corpus, kind).rglob("*")):
            if path.is_file() and (kind == "cat" or path.read_bytes()[:2] == b"MZ"):
                yield "pe" if kind == "pe" else "catalog", str(path)


def expected_members(file):
    return {row["sha"]: row["members"] for row in map(json.loads, open(file, encoding="utf-8")) if row["kind"] == "cat"}


def main(arguments):
    program, corpus = arguments[:2]
    members = expected_members(arguments[2]) if len(arguments) > 2 else {}
    compared, differences, accepted = 0, 0, 0
    statuses = {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_roots(folder)
        for kind, path in files_below(corpus):
            read = own_reading(program, kind, path)
            if read is None:
                print(f"{path}: npguard cannot read it")
                differences += 1
                continue
            signature = read["signature"]
            statuses[signature["status"]] = statuses.get(signature["status"], 0) + 1
            pairs = []
            if signature["serial"] or (kind == "pe" and read["certificate_table"]):
                pairs += compare(path, kind, read, folder)
            if read["sha256"] in members:
                named = sum(1 for member in read["member_lines"] if member["indirect_data"])
                pairs.append(("members", named, members[read["sha256"]]))
            for what, mine, other in pairs:
                compared += 1
                if mine == other:
                    continue
                is_known = (read["sha256"][:12], what) in ACCEPTED
                accepted += is_known
                differences += not is_known
                print(f"{'known' if is_known else 'DIFFERENCE'}: {os.path.basename(path)} {read['sha256'][:12]}: {what}: "
                      f"npguard {mine!r}, other {other!r} (npguard: {signature['status']} {signature['why']})")
    print(f"signatures: {compared} comparisons, {differences} differences, {accepted} explained; verdicts {statuses}")
    return 1 if differences or not compared else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
