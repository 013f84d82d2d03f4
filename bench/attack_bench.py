#!/usr/bin/env python3
"""Import of a bundle against Python's json with the same hashes, in one run; diff; peak memory.

usage: attack_bench.py PROGRAM OLDER.json NEWER.json       (plain files; two releases of one domain)

Interleaved rounds; processor time of one thread is compared, since other work on the machine moves the clock. Python is
measured twice: loading and one canonical hash an object, and loading and the hashes that npguard makes (minified,
canonical, content, raw left out). npguard's time is the whole command: reading, checks, four hashes, packing, fsync.
"""
import hashlib
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 3
SETS = {"external_references", "kill_chain_phases", "x_mitre_platforms", "x_mitre_domains", "x_mitre_contributors", "x_mitre_data_sources"}
BOOKKEEPING = {"modified", "spec_version", "x_mitre_attack_spec_version", "x_mitre_modified_by_ref"}
canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
minified = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def content(item):
    out = {}
    for key, value in item.items():
        if key in BOOKKEEPING or value in (None, "", [], {}) or (value is False and key in ("revoked", "x_mitre_deprecated")):
            continue
        if key == "x_mitre_version" and item["type"] == "relationship":
            continue
        out[key] = [each for _, each in sorted({canonical(v): v for v in value}.items())] if key in SETS else value
    return out


def peer(path):
    """Processor seconds: to the end of one canonical hash an object, and of three hashes."""
    begin = time.process_time()
    with open(path, "rb") as file:
        items = json.load(file)["objects"]
    for item in items:
        sha(canonical(item))
    one = time.process_time() - begin
    for item in items:
        sha(minified(item)), sha(canonical(content(item)))
    return one, time.process_time() - begin


def spent(command):
    """Processor seconds, wall seconds and peak KB of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall, after.ru_maxrss


def main():
    program, older, newer = sys.argv[1:4]
    ours, one, three, diffs = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        store = os.path.join(folder, "store")
        for _ in range(ROUNDS):
            shutil.rmtree(store, ignore_errors=True)
            ours.append(spent([program, "attack", "import", "--store", store, newer]))
            a, b = peer(newer)
            one.append(a)
            three.append(b)
        spent([program, "attack", "import", "--store", store, older])
        releases = [r["release"] for r in json.loads(subprocess.run([program, "attack", "list", "--json", "--store", store], check=True, capture_output=True).stdout)["releases"]]
        for _ in range(ROUNDS * 2):
            diffs.append(spent([program, "attack", "diff", "--store", store, releases[1], releases[0]]))
        size = sum(os.path.getsize(os.path.join(store, name)) for name in os.listdir(store))
    cpu = statistics.median(each[0] for each in ours)
    print(f"import {os.path.getsize(newer)} bytes: {cpu:.2f} s processor, {statistics.median(e[1] for e in ours):.2f} s wall, peak {max(e[2] for e in ours) / 1000:.0f} MB")
    print(f"python load + one canonical hash: {statistics.median(one):.2f} s, ratio {statistics.median(one) / cpu:.1f}")
    print(f"python load + three hashes:       {statistics.median(three):.2f} s, ratio {statistics.median(three) / cpu:.1f}")
    print(f"diff of two releases: {statistics.median(e[0] for e in diffs) * 1000:.0f} ms processor, {statistics.median(e[1] for e in diffs) * 1000:.0f} ms wall, the whole command")
    print(f"store of both: {size} bytes")


if __name__ == "__main__":
    main()
