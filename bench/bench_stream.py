#!/usr/bin/env python3
"""Event JSON from standard input: events a second and core, against jq, and peak memory.

usage: bench_stream.py PROGRAM      (NPGUARD_CORPUS; jq is skipped by name where it is absent)

The stream is the corpus' own event JSON (OTRF's recordings), repeated, and the same as evtx_dump writes it. What is compared is
processor time, user and system, all threads, in interleaved rounds after one warm-up.
"""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import zipfile

from measure import peak_kib

ROUNDS = 5
NULL = subprocess.DEVNULL


def run(command, path, piped=False):
    """Processor seconds and peak KiB of one run with the file as standard input, or through a pipe."""
    with open(path, "rb") as file:
        feeder = subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE) if piped else None
        process = subprocess.Popen(command, stdin=feeder.stdout if piped else file, stdout=NULL, stderr=NULL)
        if feeder:
            feeder.stdout.close()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if feeder:
            feeder.wait()
    return used.ru_utime + used.ru_stime, used.ru_maxrss, process.returncode


def recordings(corpus):
    """The lines of every recording in the corpus."""
    folder = os.path.join(corpus, "json")
    for root, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            if name.endswith(".zip"):
                with zipfile.ZipFile(os.path.join(root, name)) as archive:
                    for inner in archive.namelist():
                        if inner.endswith(".json") and not inner.startswith("__MACOSX"):
                            yield from archive.read(inner).splitlines(keepends=True)


SYSTEM = {"SourceName", "ProviderGuid", "Level", "Keywords", "Channel", "Hostname", "TimeCreated", "@timestamp", "EventID", "Message",
          "Task"}


def as_evtx_dump(line, record_id):
    """The event as evtx_dump writes it: its parts and its data in their places."""
    event = json.loads(line)
    data = {name: value for name, value in event.items() if name not in SYSTEM}
    return json.dumps({"Event": {
        "#attributes": {"xmlns": "http://schemas.microsoft.com/win/2004/08/events/event"},
        "System": {"Provider": {"#attributes": {"Name": event.get("SourceName"), "Guid": event.get("ProviderGuid")}},
                   "EventID": event.get("EventID"), "Version": 5, "Level": 4, "Task": 1, "Opcode": 0,
                   "Keywords": event.get("Keywords"),
                   "TimeCreated": {"#attributes": {"SystemTime": event.get("@timestamp")}}, "EventRecordID": record_id,
                   "Correlation": None, "Execution": {"#attributes": {"ProcessID": 3544, "ThreadID": 4040}},
                   "Channel": event.get("Channel"), "Computer": event.get("Hostname"),
                   "Security": {"#attributes": {"UserID": "S-1-5-18"}}},
        "EventData": data}}, separators=(",", ":")).encode() + b"\n"


def write_stream(path, lines, size):
    """Repeats the lines until the file has the size; gives how many events it holds."""
    count = written = 0
    with open(path, "wb") as out:
        while written < size:
            for line in lines:
                out.write(line)
                written += len(line)
                count += 1
                if written >= size:
                    break
    return count


def measure(what, path, count, program, jq):
    command = [program, "scan", "-q", "--no-progress", "--hash", "none", "--threads", "1", "-"]
    query = ["jq", "-c", "select(.EventID == 1 and .Event.System.EventID == 2)"]
    mine, piped, theirs = [], [], []
    run(command, path)
    for _ in range(ROUNDS):
        mine.append(run(command, path)[0])
        piped.append(run(command, path, piped=True)[0])
        if jq and len(theirs) < 2:
            theirs.append(run(query, path)[0])
    a = statistics.median(mine)
    size = os.path.getsize(path)
    print(f"  {what:34} {count / a:12,.0f} events/s and core  {size / a / 1e6:7.0f} MB/s   through a pipe "
          f"{count / statistics.median(piped):12,.0f}/s", end="")
    print(f"   jq {count / statistics.median(theirs):9,.0f}/s  ratio {statistics.median(theirs) / a:6.1f}" if jq else "   (jq is not there)")


def bench_stream(program, corpus):
    print("event JSON from standard input: npguard scan - against jq -c 'select(…)'")
    lines = [line if line.endswith(b"\n") else line + b"\n" for line in recordings(corpus)]
    if not lines:
        print("  skipped: the corpus holds no recordings")
        return
    jq = shutil.which("jq")
    dump = [as_evtx_dump(line, i + 1) for i, line in enumerate(lines[:40000])]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "events.jsonl")
        for what, form in (("OTRF, as recorded", lines), ("the same as evtx_dump writes it", dump)):
            count = write_stream(path, form, 256 << 20)
            measure(what, path, count, program, jq)
        command = [program, "scan", "-q", "--no-progress", "--hash", "none", "--threads", "1", "-"]
        for size in (8 << 20, 80 << 20, 800 << 20):
            count = write_stream(path, dump, size)
            seconds = run(command, path)[0]
            # By a child of its own: what this program holds of the corpus counts as its children's peak.
            peak = peak_kib(["sh", "-c", 'in=$1; shift; exec "$@" < "$in"', "sh", path, *command])
            print(f"  {size >> 20:5} MiB: {seconds:7.3f} s, peak {peak / 1024:6.1f} MiB")


if __name__ == "__main__":
    if len(sys.argv) < 2 or "NPGUARD_CORPUS" not in os.environ:
        sys.exit(__doc__)
    bench_stream(sys.argv[1], os.environ["NPGUARD_CORPUS"])
