#!/usr/bin/env python3
"""Speed as ratios against peers in one run, and peak memory.

usage: bench.py PROGRAM [events] [hives] [start] [memory]      (default: all; NPGUARD_CORPUS)

Each pair is run in turn for several rounds after one warm-up; medians are compared. A ratio says how many times less
time npguard takes; it compares processor time (user and system, all threads). Absolute times are printed for orientation and asserted nowhere.
"""
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 5
NULL = subprocess.DEVNULL


def seconds(command):
    """Processor time of one run, all threads: other work on the machine moves it far less than the time on the wall."""
    process = subprocess.Popen(command, stdout=NULL, stderr=NULL)
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    return used.ru_utime + used.ru_stime


def wall_seconds(command):
    begin = time.perf_counter()
    subprocess.run(command, stdout=NULL, stderr=NULL, check=False)
    return time.perf_counter() - begin


def compare(what, ours, peer, rounds=ROUNDS):
    """Medians of interleaved rounds of two commands, and their ratio."""
    seconds(ours)
    seconds(peer)
    mine, theirs = [], []
    for _ in range(rounds):
        mine.append(seconds(ours))
        theirs.append(seconds(peer))
    a, b = statistics.median(mine), statistics.median(theirs)
    print(f"  {what:46} {a * 1000:9.1f} ms   {os.path.basename(peer[0]):12} {b * 1000:9.1f} ms   ratio {b / a:7.1f}")


def largest(folder, ending, count, at_most):
    found = []
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            if name.lower().endswith(ending) and os.path.getsize(path) <= at_most:
                found.append((os.path.getsize(path), path))
    return [path for _, path in sorted(found, reverse=True)[:count]]


def scan(program, *paths):
    return [program, "scan", "-q", "--no-progress", *paths]


def bench_events(program, corpus):
    print("event logs: npguard scan against evtxexport")
    for path in largest(os.path.join(corpus, "evtx"), ".evtx", 3, 4 << 20):
        size = os.path.getsize(path)
        name = f"{os.path.basename(path)[:30]} ({size / 1e6:.1f} MB)"
        compare(f"{name}, no hashing", scan(program, "--hash", "none", path), ["evtxexport", path], 15)
        compare(name, scan(program, path), ["evtxexport", path], 15)


def bench_hives(program, corpus):
    print("hives: npguard scan, and dump of every key and value, against hivexml and regfexport")
    for name in ("regipy_tests/data/SYSTEM", "regipy_tests/data/SYSTEM_2"):
        path = os.path.join(corpus, "hive/mkorman90+regipy", name)
        size = f"({os.path.getsize(path) / 1e6:.1f} MB)"
        compare(f"scan {os.path.basename(path)} {size}", scan(program, path), ["hivexml", path])
        compare(f"scan {os.path.basename(path)}, no hashing", scan(program, "--hash", "none", path), ["hivexml", path])
        compare(f"dump hive {os.path.basename(path)}", [program, "dump", "hive", "--no-logs", path], ["hivexml", path])
        compare(f"dump hive {os.path.basename(path)}", [program, "dump", "hive", "--no-logs", path], ["regfexport", path], 3)


def bench_start(program, _corpus):
    print("start-up")
    compare("npguard --version", [program, "--version"], ["/bin/true"], 21)


def peak_kib(command):
    """Peak resident memory of one command, by a child of its own so that earlier ones do not count."""
    code = ("import resource,subprocess,sys; subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL,"
            "stderr=subprocess.DEVNULL); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    return int(subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True, check=True).stdout)


def bench_memory(program, corpus):
    maker = os.path.join(os.path.dirname(corpus), "tools/mkbig_evtx.py")
    if not os.path.exists(maker):
        maker = "../shared/tools/mkbig_evtx.py"
    if not os.path.exists(maker):
        print("memory: skipped, no mkbig_evtx.py")
        return
    print("peak memory of npguard scan on one large event log of real chunks")
    folder = tempfile.mkdtemp(prefix="npguard-bench-")
    try:
        listing = os.path.join(folder, "list.txt")
        with open(listing, "w", encoding="utf-8") as file:
            file.write("\n".join(largest(os.path.join(corpus, "evtx"), ".evtx", 10_000, 1 << 30)))
        for megabytes in (64, 1024):
            path = os.path.join(folder, f"big{megabytes}.evtx")
            subprocess.run([sys.executable, maker, path, str(megabytes), listing], stdout=NULL, check=True)
            command = scan(program, path)
            seconds(command)
            spent = statistics.median(wall_seconds(command) for _ in range(3))
            plain = statistics.median(wall_seconds(["cat", path]) for _ in range(3))
            print(f"  {megabytes:5} MB   peak {peak_kib(command) / 1024:7.1f} MiB   {spent * 1000:8.1f} ms   "
                  f"{os.path.getsize(path) / spent / 1e6:7.0f} MB/s   cat/npguard {plain / spent:5.2f}")
            os.unlink(path)
    finally:
        shutil.rmtree(folder)


def main():
    program = os.path.abspath(sys.argv[1])
    corpus = os.environ["NPGUARD_CORPUS"]
    parts = {"events": bench_events, "hives": bench_hives, "start": bench_start, "memory": bench_memory}
    for name in sys.argv[2:] or parts:
        parts[name](program, corpus)


if __name__ == "__main__":
    main()
