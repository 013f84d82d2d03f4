#!/usr/bin/env python3
"""attack_import.py NPGUARD: imports that are killed, run out of room, or are bombs. What the store was, or what it becomes, is
all that is ever there; memory stays bounded. The bundles are invented."""
import json
import lzma
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zlib

npguard = sys.argv[1]
failures = []


def expect(what, condition, detail=""):
    if not condition:
        failures.append(what)
        print(f"FAIL {what} {detail}")


def bundle(release, objects):
    """An invented release: collection and techniques, a third of them with another text in each release."""
    word = random.Random(1)
    texts = [" ".join(word.choice(["provider", "order", "winlogon", "notify", "logon", "key"]) for _ in range(60)) for _ in range(objects)]
    items = [{"type": "x-mitre-collection", "id": "x-mitre-collection--00000000-0000-4000-8000-000000000000", "name": "Enterprise (invented)",
              "x_mitre_version": release, "modified": "2020-01-01T00:00:00.000Z", "x_mitre_contents": []}]
    for i, text in enumerate(texts):
        items.append({"type": "attack-pattern", "id": f"attack-pattern--{i:08x}-0000-4000-8000-000000000000", "modified": "2020-01-01T00:00:00.000Z",
                      "name": f"Invented {i}", "description": text + (release if i % 3 == 0 else "")})
    return json.dumps({"type": "bundle", "id": "bundle--x", "objects": items}, indent=4).encode()


def attack(store, *arguments, **more):
    return subprocess.run([npguard, "attack", arguments[0], "--store", store, *arguments[1:]], capture_output=True, text=True, **more)


def releases(store):
    listed = attack(store, "list", "--json")
    return [each["release"] for each in json.loads(listed.stdout)["releases"]] if listed.returncode == 0 else listed.stderr


def tree(store):
    return {name: open(os.path.join(store, name), "rb").read() for name in sorted(os.listdir(store)) if name != "lock"}


def killed(work, old, new):
    """SIGKILL at many moments: the old list or the new one, each sound."""
    clean = os.path.join(work, "clean")
    expect("the first import", attack(clean, "import", old).returncode == 0)
    begin = time.monotonic()
    whole = os.path.join(work, "whole")
    shutil.copytree(clean, whole)
    expect("the second import", attack(whole, "import", new).returncode == 0)
    takes = time.monotonic() - begin
    seen = {"old": 0, "new": 0}
    store = os.path.join(work, "killed")
    for step in range(24):
        shutil.rmtree(store, ignore_errors=True)
        shutil.copytree(clean, store)
        running = subprocess.Popen([npguard, "attack", "import", "--store", store, new], stdout=subprocess.DEVNULL)
        time.sleep(takes * step / 20)
        running.send_signal(signal.SIGKILL)
        running.wait()
        now = releases(store)
        expect("old or new after kill -9", now in (["1.0"], ["1.0", "2.0"]), now)
        seen["new" if len(now) == 2 else "old"] += 1
        checked = attack(store, "verify")
        expect("sound after kill -9", checked.returncode == 0, checked.stdout + checked.stderr)
    expect("an import after the last kill", attack(store, "import", new).returncode == 0)
    expect("both are there", releases(store) == ["1.0", "2.0"])
    expect("nothing else is left", tree(store).keys() == tree(whole).keys(), sorted(tree(store)))
    print(f"killed 24 times: {seen['old']} times as before, {seen['new']} times imported")


def without_room(work, old, new):
    """A write that fails half way, by a limit on the size of a file, and on a full file system where one may be mounted."""
    store = os.path.join(work, "full")
    attack(store, "import", old)
    before = tree(store)

    def small_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    refused = attack(store, "import", new, preexec_fn=small_files, restore_signals=False)
    expect("no room ends with 73", refused.returncode == 73, f"{refused.returncode} {refused.stderr}")
    expect("no room: says so", f"the store {store}: File too large" in refused.stderr, refused.stderr)
    expect("no room: the store is untouched", tree(store) == before)
    mount = os.path.join(work, "tmpfs")
    os.mkdir(mount)
    script = (f'mount -t tmpfs -o size=64k tmpfs "{mount}" 2>/dev/null || exit 77; cp -r "{store}" "{mount}/store" || exit 77; '
              f'"{npguard}" attack import --store "{mount}/store" "{new}"; code=$?; "{npguard}" attack verify --store "{mount}/store" || code=1; '
              f'ls "{mount}/store"; exit $code')
    full = subprocess.run(["unshare", "-rm", "sh", "-c", script], capture_output=True, text=True) if shutil.which("unshare") else None
    if full is None or full.returncode == 77 or "unshare" in full.stderr:
        print("SKIP a full file system: none can be mounted here")
        return
    expect("a full disk ends with 73", full.returncode == 73, f"{full.returncode} {full.stdout} {full.stderr}")
    expect("a full disk: says so", "No space left on device" in full.stderr, full.stderr)
    expect("a full disk: the store is sound", "1.0" in full.stdout and ".part" not in full.stdout, full.stdout)


def bombs(work, old):
    """4 GB of blanks in each packing, and what grows while it is read: refused with the place, in bounded memory."""
    store = os.path.join(work, "bombs")
    attack(store, "import", old)
    before = tree(store)
    chunk = b" " * (1 << 20)
    gz = zlib.compressobj(9, zlib.DEFLATED, 31)
    xz = lzma.LZMACompressor(preset=0)
    files = {"bomb.gz": b"".join(gz.compress(chunk) for _ in range(512)) + gz.flush(), "bomb.xz": b"".join(xz.compress(chunk) for _ in range(512)) + xz.flush()}
    if shutil.which("zstd"):
        files["bomb.zst"] = subprocess.run(["zstd", "-q", "-c"], input=chunk * 256, capture_output=True).stdout
    start = b'{"type":"bundle","objects":['
    files["million.json"] = start + b",".join(b'{"type":"a","id":"a--%08x-0000-4000-8000-000000000000"}' % i for i in range(1_000_000)) + b"]}"
    files["deep.json"] = start + b'{"a":' + b"[" * 10_000_000
    files["string.json"] = start + b'{"a":"' + b"a" * 50_000_000 + b'"}]}'
    files["tokens.json"] = start + b'{"a":[' + b"1," * 15_000_000 + b"1]}]}"
    files["keys.json"] = start + b"{" + b",".join(b'"%d":1' % i for i in range(400_000)) + b',"0":1}]}'
    for name, text in files.items():
        path = os.path.join(work, name)
        with open(path, "wb") as file:
            file.write(text)
        script = "import resource,subprocess,sys;r=subprocess.run(sys.argv[1:]);print('peak',resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss);sys.exit(r.returncode)"
        ran = subprocess.run([sys.executable, "-c", script, npguard, "attack", "import", "--store", store, path], capture_output=True, text=True)
        peak = int(ran.stdout.split("peak ")[-1]) / 1000
        expect(f"{name}: refused", ran.returncode == 2 and "refused: " in ran.stderr, f"{ran.returncode} {ran.stderr}")
        expect(f"{name}: with its offset", "0x" in ran.stderr or "offset" in ran.stderr, ran.stderr)
        expect(f"{name}: the store is untouched", tree(store) == before)
        expect(f"{name}: memory is bounded", peak < 250, f"{peak} MB")
        print(f"{name}: {len(text)} bytes, peak {peak:.0f} MB: {ran.stderr.strip().split('refused: ')[-1]}")
        os.remove(path)


def main():
    with tempfile.TemporaryDirectory() as work:
        paths = []
        for release in ("1.0", "2.0"):
            paths.append(os.path.join(work, f"invented-{release}.json"))
            with open(paths[-1], "wb") as file:
                file.write(bundle(release, 4000))
        small = os.path.join(work, "small.json")
        with open(small, "wb") as file:
            file.write(bundle("1.0", 100))
        killed(work, *paths)
        without_room(work, small, paths[1])
        bombs(work, small)
    print("the store keeps what it has" if not failures else f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
