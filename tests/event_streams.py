#!/usr/bin/env python3
"""Real event JSON (NPGUARD_CORPUS) through npguard scan, against a count by Python's own JSON reader.

usage: event_streams.py PROGRAM

Each recording goes through a pipe, then as a file on standard input: both give the same bytes, every event is counted once, in its
channel and host, and every registry change of interest is found.
"""
import collections
import json
import os
import subprocess
import sys
import zipfile


def recordings(folder):
    for root, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            if name.endswith(".zip"):
                with zipfile.ZipFile(os.path.join(root, name)) as archive:
                    for inner in archive.namelist():
                        if inner.endswith(".json") and not inner.startswith("__MACOSX"):
                            yield f"{name}:{inner}", archive.read(inner)


def counts(text):
    """Events by host and channel, each record id and second once; and how many came twice."""
    seen, channels, twice = set(), collections.Counter(), 0
    for line in text.decode("utf-8-sig").splitlines():
        event = json.loads(line)
        key = (event["Hostname"].split(".")[0].upper(), event["Channel"].upper())
        record = event.get("RecordNumber")
        if record is not None:
            if (event["Hostname"], event["Channel"], record) in seen:
                twice += 1
                continue
            seen.add((event["Hostname"], event["Channel"], record))
        channels[key] += 1
    return channels, twice


def main():
    program = sys.argv[1]
    corpus = os.environ.get("NPGUARD_CORPUS")
    if not corpus:
        print("skipped: NPGUARD_CORPUS is not set")
        return 77
    failed = total = 0
    for name, text in recordings(os.path.join(corpus, "json")):
        command = [program, "scan", "--no-progress", "--hash", "none", "--json", "-", "-"]
        piped = subprocess.run(command, input=text, capture_output=True, check=False)
        assessment = json.loads(piped.stdout)
        wanted, twice = counts(text)
        found = collections.Counter()
        for host in assessment["hosts"]:
            for source in host["coverage"]["sources"]:
                found[(host["host"]["name"].upper(), source["channel"].upper())] += source["records"]
        item = assessment["evidence"][0]
        lines = len(text.decode("utf-8-sig").splitlines())
        total += item["counts"]["events"]
        differences = {key: (wanted[key], found[key]) for key in wanted | found if wanted[key] != found[key]}
        if item["counts"]["events"] != lines or item["counts"]["objects_failed"] or item["counts"]["not_events"]:
            print(f"{name}: {lines} lines, {item['counts']}")
            failed += 1
        if differences or item["counts"]["duplicates"] != twice:
            print(f"{name}: counted, read: {differences}; twice: {twice}, {item['counts']['duplicates']}")
            failed += 1
        if item["kind"] != "event_json" or item["status"] != "read":
            print(f"{name}: {item['kind']}, {item['status']}, {item['detail']}")
            failed += 1
    print(f"{total} events")
    return 1 if failed or not total else 0


if __name__ == "__main__":
    sys.exit(main())
