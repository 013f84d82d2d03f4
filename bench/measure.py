"""Timing and memory of whole processes, for the benches."""
import os
import statistics
import subprocess
import sys

ROUNDS = 5
NULL = subprocess.DEVNULL


def seconds(command):
    """Processor time of one run, all threads: other work on the machine moves it far less than the time on the wall."""
    process = subprocess.Popen(command, stdout=NULL, stderr=NULL)
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    return used.ru_utime + used.ru_stime


def compare_sums(what, ours, peers, rounds=ROUNDS):
    """Medians of interleaved rounds of two lists of commands, each list run as a whole, and their ratio."""
    for command in (ours[0], peers[0]):
        seconds(command)
    mine, theirs = [], []
    for _ in range(rounds):
        mine.append(sum(map(seconds, ours)))
        theirs.append(sum(map(seconds, peers)))
    a, b = statistics.median(mine), statistics.median(theirs)
    name = " + ".join(dict.fromkeys(os.path.basename(peer[0]) for peer in peers))
    print(f"  {what:46} {a * 1000:9.1f} ms   {name:12} {b * 1000:9.1f} ms   ratio {b / a:7.1f}")


def compare(what, ours, peer, rounds=ROUNDS):
    compare_sums(what, [ours], [peer], rounds)


def peak_kib(command):
    """Peak resident memory of one command, by a child of its own so that earlier ones do not count."""
    code = ("import resource,subprocess,sys; subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL,"
            "stderr=subprocess.DEVNULL); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    return int(subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True, check=True).stdout)
