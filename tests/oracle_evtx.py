#!/usr/bin/env python3
"""Compares `npguard dump evtx` with libevtx (evtxexport), python-evtx and evtx_dump, record by record.

usage: oracle_evtx.py [--tool libevtx|python-evtx|evtx_dump] [--expected FILE] [--bytes-max N] COMMAND FOLDER|FILE...

COMMAND is what prints the dump when a file's name is put behind it, such as "build/dev/npguard dump evtx".
Compared: record ids, times, event ids, provider, channel, computer, and every name and value. With
--expected FILE (JSON lines with "path", "n" and "eid") it compares counts instead: at least that many
records, and of every event id at least as many. Exit code: 0 when nothing differs, 1 otherwise. Accepted
differences are those that docs/formats/evtx.md names; they are counted, not printed.
"""
import argparse
import collections
import json
import os
import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ET

# Records whose end is zeroed, which others give as far as they go: damage here, and named so (docs/formats/evtx.md).
TORN = {
    "Microsoft-Windows-HelloForBusiness%4Operational.evtx": {"0"},
    "sample_with_a_bad_chunk_magic.evtx": {"", "45933", "47640"},
}

EVENT = re.compile(r"<Event[ >].*?</Event>", re.S)


def local(tag):
    return tag.rsplit("}", 1)[-1]


def normal(text):
    """One spelling for values that the tools write differently; what they mean stays."""
    text = "" if text is None else str(text)
    text = re.sub(r"[\x00-\x20\x7f-\x9f\ud800-\udfff\ufffd\ufffe\uffff]+", " ", text).strip(" ")
    if re.fullmatch(r"0x[0-9a-fA-F]+", text):
        return hex(int(text, 16))
    if re.fullmatch(r"\{?[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\}?", text):
        return text.strip("{}").lower()
    time = re.fullmatch(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?Z?", text)
    if time:
        # python-evtx has microseconds, libevtx nine digits, SYSTEMTIME milliseconds.
        return f"{time[1]} {time[2]}.{(time[3] or '0')[:5].ljust(5, '0')}"
    if text in ("True", "true", "False", "false"):
        return text.lower()
    if re.fullmatch(r"-?\d+\.\d+(?:e[+-]?\d+)?", text):
        return f"{float(text):.5g}"
    return text.lower() if re.fullmatch(r"[0-9a-fA-F]+", text) else text


def leaves_of_xml(element, out):
    for child in element:
        if len(child):
            leaves_of_xml(child, out)
        else:
            name = local(child.tag)
            if name == "Data":
                name = child.get("Name", "")
            out.append((name, normal(child.text)))


def record_of_xml(text):
    event = ET.fromstring(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", " ", text))
    record = {"data": []}
    for part in event:
        if local(part.tag) != "System":
            if local(part.tag) != "RenderingInfo":
                leaves_of_xml(part, record["data"])
            continue
        for child in part:
            name = local(child.tag)
            if name == "Provider":
                record["provider"] = child.get("Name", "")
            elif name == "TimeCreated":
                record["time"] = normal(child.get("SystemTime", ""))
            elif name == "Security":
                record["user"] = child.get("UserID", "")
            elif name in ("EventID", "EventRecordID", "Channel", "Computer", "Version", "Level", "Task", "Keywords"):
                record[name] = normal(child.text)
    return record


def leaves_of_json(value, name, out):
    """A leaf's values, and those of the elements below it; attributes are not compared."""
    if isinstance(value, list):
        for item in value:
            leaves_of_json(item, name, out)
    elif isinstance(value, dict):
        if "#text" in value or all(key.startswith("@") for key in value):
            out.append((name, normal(value.get("#text"))))
        for key, item in value.items():
            if not key.startswith(("@", "#")):
                leaves_of_json(item, key, out)
    elif isinstance(value, bool):
        out.append((name, str(value).lower()))
    else:
        out.append((name, normal(value)))


def record_of_json(line):
    event = json.loads(line)
    system = event.get("system", {})
    plain = lambda value: normal(value.get("#text") if isinstance(value, dict) else value)
    record = {"data": [], "error": event.get("error"), "origin": event["origin"],
              "lone_surrogates": bool(re.search(r"\\ud[89a-f][0-9a-f]{2}", line))}
    record["provider"] = event["provider"]
    record["time"] = normal(system.get("TimeCreated", {}).get("SystemTime"))
    record["user"] = event.get("user_sid", "")
    for name in ("EventID", "EventRecordID", "Channel", "Computer", "Version", "Level", "Task", "Keywords"):
        if name in system:
            record[name] = plain(system[name])
    for key, value in event.get("event_data", {}).items():
        if not key.startswith("@"):
            leaves_of_json(value, "" if key == "Data" else key, record["data"])
    for part in [event.get("user_data", {})] + [v for k, v in event.get("other", {}).items() if k != "RenderingInfo"]:
        leaves_of_json(part, "", record["data"]) if part else None
    return record


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return done.stdout.decode("utf-8", "surrogatepass")


def read_libevtx(path):
    for text in EVENT.findall(run(["evtxexport", "-f", "xml", path])):
        try:
            yield record_of_xml(text)
        except ET.ParseError:
            yield None


def read_evtx_dump(path):
    tool = os.environ.get("EVTX_DUMP") or "evtx_dump"
    for text in EVENT.findall(run([tool, "-t", "1", "-o", "xml", path])):
        try:
            yield record_of_xml(text)
        except ET.ParseError:
            yield None


def read_python_evtx(path):
    import Evtx.Evtx as evtx
    with evtx.Evtx(path) as log:
        for chunk in log.chunks():
            for record in chunk.records():
                try:
                    yield record_of_xml(record.xml())
                except Exception:  # whatever the other parser does not survive is its own affair
                    yield None


def joined(data):
    """All values as one text: names apart, arrays and empty values do not matter."""
    return " ".join(sorted(part for _, text in data for part in re.split(r"[ ,]+", text) if part))


def same_number(a, b):
    """libevtx writes the magnitude of negative numbers without their sign bit, and SizeT in decimal."""
    try:
        if a.startswith("0x") and not b.startswith("0x"):
            return int(a, 16) == int(b)
        a, b = int(a), int(b)
        return a < 0 and any(a >= -(1 << n) and b == -((a + (1 << n)) & ((1 << n) - 1)) for n in (7, 15, 31, 63))
    except ValueError:
        return False


def all_numbers(ours, theirs):
    ours, theirs = sorted(ours, key=lambda x: x[0]), sorted(theirs, key=lambda x: x[0])
    return [x[0] for x in ours] == [x[0] for x in theirs] and all(
        x[1] == y[1] or same_number(x[1], y[1]) for x, y in zip(ours, theirs))


def bare(data):
    return [("", re.sub(r"<[^>]*>", " ", text)) for _, text in data]


def seconds(text):
    """A normal time's minutes and seconds, for comparing tools that round differently."""
    found = re.fullmatch(r"\S+ (\d\d):(\d\d):([\d.]+)", text or "")
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]) if found else 0.0


def same_time(a, b):
    return a == b or (a[:10] == b[:10] and abs(seconds(a) - seconds(b)) < 5e-5)


def judge(ours, theirs):
    """What differs: a list of (field, ours, theirs), and the accepted kinds."""
    wrong, accepted = [], []
    for field in ("EventID", "EventRecordID", "provider", "Channel", "Computer", "time", "Version", "Level", "Task",
                  "Keywords", "user"):
        a, b = ours.get(field) or "", theirs.get(field) or ""
        if normal(a) != normal(b) and not (field == "time" and same_time(a, b)):
            wrong.append((field, a, b))
    if ours["data"] != theirs["data"]:
        a, b = ours["data"], theirs["data"]
        if [x for x in sorted(a) if x[1]] == [x for x in sorted(b) if x[1]]:
            accepted.append("order or empty values")
        elif all_numbers([x for x in a if x[1]], [x for x in b if x[1]]):
            accepted.append("numbers that libevtx writes otherwise")
        elif any("<" in text for _, text in a + b) and joined(bare(a)) == joined(bare(b)):
            accepted.append("markup inside a value that the other tool does not escape")
        elif ours.get("lone_surrogates"):
            accepted.append("lone surrogates")
        elif joined(a) == joined(b):
            accepted.append("the same values, arrays divided otherwise")
        else:
            left = [x for x in a if x not in b]
            right = [x for x in b if x not in a]
            wrong.append(("data", left[:4], right[:4]))
    return wrong, accepted


def compare(path, command, reader, totals):
    ours = [record_of_json(line) for line in run(command + [path]).splitlines()]
    by_id = collections.defaultdict(list)
    for record in ours:
        by_id[record.get("EventRecordID")].append(record)
    differences = 0
    for theirs in reader(path):
        totals["records"] += 1
        if theirs is None:
            totals["not parsed by the other tool"] += 1
            continue
        candidates = [record for record in by_id.get(theirs.get("EventRecordID"), ())
                      if same_time(record.get("time", ""), theirs.get("time", ""))]
        if not candidates and theirs.get("EventRecordID") in TORN.get(os.path.basename(path), ()):
            totals["torn records, damage here"] += 1
            continue
        if not candidates:
            print(f"{path}: record {theirs.get('EventRecordID')} of {theirs.get('time')} is missing")
            differences += 1
            continue
        # Logs put together of several hold one id and time more than once.
        record = min(candidates, key=lambda candidate: len(judge(candidate, theirs)[0]))
        wrong, accepted = judge(record, theirs)
        for kind in accepted:
            totals[kind] += 1
        for field, a, b in wrong:
            differences += 1
            print(f"{path}: record {record.get('EventRecordID')} at {record['origin']['offset']:#x}: {field}: "
                  f"ours {a!r}, theirs {b!r}"[:600])
    return differences


def compare_counts(expected, root, command, totals):
    differences = 0
    for line in open(expected, encoding="utf-8"):
        want = json.loads(line)
        path = os.path.join(root, want["path"])
        records = [json.loads(text) for text in run(command + [path]).splitlines()]
        kinds = collections.Counter(str(record["event_id"]) for record in records)
        totals["records"] += len(records)
        short = {k: (n, kinds[k]) for k, n in want["eid"].items() if kinds[k] < n}
        if len(records) < want["n"] or short:
            differences += 1
            print(f"{path}: {len(records)} records, expected {want['n']}; fewer of {short}")
    return differences


def files_of(paths, bytes_max):
    for path in paths:
        if os.path.isfile(path):
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders.sort()
            for name in sorted(names):
                full = os.path.join(folder, name)
                if os.path.getsize(full) <= bytes_max and open(full, "rb").read(8) == b"ElfFile\0":
                    yield full


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", choices=("libevtx", "python-evtx", "evtx_dump"), default="libevtx")
    parser.add_argument("--expected")
    parser.add_argument("--bytes-max", type=int, default=1 << 40)
    parser.add_argument("command")
    parser.add_argument("paths", nargs="+")
    options = parser.parse_args()
    command = shlex.split(options.command)
    totals = collections.Counter()
    if options.expected:
        differences = compare_counts(options.expected, options.paths[0], command, totals)
    else:
        reader = {"libevtx": read_libevtx, "python-evtx": read_python_evtx, "evtx_dump": read_evtx_dump}[options.tool]
        differences = 0
        for path in files_of(options.paths, options.bytes_max):
            totals["files"] += 1
            differences += compare(path, command, reader, totals)
    print(", ".join(f"{name}: {count}" for name, count in totals.items()), f"differences: {differences}", sep="; ")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
