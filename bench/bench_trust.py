"""Verdicts with hash and signature of many DLLs against osslsigncode one by one, and the indexing of
catalog members: processor time, as ratios, in one run. Called by bench.py as part `trust`.

The DLLs are signed images of the corpus, copied under names of their own; the catalog is made here
and signed by nobody, as indexing does not ask who signed it.
"""
import json
import os
import pathlib
import resource
import shutil
import subprocess
import tempfile

DLLS = 1000
MEMBERS = 10_000


def processor_time(command, **options):
    """User and system seconds of a command and its children, and its output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, check=False, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done


def der(tag, content):
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def oid(dotted):
    parts = [int(part) for part in dotted.split(".")]
    out = [parts[0] * 40 + parts[1]]
    for part in parts[2:]:
        septets = [part & 0x7F]
        while part := part >> 7:
            septets.insert(0, part & 0x7F | 0x80)
        out += septets
    return der(6, bytes(out))


def catalog(members):
    """A catalog of version 2 with that many members, each with an SHA-256."""
    microsoft = "1.3.6.1.4.1.311."
    listed = b""
    for number in range(members):
        digest = number.to_bytes(32, "big")
        data = der(0x30, oid(microsoft + "2.1.15") + der(0x30, der(3, b"\0")))
        info = der(0x30, der(0x30, oid("2.16.840.1.101.3.4.2.1") + der(5, b"")) + der(4, digest))
        attribute = der(0x30, oid(microsoft + "2.1.4") + der(0x31, der(0x30, data + info)))
        listed += der(0x30, der(4, digest) + der(0x31, attribute))
    ctl = der(0x30, der(0x30, oid(microsoft + "12.1.1")) + der(4, bytes(16)) + der(0x17, b"260101000000Z")
              + der(0x30, oid(microsoft + "12.1.3") + der(5, b"")) + der(0x30, listed))
    signed = der(0x30, der(2, b"\1") + der(0x31, b"") + der(0x30, oid(microsoft + "10.1") + der(0xA0, ctl))
                 + der(0x31, b""))
    return der(0x30, oid("1.2.840.113549.1.7.2") + der(0xA0, signed))


def signed_images(corpus):
    for path in sorted(pathlib.Path(corpus, "pe").rglob("*")):
        if path.is_file() and path.read_bytes()[:2] == b"MZ":
            done = subprocess.run(["osslsigncode", "verify", "-in", str(path)], capture_output=True, check=False)
            if b"Calculated message digest" in done.stdout:
                yield path


def provider_registrations(dlls):
    """A registry export that names every DLL as a network provider."""
    lines = ["Windows Registry Editor Version 5.00", "",
             r"[HKEY_LOCAL_MACHINE\SYSTEM\Select]", '"Current"=dword:00000001', ""]
    for number in range(dlls):
        lines += [rf"[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\P{number}\NetworkProvider]",
                  rf'"ProviderPath"="C:\\Windows\\System32\\d{number}.dll"', f'"Name"="P{number}"', ""]
    return ("\r\n".join(lines) + "\r\n").encode("utf-16")


def bench_trust(program, corpus):
    print("trust: hash and signature of many DLLs against osslsigncode one by one; members of a catalog")
    if b"-ignore-cdp" not in subprocess.run(["sh", "-c", "osslsigncode --help 2>&1"], capture_output=True, check=False).stdout:
        print("  skipped, no osslsigncode 2.8")
        return
    with tempfile.TemporaryDirectory(prefix="npguard-bench-") as folder:
        root = pathlib.Path(folder)
        system = root / "host" / "C" / "Windows" / "System32"
        system.mkdir(parents=True)
        images = list(signed_images(corpus))
        for number in range(DLLS):
            shutil.copy(images[number % len(images)], system / f"d{number}.dll")
        (root / "host" / "SYSTEM.reg").write_bytes(provider_registrations(DLLS))
        out = root / "out.json"
        own, done = processor_time([program, "scan", str(root / "host"), "-q", "--no-progress", "--json", str(out)])
        read = json.loads(out.read_text(encoding="utf-8", errors="surrogatepass"))
        checked = sum(1 for host in read["hosts"] for provider in host["providers"]
                      if provider["dll"] and provider["dll"]["sha256"] and provider["dll"]["signature"]["digest"])
        assert checked == DLLS, f"{checked} of {DLLS} DLLs were verified: {done.stderr.decode()[:400]}"
        theirs = sum(processor_time(["osslsigncode", "verify", "-ignore-cdp", "-ignore-crl", "-in", str(system / f"d{number}.dll")])[0]
                     for number in range(DLLS))
        print(f"  scan with verdicts on {DLLS} DLLs {own * 1000:9.1f} ms   osslsigncode {theirs * 1000:9.1f} ms   "
              f"ratio {theirs / own:7.1f} (asked for: 5)")
        times = {}
        for members in (1, MEMBERS):
            path = root / f"{members}.cat"
            path.write_bytes(catalog(members))
            times[members], done = processor_time([program, "dump", "catalog", str(path)])
            assert done.stdout.count(b"\n") == members + 1, done.stderr
        print(f"  {MEMBERS} catalog members read and written as JSON {(times[MEMBERS] - times[1]) * 1000:9.1f} ms (asked for: below 1000)")
