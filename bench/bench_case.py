#!/usr/bin/env python3
"""A case of many hosts: how fast facts are kept, how fast it is asked, how large it is; and killing it while it works.

usage: bench_case.py PROGRAM [fleet HOSTS] [kills KILLS [HOSTS]]      (default: fleet 100000)

PROGRAM is npguard; npguard_fleet_case is looked for beside it. `kills` keeps HOSTS hosts (default 3704, 1e5 facts) with a kill -9
at a random moment each time, until KILLS kills have hit, then lets it end; the dump of the case must be that of one that nobody
disturbed, byte for byte, and verify must find nothing.
"""
import hashlib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

KEY = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n"


def maker_of(program):
    return os.path.join(os.path.dirname(os.path.dirname(program)), "fleet_case/npguard_fleet_case")


def spent(command):
    """Processor seconds, wall seconds and output of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
    wall = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall, out


def median(values):
    return sorted(values)[len(values) // 2]


def say(what, runs, goal):
    print(f"  {what:52} {median([r[0] for r in runs]) * 1000:9.1f} ms processor  {median([r[1] for r in runs]) * 1000:9.1f} ms wall   goal {goal}")


def fleet(program, hosts, folder):
    case = os.path.join(folder, "fleet.npgcase")
    print(f"a case of {hosts} hosts with 7 providers each")
    out = subprocess.run([maker_of(program), case, "0", str(hosts), "500"], capture_output=True, text=True, check=True).stdout.split()
    facts, processor, wall = int(out[0]), float(out[1]), float(out[2])
    print(f"  kept {facts} facts in batches of 500 hosts: {facts / processor:,.0f} facts a processor second, {facts / wall:,.0f} a second   goal 100,000")
    size = os.path.getsize(case)
    print(f"  file {size / 1e6:,.0f} MB: {size / hosts:,.0f} bytes a host, {size / facts:,.0f} a fact, everything included")
    say("stack", [spent([program, "stack", case]) for _ in range(5)], "1000")
    say("stack of values on at most 3 hosts", [spent([program, "stack", case, "--hosts", "3"]) for _ in range(5)], "1000")
    key = os.path.join(folder, "key.pem")
    with open(key, "w", encoding="utf-8") as file:
        file.write(KEY)
    baseline = os.path.join(folder, "fleet.npgbase")
    used, wall, _ = spent([program, "baseline", "build", case, "-o", baseline, "--key", key])
    print(f"  baseline of all of them: {used:.1f} s processor, {wall:.1f} s wall, {os.path.getsize(baseline) / 1e6:.1f} MB")
    small = os.path.join(folder, "small.npgcase")
    subprocess.run([maker_of(program), small, "8", "50", "50"], capture_output=True, check=True)
    golden = os.path.join(folder, "small.npgbase")
    subprocess.run([program, "baseline", "build", small, "-o", golden, "--key", key], capture_output=True, check=True)
    for name, file in (("a baseline of 50 hosts", golden), ("the fleet's own baseline", baseline)):
        command = [program, "baseline", "diff", file, case, "--host", "HOST000007", "--key", key]
        say(f"diff of one host against {name}", [spent(command) for _ in range(9)], "10")
    print("  rarest: " + subprocess.run([program, "stack", case, "--what", "provider", "--rows", "1"], capture_output=True, text=True,
                                        check=True).stdout.split("\n")[1].strip())


def dump(program, case):
    return hashlib.sha256(subprocess.run([program, "dump", "case", case], stdout=subprocess.PIPE, check=True).stdout).hexdigest()


def kills(program, wanted, hosts, folder):
    maker = maker_of(program)
    undisturbed = os.path.join(folder, "undisturbed.npgcase")
    begin = time.perf_counter()
    facts = subprocess.run([maker, undisturbed, "0", str(hosts), "50"], capture_output=True, text=True, check=True).stdout.split()[0]
    whole = time.perf_counter() - begin
    print(f"{wanted} kills while {facts} facts of {hosts} hosts are kept, 50 hosts a transaction; undisturbed {whole:.1f} s")
    rng = random.Random(20261128)
    hits, rounds, seconds = 0, 0, whole
    case = os.path.join(folder, "killed.npgcase")
    reference = dump(program, undisturbed)
    while hits < wanted:
        rounds += 1
        for ending in ("", "-wal", "-shm"):
            if os.path.exists(case + ending):
                os.unlink(case + ending)
        # One case is killed up to 50 times and then brought to its end.
        for _ in range(min(50, wanted - hits)):
            process = subprocess.Popen([maker, case, "0", str(hosts), "50"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(rng.uniform(0, seconds / 2))
            process.send_signal(signal.SIGKILL)
            if process.wait() == -signal.SIGKILL:
                hits += 1
        subprocess.run([maker, case, "0", str(hosts), "50"], stdout=subprocess.DEVNULL, check=True)
        verdict = subprocess.run([program, "verify", case], capture_output=True, text=True, check=False)
        if verdict.returncode != 0 or dump(program, case) != reference:
            print(f"  FAIL after {hits} kills: {verdict.stdout[:500]}")
            return False
        print(f"  {hits} kills: the dump is that of the undisturbed case, verify finds nothing", flush=True)
    return True


def main():
    if len(sys.argv) < 2:
        print(__doc__.strip().splitlines()[2], file=sys.stderr)
        return 64
    program = os.path.abspath(sys.argv[1])
    arguments = sys.argv[2:] or ["fleet", "100000"]
    folder = tempfile.mkdtemp(prefix="npguard-case-")
    try:
        if arguments[0] == "fleet":
            fleet(program, int(arguments[1]) if len(arguments) > 1 else 100000, folder)
            return 0
        return 0 if kills(program, int(arguments[1]), int(arguments[2]) if len(arguments) > 2 else 3704, folder) else 1
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
