#!/usr/bin/env python3
"""Seeded damage to small hives: what npguard still shows, beside other parsers.

usage: damage.py PROGRAM [--mutants N] [--built FOLDER] [--peers] [--seed S] [--keep FOLDER]

Each mutant is one of 18 small hives of the corpus (or of the hives in FOLDER) with 1 to 16 small changes, or cut. Kept
is a key of the undamaged hive, as the same parser shows it, that is shown at its path again. Lost is a key whose record
is still in the file and that npguard shows nowhere: then its output must say that it is incomplete, with a diagnostic
for the record itself or for what led to it. Fails when npguard keeps fewer than 95 % of keys, gives nothing at all for
more than 0.5 % of the mutants in which a key's record is left, loses one without a word, crashes or hangs. Built hives
have a few dozen keys, of which a cut leaves none that anybody could show: of those the 95 % count over the keys whose
record is still in the file.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile

HIVES = 18
CHANGES_MAX = 16
SECONDS_MAX = 60
RECORD_BYTES = 0x50  # of a key without its name


def is_hive(path):
    with open(path, "rb") as file:
        head = file.read(512)
    return head[:4] == b"regf" and head[28:32] == b"\0\0\0\0" and os.path.getsize(path) > 4096


def small_hives(folder):
    """The smallest distinct primary hives that no name calls damaged."""
    found, seen = [], set()
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            if os.path.getsize(path) > 4096 and is_hive(path) and "corrupted" not in name:
                with open(path, "rb") as file:
                    content = file.read()
                if content not in seen:
                    seen.add(content)
                    found.append((len(content), path, content))
    return [(path, content) for _, path, content in sorted(found, key=lambda one: one[:2])[:HIVES]]


def change(data, chance):
    """One small change: a bit, a byte, a number that matters, or a short run."""
    at = chance.randrange(len(data))
    kind = chance.randrange(6)
    if kind == 0:
        data[at] ^= 1 << chance.randrange(8)
    elif kind == 1:
        data[at] = chance.randrange(256)
    elif kind == 2:
        data[at] = chance.choice((0, 0xff, 0x7f, 0x80))
    elif kind == 3:
        at &= ~3
        number = chance.choice((0, 1, 0x7fffffff, 0x80000000, 0xffffffff, len(data), chance.getrandbits(32)))
        data[at:at + 4] = struct.pack("<I", number)[:len(data) - at]
    elif kind == 4:
        at &= ~1
        data[at:at + 2] = struct.pack("<H", chance.choice((0, 0x8000, 0xffff, chance.getrandbits(16))))[:len(data) - at]
    else:
        length = min(chance.randrange(1, 65), len(data) - at)
        data[at:at + length] = bytes(length) if chance.random() < 0.5 else chance.randbytes(length)


def mutant(content, seed):
    """Seventeen kinds, each as likely: cut, or 1 to 16 changes."""
    chance = random.Random(seed)
    changes = chance.randrange(CHANGES_MAX + 1)
    if changes == 0:
        return content[:chance.randrange(len(content))]
    data = bytearray(content)
    for _ in range(changes):
        change(data, chance)
    return bytes(data)


def run(command):
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS_MAX, check=False)
        return done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired:
        return None, b"", b""


Shown = collections.namedtuple("Shown", "code paths offsets errors")


def read_ours(program, path):
    code, out, errors = run([program, "dump", "hive", "--no-logs", path])
    paths, offsets = collections.Counter(), set()
    for line in out.splitlines():
        key = json.loads(line)
        paths[key["path"].upper()] += 1
        offsets.add(key["origin"]["offset"])
    return Shown(code, paths, offsets, errors.decode("utf-8", "replace"))


def read_hivexml(_, path):
    code, out, _ = run(["hivexml", path])
    paths, stack = collections.Counter(), []
    # Not every name is well-formed XML, so tags are looked at, not parsed.
    for tag in re.finditer(rb"<(/?)node(?: name=\"([^\"]*)\")?", out):
        if tag[1]:
            if stack:
                stack.pop()
        else:
            stack.append((tag[2] or b"").upper())
            paths[b"\\".join(stack[1:])] += 1
    return Shown(code, paths, set(), "")


def read_regfexport(_, path):
    code, out, _ = run(["regfexport", path])
    paths = collections.Counter(match.upper() for match in re.findall(rb"(?m)^Key path: (.*)$", out))
    if not paths:
        paths = collections.Counter(match.upper() for match in re.findall(rb"(?m)^\[(.*)\]$", out))
    return Shown(code, paths, set(), "")


def read_reglookup(_, path):
    code, out, _ = run(["reglookup", "-H", "-t", "KEY", path])
    return Shown(code, collections.Counter(line.split(b",")[0].upper() for line in out.splitlines()), set(), "")


PEERS = {"hivexml": read_hivexml, "regfexport": read_regfexport, "reglookup": read_reglookup}


class Tally:
    def __init__(self):
        self.keys = self.kept = self.mutants = self.nothing = self.crashed = self.unread = 0
        self.holding = self.nothing_of_holding = 0

    def add(self, before, shown, holds_key):
        if not before.paths:
            self.unread += 1
            return
        self.mutants += 1
        self.keys += before.paths.total()
        self.kept += (before.paths & shown.paths).total()
        self.nothing += not shown.paths
        self.holding += holds_key
        self.nothing_of_holding += holds_key and not shown.paths
        self.crashed += shown.code is None or shown.code < 0

    def line(self, name):
        if not self.mutants:
            return f"  {name:12} reads none of them undamaged"
        return (f"  {name:12} {100 * self.kept / self.keys:6.2f} % of keys kept, nothing at all "
                f"{100 * self.nothing_of_holding / max(self.holding, 1):5.2f} % where a record is left "
                f"({100 * self.nothing / self.mutants:5.2f} % of all), crashes or hangs {self.crashed}"
                + (f" ({self.unread} mutants of hives that it does not read undamaged)" if self.unread else ""))


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("program")
    arguments.add_argument("--mutants", type=int, default=3000)
    arguments.add_argument("--built", help="a folder of built hives instead of the corpus")
    arguments.add_argument("--peers", action="store_true")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--only", type=int, help="the mutant of this number alone")
    arguments.add_argument("--keep", help="folder for mutants that lost something without a word")
    options = arguments.parse_args()
    folder = options.built or os.path.join(os.environ.get("NPGUARD_CORPUS", ""), "hive")
    hives = small_hives(folder)
    if not hives:
        print(f"skipped: no hives in {folder}")
        return 77
    readers = {"npguard": read_ours}
    if options.peers:
        readers.update({name: read for name, read in PEERS.items() if shutil.which(name)})
    work = tempfile.mkdtemp(prefix="npguard-damage-")
    before = {name: {} for name in readers}
    for path, _ in hives:
        for name, read in readers.items():
            before[name][path] = read(options.program, path)
    tallies = {name: Tally() for name in readers}
    present = kept_of_present = 0
    silent, worst, empty = [], [], []

    def one(number):
        path, content = hives[number % len(hives)]
        data = mutant(content, options.seed * 1_000_000 + number)
        file = os.path.join(work, f"mutant{number}")
        with open(file, "wb") as out:
            out.write(data)
        shown = {name: read(options.program, file) for name, read in readers.items()}
        os.unlink(file)
        return number, path, data, shown

    numbers = [options.only] if options.only is not None else range(options.mutants)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for number, path, data, shown in pool.map(one, numbers):
            whole, ours = before["npguard"][path], shown["npguard"]
            holds_key = any(data[at + 4:at + 6] == b"nk" and at + RECORD_BYTES <= len(data) for at in whole.offsets)
            for name, result in shown.items():
                tallies[name].add(before[name][path], result, holds_key)
            if holds_key and not ours.paths:
                empty.append((number, path))
            # Records that the damage left in the file: what is lost of these could have been shown.
            there = {offset for offset in whole.offsets if offset + 8 <= len(data)}
            lost = there - ours.offsets
            present += len(there)
            kept_of_present += len(there) - len(lost)
            if lost and (ours.code == 0 or not ours.errors.strip()):
                silent.append((number, path, len(lost)))
                if options.keep:
                    with open(os.path.join(options.keep, f"mutant{number}"), "wb") as out:
                        out.write(data)
            missed = whole.paths.total() - (whole.paths & ours.paths).total()
            worst.append((missed, number, os.path.basename(path), len(data), ours.code))
    shutil.rmtree(work)
    print(f"{len(list(numbers))} mutants of {len(hives)} small hives, seed {options.seed}")
    for name, tally in tallies.items():
        print(tally.line(name))
    print(f"  npguard shows {100 * kept_of_present / max(present, 1):.2f} % of the keys whose record is still in the file; "
          f"mutants with losses that it does not report: {len(silent)}")
    for missed in sorted(worst, reverse=True)[:5]:
        print("    most missed: %d keys in mutant %d of %s (%d bytes, exit %s)" % missed)
    for number, path in empty[:10]:
        print(f"  nothing shown of mutant {number} of {path}")
    for number, path, count in silent[:10]:
        print(f"  not reported: {count} keys of mutant {number} of {path}")
    ours = tallies["npguard"]
    kept, keys = (kept_of_present, present) if options.built else (ours.kept, ours.keys)
    good = (kept >= 0.95 * keys and ours.nothing_of_holding <= 0.005 * ours.holding and not silent and not ours.crashed)
    return 0 if good or options.only is not None else 1


if __name__ == "__main__":
    sys.exit(main())
