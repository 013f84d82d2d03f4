#!/usr/bin/env python3
"""Real hosts: what scan says of the corpus, against what other tools read and against what must never be said.

usage: corpus_hosts.py PROGRAM      (NPGUARD_CORPUS; NPGUARD_EXPECTED for the readings of other tools)
"""
import json
import os
import subprocess
import sys

failures = []


def check(condition, text):
    if not condition:
        failures.append(text)


def scan(program, *paths, codes=(0, 1, 2, 3)):
    run = subprocess.run([program, "scan", "-q", "--no-progress", "--json", "-", *paths], capture_output=True, check=False)
    check(run.returncode in codes, f"scan {paths[0]}: exit {run.returncode}: {run.stderr[:200]!r}")
    return json.loads(run.stdout)


def fold(name):
    return name.strip().lower()


def check_hive(program, corpus, row):
    """One SYSTEM hive alone against hivex' reading of its control sets."""
    assessment = scan(program, os.path.join(corpus, row["path"]))
    check(len(assessment["hosts"]) == 1, f"{row['path']}: {len(assessment['hosts'])} hosts")
    host = assessment["hosts"][0]
    current = f"ControlSet{int(row['current']):03d}"
    sets = row["np"]
    found = {fold(p["name"]): p for p in host["providers"]}
    for what, position_of in (("order", "order_position"), ("hw", "hw_order_position")):
        names = [fold(n) for n in (sets[current][what] or "").split(",") if fold(n)]
        for position, name in enumerate(names):
            check(name in found, f"{row['path']}: {name} of {what} is not listed")
            check(found.get(name, {}).get(position_of) == position, f"{row['path']}: {what} position of {name}")
        for name, provider in found.items():
            check(provider[position_of] is None or name in names, f"{row['path']}: {name} is not in {what}")
    for set_name, content in sets.items():
        for name, values in content["providers"].items():
            provider = found.get(fold(name))
            check(provider is not None, f"{row['path']}: {name} of {set_name} is not listed")
            if provider is None:
                continue
            check(int(set_name[-3:]) in provider["control_sets"], f"{row['path']}: {name} lacks {set_name}")
            read = {fold(k): v for k, v in provider["values"].items()}
            for value, wanted in values.items() if set_name == current else ():
                raw = (read.get(fold(value)) or {}).get("raw")
                check(raw == wanted or isinstance(wanted, list),
                      f"{row['path']}: {value} of {name} is {raw!r}, hivex read {wanted!r}")
    return 1


def check_never(assessment):
    """What must not be said of hosts that nobody attacked through a provider."""
    for host in assessment["hosts"]:
        name = host["host"]["name"]
        check(host["verdict"] != "compromised", f"{name} is called compromised")
        check(host["verdict"] != "clean", f"{name} is called clean, though signatures were not checked")
        check(not host["exposures"], f"{name} has an exposure")
        for provider in host["providers"]:
            check(provider["verdict"] not in ("malicious", "suspicious"),
                  f"{name}: {provider['name']} is called {provider['verdict']}: {[r['code'] for r in provider['reasons']]}")
            check(provider["reasons"], f"{name}: {provider['name']} has a verdict without a reason")
        channels = {s["channel"] for s in host["coverage"]["sources"]}
        if "Security" not in channels:
            said = " ".join(host["coverage"]["statements"])
            check("No Security log" in said, f"{name}: the missing Security log is not said")
    return len(assessment["hosts"])


def main():
    corpus = os.environ.get("NPGUARD_CORPUS")
    if not corpus:
        print("skipped: NPGUARD_CORPUS is not set")
        return 77
    program = sys.argv[1]
    hives = 0
    expected = os.environ.get("NPGUARD_EXPECTED")
    if expected:
        with open(os.path.join(expected, "EXPECTED_hives.json"), encoding="utf-8") as file:
            for row in json.load(file):
                if row.get("kind") == "SYSTEM" and row.get("cs"):
                    hives += check_hive(program, corpus, row)
    hosts = check_never(scan(program, os.path.join(corpus, "hive"), os.path.join(corpus, "evtx")))
    vendors = {p["name"] for h in scan(program, os.path.join(corpus, "hive"))["hosts"] for p in h["providers"]}
    check("VBoxSF" in vendors, "VBoxSF of the Windows 8.1 hive is not shown")
    print(f"{hives} SYSTEM hives against other readings, {hosts} hosts")
    for failure in failures:
        print("FAIL", failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
