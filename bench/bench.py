#!/usr/bin/env python3
"""Speed as ratios against peers in one run, and peak memory.

usage: bench.py PROGRAM [events] [hives] [start] [memory] [trust] [stream] [exposure] [case]      (default: all; NPGUARD_CORPUS)

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

from bench_events import bench as bench_event_logs
from bench_registry import bench_registry
from bench_stream import bench_stream
from bench_trust import bench_trust
from measure import NULL, compare, peak_kib, seconds


def wall_seconds(command):
    begin = time.perf_counter()
    subprocess.run(command, stdout=NULL, stderr=NULL, check=False)
    return time.perf_counter() - begin


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
    bench_event_logs(program, corpus)


def bench_hives(program, corpus):
    bench_registry(program, corpus)
    print("hives: dump of every key and value, against hivexml and regfexport")
    for name in ("regipy_tests/data/SYSTEM", "regipy_tests/data/SYSTEM_2"):
        path = os.path.join(corpus, "hive/mkorman90+regipy", name)
        size = f"({os.path.getsize(path) / 1e6:.1f} MB)"
        compare(f"dump hive {os.path.basename(path)} {size}", [program, "dump", "hive", "--no-logs", path], ["hivexml", path])
        compare(f"dump hive {os.path.basename(path)}", [program, "dump", "hive", "--no-logs", path], ["regfexport", path], 3)


def bench_start(program, _corpus):
    print("start-up")
    compare("npguard --version", [program, "--version"], ["/bin/true"], 21)


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


def bench_exposure(program, _corpus):
    maker = os.path.join(os.path.dirname(program), "../example_host/npguard_example_host")
    if not os.path.exists(maker):
        print("exposure: skipped, no npguard_example_host beside the program")
        return
    subprocess.run([sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "bench_exposure.py"), program,
                    maker], check=True)


def bench_case(program, _corpus):
    subprocess.run([sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "bench_case.py"), program], check=True)


def main():
    program = os.path.abspath(sys.argv[1])
    corpus = os.environ["NPGUARD_CORPUS"]
    parts = {"events": bench_events, "hives": bench_hives, "start": bench_start, "memory": bench_memory,
             "trust": bench_trust, "stream": bench_stream,
             "exposure": bench_exposure, "case": bench_case}
    for name in sys.argv[2:] or parts:
        parts[name](program, corpus)


if __name__ == "__main__":
    main()
