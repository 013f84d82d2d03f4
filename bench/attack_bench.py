#!/usr/bin/env python3
"""Import of a bundle against Python's json with the same hashes, in one run; diff; peak memory; sixteen releases.

usage: attack_bench.py PROGRAM OLDER.json NEWER.json [--sixteen]      (plain or .xz; two releases of one domain)

--sixteen makes a chain of sixteen releases out of OLDER: as many objects at each step as real releases had, and as many that
differ plainly and in content (STEPS). It stands in for the real files where only two of them are at hand.

Interleaved rounds; processor time of one thread is compared, since other work on the machine moves the clock. Python is
measured twice: loading and one canonical hash an object, and loading object by object and the hashes that npguard makes (the
file's, and of each object raw, minified, canonical, content). It checks no keys, limits or references and stores nothing.
npguard's time is the whole command: reading, checks, the hashes, packing, fsync.
"""
import hashlib
import json
import lzma
import os
import random
import re
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
    """Processor seconds of loading and one canonical hash an object, and of loading and every hash."""
    begin = time.process_time()
    with open(path, "rb") as file:
        items = json.load(file)["objects"]
    for item in items:
        sha(canonical(item))
    one = time.process_time() - begin
    del items
    begin = time.process_time()
    with open(path, "rb") as file:
        data = file.read()
    hashlib.sha256(data).hexdigest()
    text = data.decode()
    between = re.compile(r"[\s,]*")
    decode = json.JSONDecoder().raw_decode
    at = between.match(text, text.index("[", text.index('"objects"')) + 1).end()
    while text[at] != "]":
        item, end = decode(text, at)
        sha(text[at:end]), sha(minified(item)), sha(canonical(item)), sha(canonical(content(item)))
        at = between.match(text, end).end()
    return one, time.process_time() - begin


def plain(path, folder):
    """The file itself, or its text in a file of its own: packing is not what is measured."""
    if not path.endswith(".xz"):
        return path
    target = os.path.join(folder, os.path.basename(path)[:-3])
    with lzma.open(path) as packed, open(target, "wb") as file:
        shutil.copyfileobj(packed, file)
    return target


def spent(command):
    """Processor seconds, wall seconds and peak KB of a command; the peak is right for the first one only, before this process grows."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall, after.ru_maxrss


# Objects of 12.0, then for 12.1 and each later release: plainly changed, changed in content, added, removed. 12.1, 14.1, 15.1 and
# 16.1, which nobody has counted, are taken as without a change.
FIRST = 18403
STEPS = [(0, 0, 0, 0), (1495, 1241, 848, 735), (375, 13, 2, 0), (837, 540, 722, 9), (0, 0, 0, 0), (847, 840, 772, 22), (0, 0, 0, 0),
         (1320, 1264, 1364, 30), (0, 0, 0, 0), (20985, 1997, 1352, 16), (11041, 18, 1, 0), (1327, 1303, 4243, 2122), (404, 402, 0, 2),
         (12362, 796, 1417, 345), (21814, 71, 2, 3)]


def chain(path, folder):
    """Sixteen bundles in MITRE's layout, one after the other."""
    with open(path, "rb") as file:
        pool = [item for item in json.load(file)["objects"] if item["type"] != "x-mitre-collection"]
    random.Random(8).shuffle(pool)
    # A relationship of which an end is not there yet would be told as dangling; that is no matter here.
    now, pool = pool[:FIRST], pool[FIRST:]
    for step, (plain, content, added, removed) in enumerate([(0, 0, 0, 0)] + STEPS):
        chosen = random.Random(step)
        now = now[removed:]
        for place, i in enumerate(chosen.sample(range(len(now)), min(plain, len(now)))):
            item = dict(now[i], modified=f"20{10 + step}-01-01T00:00:00.000Z")
            if place < content:
                item["description"] = item.get("description", "") + f" Revised in step {step}, for {chosen.getrandbits(64):x}."
            now[i] = item
        while len(pool) < added:
            # The real files' texts are used up: the oldest come back under ids of their own.
            pool += [dict(item, id=f"{item['type']}--{chosen.getrandbits(32):08x}-{item['id'].split('--')[1][9:]}") for item in now[:2000]]
        now, pool = now + pool[:added], pool[added:]
        target = os.path.join(folder, f"{step + 1}.json")
        with open(target, "w") as file:
            json.dump({"type": "bundle", "id": "bundle--x", "objects": now}, file, indent=4)
        yield f"{step + 1}.0", target
        os.remove(target)


def sixteen(program, older, folder):
    store = os.path.join(folder, "sixteen")
    starts = []
    for release, path in chain(older, folder):
        subprocess.run([program, "attack", "import", "--store", store, "--domain", "enterprise-attack", "--release", release, path], check=True, stdout=subprocess.DEVNULL)
        starts.append(statistics.median(spent([program, "attack", "list", "--store", store])[0] for _ in range(5)))
    size = sum(os.path.getsize(os.path.join(store, name)) for name in os.listdir(store))
    shown = statistics.median(spent([program, "attack", "show", "--store", store, "T1556"])[0] for _ in range(3))
    print(f"sixteen releases: {size / 1e6:.1f} MB")
    print(f"start-up (list), 1 release: {starts[0] * 1000:.1f} ms, 16 releases: {starts[-1] * 1000:.1f} ms; show in the newest of 16: {shown * 1000:.0f} ms")


def main():
    program, older, newer = sys.argv[1:4]
    ours, one, every, diffs = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        older, newer = plain(older, folder), plain(newer, folder)
        bundle_bytes = os.path.getsize(newer)
        store = os.path.join(folder, "store")
        for _ in range(ROUNDS):
            shutil.rmtree(store, ignore_errors=True)
            ours.append(spent([program, "attack", "import", "--store", store, newer]))
            a, b = peer(newer)
            one.append(a)
            every.append(b)
        spent([program, "attack", "import", "--store", store, older])
        releases = [r["release"] for r in json.loads(subprocess.run([program, "attack", "list", "--json", "--store", store], check=True, capture_output=True).stdout)["releases"]]
        for _ in range(ROUNDS * 2):
            diffs.append(spent([program, "attack", "diff", "--store", store, releases[1], releases[0]]))
        size = sum(os.path.getsize(os.path.join(store, name)) for name in os.listdir(store))
        if "--sixteen" in sys.argv:
            sixteen(program, older, folder)
    cpu = statistics.median(each[0] for each in ours)
    print(f"import {bundle_bytes} bytes: {cpu:.2f} s processor, {statistics.median(e[1] for e in ours):.2f} s wall, peak {ours[0][2] / 1000:.0f} MB")
    print(f"python load + one canonical hash: {statistics.median(one):.2f} s, ratio {statistics.median(one) / cpu:.1f}")
    print(f"python load + every hash:         {statistics.median(every):.2f} s, ratio {statistics.median(every) / cpu:.1f}")
    print(f"diff of two releases: {statistics.median(e[0] for e in diffs) * 1000:.0f} ms processor, {statistics.median(e[1] for e in diffs) * 1000:.0f} ms wall, the whole command")
    print(f"store of both: {size} bytes")


if __name__ == "__main__":
    main()
