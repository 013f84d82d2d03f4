#!/usr/bin/env python3
"""Logons of real hosts, counted by source: npguard's time line against libevtx' own reading of the same logs.

usage: corpus_logons.py PROGRAM      (NPGUARD_CORPUS, evtxexport)

A record is one logon event; a record that several files hold (an export beside its log) counts once, as npguard counts it.
Accounts that no person types a password for are left out on both sides. Hosts without a provider that receives credentials must
have no exposure, those with VirtualBox' or VMware's provider none that is proven.
"""
import collections
import json
import os
import re
import shutil
import subprocess
import sys

SOURCES = {
    ("Microsoft-Windows-Security-Auditing", 4624): "Security 4624",
    ("Microsoft-Windows-Security-Auditing", 4801): "Security 4801",
    ("Microsoft-Windows-Security-Auditing", 4778): "Security 4778",
    ("Microsoft-Windows-Winlogon", 7001): "System Winlogon 7001",
    ("Microsoft-Windows-TerminalServices-LocalSessionManager", 21): "LocalSessionManager 21",
    ("Microsoft-Windows-TerminalServices-LocalSessionManager", 25): "LocalSessionManager 25",
    ("Microsoft-Windows-TerminalServices-RemoteConnectionManager", 1149): "RemoteConnectionManager 1149",
}
MACHINE = re.compile(r"^S-1-(5-(18|19|20|7|80-.*|82-.*|83-.*|90-.*|96-.*)|0-0)$")


def field(event, name):
    found = re.search(rf'<Data Name="{name}">([^<]*)</Data>|<{name}>([^<]*)</{name}>', event)
    return (found.group(1) or found.group(2) or "") if found else ""


def counted_by_libevtx(paths):
    """By source: how many records of logons by people, each once."""
    records = collections.defaultdict(set)
    for path in paths:
        text = subprocess.run(["evtxexport", "-f", "xml", path], capture_output=True, check=False).stdout.decode("utf-8", "replace")
        for event in text.split("<Event xmlns")[1:]:
            provider = re.search(r'<Provider Name="([^"]*)"', event)
            number = re.search(r"<EventID[^>]*>(\d+)<", event)
            source = SOURCES.get((provider.group(1) if provider else "", int(number.group(1)) if number else 0))
            if source is None:
                continue
            sid = field(event, "TargetUserSid") or field(event, "UserSid")
            account = field(event, "TargetUserName") or field(event, "User") or field(event, "AccountName") or field(event, "Param1")
            if MACHINE.match(sid) or account.endswith("$") or field(event, "VirtualAccount") == "%%1842":
                continue
            host = re.search(r"<Computer>([^<]*)<", event)
            identity = (re.search(r'SystemTime="([^"]*)"', event).group(1)[:23], re.search(r"<EventRecordID>(\d+)<", event).group(1))
            records[source].add((host.group(1) if host else "", *identity))
    return {source: len(found) for source, found in records.items()}


def counted_by_npguard(program, paths):
    """The same of the time line."""
    run = subprocess.run([program, "timeline", "--all-logons", "-t", "jsonl", *paths], capture_output=True, check=False)
    records = collections.defaultdict(set)
    for line in run.stdout.decode().splitlines():
        entry = json.loads(line)
        if entry["kind"] == "logon" and entry["source"] in SOURCES.values():
            records[entry["source"]].add((entry["host"], entry["time"][:23], entry["record_id"]))
    return {source: len(found) for source, found in records.items()}


def check_counts(program, corpus):
    """How many logon events were compared, and the differences."""
    compared, wrong = 0, []
    for root, _, names in sorted(os.walk(os.path.join(corpus, "evtx"))):
        paths = [os.path.join(root, n) for n in names if re.search(r"(security|system|localsession|remoteconnection).*\.evtx$", n, re.I)]
        if not paths or sum(map(os.path.getsize, paths)) > 64 << 20:
            continue
        theirs = counted_by_libevtx(paths)
        ours = counted_by_npguard(program, paths)
        compared += sum(theirs.values())
        wrong += [f"{root}: {source}: libevtx {theirs.get(source, 0)}, npguard {ours.get(source, 0)}"
                  for source in sorted(set(theirs) | set(ours)) if theirs.get(source, 0) != ours.get(source, 0)]
    return compared, wrong


def check_never(program, corpus):
    """What must not be said of hosts that nobody attacked through a provider."""
    run = subprocess.run([program, "scan", "-q", "--no-progress", "--hash", "none", "--json", "-", os.path.join(corpus, "hive"),
                          os.path.join(corpus, "evtx")], capture_output=True, check=False)
    wrong = []
    for host in json.loads(run.stdout)["hosts"]:
        receives = any(p["receives_credentials"] == "yes" for p in host["providers"])
        names = {p["name"].lower() for p in host["providers"]}
        for exposure in host["exposures"]:
            if not receives and exposure["provider"] != "Winlogon mpnotify":
                wrong.append(f"{host['host']['name']}: a window of {exposure['provider']} on a host without a receiver")
            if names & {"vboxsf", "vmhgfs"} and any(a["certainty"] == "proven" for a in exposure["accounts"]):
                wrong.append(f"{host['host']['name']}: a proven account on a virtual machine")
    return wrong


def main():
    corpus = os.environ.get("NPGUARD_CORPUS")
    if not corpus or not shutil.which("evtxexport"):
        print("skipped: NPGUARD_CORPUS is not set or evtxexport is missing")
        return 77
    compared, wrong = check_counts(sys.argv[1], corpus)
    wrong += check_never(sys.argv[1], corpus)
    for line in wrong:
        print("FAIL", line)
    print(f"{compared} logon events compared by source")
    return 1 if wrong or compared == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
