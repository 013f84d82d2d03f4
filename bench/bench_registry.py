#!/usr/bin/env python3
"""Registry hives: processor time of whole processes as ratios against peers, and peak memory.

usage: bench_registry.py PROGRAM [HIVE...]      (NPGUARD_CORPUS; default: the SYSTEM hives of the corpus)

Part of bench.py, which has the timing. Prints a line for each goal; asserts nothing.
"""
import os
import shutil
import struct
import sys
import tempfile

from measure import compare, compare_sums, peak_kib, seconds

MEBI = 1 << 20


def scan(program, *paths):
    return [program, "scan", "-q", "--no-progress", *paths]


def system_hives(corpus):
    """The SYSTEM hives of the corpus of 7 MB or more, the largest first."""
    found = []
    for root, _, names in os.walk(os.path.join(corpus, "hive")):
        for name in names:
            path = os.path.join(root, name)
            if name.upper().startswith("SYSTEM") and os.path.getsize(path) > 7_000_000:
                found.append((os.path.getsize(path), path))
    return [path for _, path in sorted(found, reverse=True)]


def bench_one(program, path):
    size = os.path.getsize(path)
    print(f"{os.path.basename(path)} ({size / 1e6:.1f} MB)")
    xml = ["hivexml", path]
    compare("scan, SHA-256 included (goal 10)", scan(program, path), xml)
    compare("scan, no hashing (goal 60)", scan(program, "--hash", "none", path), xml)
    everything = [program, "dump", "hive", "--recovered", path]
    compare("tree, every cell, recovery, logs (goal 10)", everything, xml)
    compare_sums("the same (goal 40)", [everything], [["reglookup", path], ["reglookup-recover", path]], 3)
    for what, command in (("scan", scan(program, path)), ("dump hive --recovered", everything)):
        print(f"  peak memory of {what}: the hive and {peak_kib(command) / 1024 - size / MEBI:.1f} MiB (goal: 16)")


def bench_many(program, corpus, folder):
    """One call for 100 hives against 100 calls that each look up one value."""
    for base in ("skelsec+aiowinreg/tests/testdata/nt/system.reg", "log2timeline+dfwinreg/_history/test_data/SYSTEM"):
        path = os.path.join(corpus, "hive", base)
        if not os.path.exists(path):
            continue
        many = os.path.join(folder, "many")
        calls = []
        for i in range(100):
            place = os.path.join(many, f"host{i}")
            os.makedirs(place)
            shutil.copyfile(path, os.path.join(place, "SYSTEM"))
            calls.append(["hivexget", os.path.join(place, "SYSTEM"), r"\ControlSet001\Control\NetworkProvider\Order",
                          "ProviderOrder"])
        size = f"100 hives of {os.path.getsize(path) / 1e6:.1f} MB"
        compare_sums(f"{size} in one call (goal 20)", [scan(program, many)], calls, 3)
        compare_sums(f"{size}, no hashing", [scan(program, "--hash", "none", many)], calls, 3)
        shutil.rmtree(many)


def key(name, parent, count, links):
    return struct.pack("<2sHQIIIIIIIIIIIIIIIHH", b"nk", 0x20, 132_000_000_000_000_000, 0, parent, count, 0, links,
                       0xffffffff, 0, 0xffffffff, 0xffffffff, 0xffffffff, 0, 0, 0, 0, 0, len(name), 0) + name


def cell(content):
    size = (4 + len(content) + 7) // 8 * 8
    return struct.pack("<i", -size) + content + bytes(size - 4 - len(content))


def hostile(kind, size):
    """A hive of so many bytes of which every cell is a trap: keys that list one another, or each the next, or millions."""
    root = cell(key(b"r", 32, 0, 0))
    at = 32 + len(root)
    cells, keys = [], []
    each = len(cell(key(b"k", 0, 0, 0))) + 16
    while at + each < size - 4096:
        keys.append(at)
        at += each
    rest = size - at
    list_at = at
    for i, place in enumerate(keys):
        own = place + len(cell(key(b"k", 0, 0, 0)))
        if kind == "depth":
            links, count, to = own, 1, keys[min(i + 1, len(keys) - 1)]
        elif kind == "loops":
            links, count, to = own, 1, keys[i * 7919 % len(keys)]
        else:
            links, count, to = list_at, 0xffffffff, 32
        cells.append(cell(key(b"k", keys[i - 1] if kind == "depth" and i else 32, count, links)))
        cells.append(cell(struct.pack("<2sHI", b"li", 1, to) + bytes(4)))
    entries = min((rest - 8) // 4, len(keys), 0xffff)
    top = struct.pack("<2sH", b"li", entries) + b"".join(struct.pack("<I", one) for one in keys[:entries])
    top += bytes(rest - 4 - len(top))
    root = cell(key(b"r", 32, entries, list_at))
    bins = struct.pack("<4sIII", b"hbin", 0, size, 0) + bytes(16) + root + b"".join(cells) + cell(top)
    head = bytearray(4096)
    struct.pack_into("<4sIIQIIIIIII", head, 0, b"regf", 1, 1, 0, 1, 5, 0, 1, 32, len(bins), 1)
    total = 0
    for (word,) in struct.iter_unpack("<I", bytes(head[:508])):
        total ^= word
    struct.pack_into("<I", head, 508, total)
    return bytes(head) + bins


def bench_hostile(program, folder):
    for kind in ("counts", "loops", "depth"):
        path = os.path.join(folder, kind)
        with open(path, "wb") as file:
            file.write(hostile(kind, 12 * MEBI))
        for command in (scan(program, path), [program, "dump", "hive", "--recovered", path]):
            print(f"  hostile hive of 12 MiB, {kind}: {command[1]} ends after {seconds(command):.2f} s of processor time, "
                  f"{peak_kib(command) / 1024:.0f} MiB (goal: 1 s, 64 MiB)")


def bench_registry(program, corpus, hives=()):
    print("registry hives: npguard against hivexml, reglookup with reglookup-recover, and hivexget")
    for path in hives or system_hives(corpus):
        bench_one(program, path)
    folder = tempfile.mkdtemp(prefix="npguard-bench-")
    try:
        bench_many(program, corpus, folder)
        bench_hostile(program, folder)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    bench_registry(os.path.abspath(sys.argv[1]), os.environ.get("NPGUARD_CORPUS", ""), sys.argv[2:])
