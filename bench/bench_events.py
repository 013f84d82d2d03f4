"""Event logs: scan and dump against evtx_dump, evtxexport and a plain read, and against themselves.

evtx_dump (the `evtx` crate, 0.12.2) is taken from EVTX_DUMP or PATH; without it its lines are left out. Large
logs are made of the corpus' full chunks in a temporary folder (NPGUARD_BENCH_DIR) and removed.
"""
import os
import random
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import zlib

from measure import peak_kib, seconds

CHUNK = 65536
NULL = subprocess.DEVNULL


def medians(commands, rounds):
    """Median seconds of each command, run in turn."""
    for command in commands:
        seconds(command)
    spent = [[] for _ in commands]
    for _ in range(rounds):
        for times, command in zip(spent, commands):
            times.append(seconds(command))
    return [statistics.median(times) for times in spent]


def report(what, value, must, aim=None, more_is_better=True):
    good = value >= must if more_is_better else value <= must
    wanted = f"{'>=' if more_is_better else '<='} {must}" + (f" (aim {aim})" if aim else "")
    print(f"  {what:66} {value:8.2f}   {wanted:18} {'ok' if good else 'MISSED'}")


def full_chunks(paths):
    """The corpus' chunks that are mostly full and whose checksums agree."""
    found = []
    for path in paths:
        data = open(path, "rb").read()
        for at in range(4096, len(data) - CHUNK + 1, CHUNK):
            chunk = data[at:at + CHUNK]
            if chunk[:8] != b"ElfChnk\0":
                continue
            _, _, free, crc = struct.unpack_from("<IIII", chunk, 40)
            if 40000 <= free <= CHUNK and zlib.crc32(chunk[512:free]) == crc and \
                    zlib.crc32(chunk[:120] + chunk[128:512]) == struct.unpack_from("<I", chunk, 124)[0]:
                found.append(chunk)
    return found


def write_log(path, chunks, count, middle=()):
    """A log of `count` chunks taken in turn, with some others half-way."""
    with open(path, "wb") as file:
        file.write(b"\0" * 4096)
        for i in range(count):
            if i == count // 2:
                for chunk in middle:
                    file.write(chunk)
            file.write(chunks[i % len(chunks)])
        total = count + len(middle)
        header = bytearray(4096)
        header[:8] = b"ElfFile\0"
        struct.pack_into("<QQQIHHHH", header, 8, 0, total - 1, 1, 128, 1, 3, 4096, total & 0xffff)
        struct.pack_into("<II", header, 120, 0, zlib.crc32(bytes(header[:120])))
        file.seek(0)
        file.write(header)
    with open(path, "rb") as file:  # the page cache as a reader leaves it
        while file.read(1 << 20):
            pass


def logs_of(folder):
    found = []
    for root, folders, names in os.walk(folder):
        folders.sort()
        found += [os.path.join(root, name) for name in sorted(names) if name.lower().endswith(".evtx")]
    return found


def scan(program, path, threads=1):
    return [program, "scan", "-q", "--no-progress", "--hash", "none", "--threads", str(threads), path]


def registration_chunks(program, folder):
    """The chunks of the example host's Security log in which a provider is registered."""
    builder = os.path.join(os.path.dirname(program), "../example_host/npguard_example_host")
    recipe = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../examples/compromised-host/recipe.yaml")
    if not os.path.exists(builder):
        return []
    host = os.path.join(folder, "host")
    subprocess.run([builder, recipe, host], stdout=NULL, check=True)
    chunks = []
    for path in logs_of(host):
        data = open(path, "rb").read()
        chunks += [data[at:at + CHUNK] for at in range(4096, len(data) - CHUNK + 1, CHUNK)
                   if "NetworkProvider".encode("utf-16le") in data[at:at + CHUNK] and "Security" in path]
    return chunks


def bench_large(program, evtx_dump, folder, chunks, rounds):
    path = os.path.join(folder, "full512.evtx")
    write_log(path, chunks, 8192)
    middle = registration_chunks(program, folder)
    registered = os.path.join(folder, "registered512.evtx")
    if middle:
        write_log(registered, chunks, 8192, middle)
    plain = ["dd", f"if={path}", "of=/dev/null", "bs=1M", "status=none"]
    for threads in (1, 2):
        commands = [plain, scan(program, path, threads),
                    [program, "dump", "evtx", "--threads", str(threads), path]]
        if middle:
            commands.append(scan(program, registered, threads))
        if evtx_dump:
            commands.append([evtx_dump, "-t", str(threads), "-o", "jsonl", path])
        times = medians(commands, rounds)
        ours = times[1]
        print(f"  threads {threads}: read {times[0]:.3f} s, scan {ours:.3f} s, dump {times[2]:.3f} s"
              + (f", scan with a provider {times[3]:.3f} s" if middle else "")
              + (f", evtx_dump {times[-1]:.3f} s" if evtx_dump else ""))
        report(f"512 MB, {threads} threads: plain read / scan", times[0] / ours, 0.45, 0.75)
        if evtx_dump:
            report(f"512 MB, {threads} threads: evtx_dump / scan", times[-1] / ours, 12, 25)
            report(f"512 MB, {threads} threads: evtx_dump / dump evtx", times[-1] / times[2], 1.2, 2)
            if middle:
                report(f"512 MB, {threads} threads: evtx_dump / scan with a provider half-way",
                       times[-1] / times[3], 6)
    for name in (path, registered):
        if os.path.exists(name):
            os.unlink(name)


def bench_small(program, paths, corpus, rounds):
    near = min((abs(os.path.getsize(p) - 3_200_000), p) for p in paths)[1]
    ours, theirs = medians([scan(program, near), ["evtxexport", near]], rounds)
    report(f"evtxexport / scan, {os.path.basename(near)[:24]} {os.path.getsize(near) / 1e6:.1f} MB",
           theirs / ours, 100)
    ours, cat = medians([scan(program, corpus, 2), ["cat", *paths]], rounds)
    report(f"scan / cat, the corpus' {len(paths)} logs", ours / cat, 0.5, more_is_better=False)
    start, = medians([[program, "--version"]], rounds * 3)
    report("start-up, ms", start * 1000, 5, more_is_better=False)


def bench_growth(program, folder, chunks, rounds):
    spent, peaks = {}, {}
    for megabytes in (8, 80, 800, 4095):
        path = os.path.join(folder, f"big{megabytes}.evtx")
        write_log(path, chunks, megabytes * 16)
        command = scan(program, path, 2)
        spent[megabytes] = statistics.median(seconds(command) for _ in range(3 if megabytes > 800 else rounds))
        peaks[megabytes] = peak_kib(command) / 1024
        print(f"  {megabytes:5} MB   {spent[megabytes] * 1000:8.1f} ms   peak {peaks[megabytes]:6.1f} MiB")
        os.unlink(path)
    start, = medians([[program, "--version"]], rounds)
    report("80 MB / 8 MB, time without start-up", (spent[80] - start) / (spent[8] - start), 10.5, more_is_better=False)
    report("800 MB / 80 MB", (spent[800] - start) / (spent[80] - start), 10.5, more_is_better=False)
    report("peak MiB, 8 MB to 4 GB", max(peaks.values()), 32, more_is_better=False)


def bench_hostile(program, folder, chunks, rounds):
    """Random damage in every chunk, and headers that lie, against the same chunks as they were."""
    clean, hostile = (os.path.join(folder, name) for name in ("clean.evtx", "hostile.evtx"))
    random.seed(7)
    taken = chunks[:128]
    write_log(clean, taken, len(taken))
    damaged = []
    for i, chunk in enumerate(taken):
        data = bytearray(chunk)
        for _ in range(16):
            data[random.randrange(CHUNK)] = random.randrange(256)
        if i % 4 == 0:
            struct.pack_into("<I", data, 48, random.randrange(1 << 32))
        if i % 4 == 1:
            data[:8] = b"\0" * 8
        if i % 4 == 2:
            data[512:4096] = random.randbytes(4096 - 512)
        damaged.append(bytes(data))
    write_log(hostile, damaged, len(damaged))
    good, bad = medians([scan(program, clean), scan(program, hostile)], rounds)
    report("damaged / clean, scan", bad / good, 3, more_is_better=False)
    good, bad = medians([[program, "dump", "evtx", clean], [program, "dump", "evtx", hostile]], rounds)
    report("damaged / clean, dump evtx", bad / good, 3, more_is_better=False)


def bench(program, corpus, rounds=7):
    evtx_dump = os.environ.get("EVTX_DUMP") or shutil.which("evtx_dump")
    paths = logs_of(os.path.join(corpus, "evtx"))
    chunks = full_chunks(paths)
    print(f"event logs: {len(paths)} logs, {len(chunks)} full chunks" + ("" if evtx_dump else "; no evtx_dump"))
    folder = tempfile.mkdtemp(prefix="npguard-bench-", dir=os.environ.get("NPGUARD_BENCH_DIR"))
    try:
        bench_large(program, evtx_dump, folder, chunks, rounds)
        bench_small(program, paths, os.path.join(corpus, "evtx"), rounds)
        bench_growth(program, folder, chunks, rounds)
        bench_hostile(program, folder, chunks, rounds)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    bench(os.path.abspath(sys.argv[1]), os.environ["NPGUARD_CORPUS"], int(sys.argv[2]) if len(sys.argv) > 2 else 7)
