#!/usr/bin/env python3
"""Assessing many logons and windows, against reading them alone; and the memory that it takes.

usage: bench_exposure.py PROGRAM EXAMPLE_HOST [logons] [windows]      (default: 1000000 100)

Two hosts with the same Security log are built from recipes: one with a logged change and no provider that receives passwords,
so that logons are read and nothing is asked of them, and one with that many windows. The difference of their processor times is
the assessment. Peak memory is compared for all logons and for half of them: what the assessment adds must not grow with events.
"""
import os
import shutil
import subprocess
import sys
import tempfile

from measure import peak_kib, seconds

PEOPLE = 200
PART = 500_000  # a recipe repeats an event no more often than this


def recipe(logons, windows):
    names = [f"Np{i:03}" for i in range(windows)]
    accounts = "".join(f"  CORP\\user{i}: {2000 + i}\n" for i in range(PEOPLE))
    keys = "".join(
        f"      CurrentControlSet\\Services\\{name}\\NetworkProvider: {{written: 2026-01-{1 + i % 28:02}T08:00:00Z, values: "
        f"{{ProviderPath: 'C:\\np\\{name}.dll', Class: !dword 2}}}}\n" for i, name in enumerate(names))
    order = ",".join(["RDPNP", "LanmanWorkstation", *names])
    text = ("host: {windows: server-2022, computer: BIG, domain: CORP, dns_domain: corp.example, role: member, "
            "machine_sid: S-1-5-21-3623811015-3361044348-30300820, domain_sid: S-1-5-21-1208316447-2914870043-1637701925, "
            "installed: 2025-03-11T09:41:20Z}\n"
            f"accounts:\n{accounts}"
            "hives:\n  SYSTEM:\n    written: 2026-01-30T08:00:00Z\n    keys:\n"
            f"      CurrentControlSet\\Control\\NetworkProvider\\Order: {{written: 2026-01-02T08:00:00Z, values: "
            f"{{ProviderOrder: '{order}'}}}}\n{keys}"
            "  SOFTWARE: {written: 2026-01-30T08:00:00Z}\nevents:\n"
            "  - {time: 2026-01-01T07:00:00Z, registry_value: {by: CORP\\user0, by_logon_id: 0x77, "
            "key: '\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Services\\RDPNP\\NetworkProvider', value: Name, new: x}}\n")
    each = logons // PEOPLE
    for i in range(PEOPLE):
        # One in four is typed at the console, the rest comes over the network, as on a busy server.
        kind, left = (2, each) if i % 4 == 0 else (3, each)
        while left > 0:
            times = min(left, PART)
            text += (f"  - {{time: 2026-01-01T08:{i // 60:02}:{i % 60:02}Z, logon: {{user: 'CORP\\user{i}', type: {kind}, "
                     f"logon_id: 0x{100000 + i * 65536:x}}}, repeat: {{times: {times}, every_seconds: "
                     f"{max(1, 2_400_000 // max(1, each))}}}}}\n")
            left -= times
    return text


def build(maker, folder, name, logons, windows):
    path = os.path.join(folder, name)
    with open(path + ".yaml", "w", encoding="utf-8") as file:
        file.write(recipe(logons, windows))
    subprocess.run([maker, path + ".yaml", path], stdout=subprocess.DEVNULL, check=True)
    return path


def main():
    program, maker = map(os.path.abspath, sys.argv[1:3])
    logons = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000
    windows = int(sys.argv[4]) if len(sys.argv) > 4 else 100
    folder = tempfile.mkdtemp(prefix="npguard-bench-")
    try:
        print(f"exposure: {logons} logons of {PEOPLE} people, {windows} windows")
        added = {}
        for count in (logons // 2, logons):
            read = build(maker, folder, "read", count, 0)
            asked = build(maker, folder, "asked", count, windows)
            command = [program, "scan", "-q", "--no-progress", "--hash", "none"]
            times = {}
            for path in (read, asked):
                times[path] = min(seconds([*command, path]) for _ in range(3))
            peaks = {path: peak_kib([*command, path]) / 1024 for path in (read, asked)}
            added[count] = peaks[asked] - peaks[read]
            print(f"  {count:8} logons   reading {times[read]:7.2f} s   with windows {times[asked]:7.2f} s   "
                  f"assessing/reading {(times[asked] - times[read]) / times[read]:5.2f}   "
                  f"peak {peaks[read]:7.1f} and {peaks[asked]:7.1f} MiB")
            shutil.rmtree(read)
            shutil.rmtree(asked)
        print(f"  what assessing adds to the peak: {added[logons // 2]:.1f} MiB for half, {added[logons]:.1f} MiB for all")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
