#!/usr/bin/env python3
"""The registry-borne evasions (docs/evasions.md), built with hivexregedit on real hives and scanned.

usage: evasions_hivex.py PROGRAM        (NPGUARD_CORPUS)

Each case is a .reg text that hivexregedit merges into a copy of a SYSTEM hive, and what a scan must then show:
"PROVIDER:reason", "finding:RULE" or "change:what", none of which the untouched hive shows. What that tool cannot make
(links, permissions, key times, logs) is built in src/app/evasions_registry_test.cpp.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

SYSTEM = "hive/mkorman90+regipy/regipy_tests/data/SYSTEM"
SET = r"HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001"
ORDER = SET + r"\Control\NetworkProvider\Order"


def key(path, *lines):
    return f"[{path}]\n" + "\n".join(lines) + "\n\n"


def text(name, value, kind=None):
    if kind is None:
        return '"%s"="%s"' % (name, value.replace("\\", "\\\\").replace('"', '\\"'))
    data = value.encode("utf-16-le") + b"\0\0" + (b"\0\0" if kind == 7 else b"")
    return f'"{name}"=hex({kind}):' + ",".join(f"{byte:02x}" for byte in data)


def order(names, where=ORDER):
    return key(where, text("ProviderOrder", names))


def provider(name, path, *more, kind=2, where=SET):
    return key(f"{where}\\Services\\{name}", '"Description"="x"') + key(
        f"{where}\\Services\\{name}\\NetworkProvider", text("ProviderPath", path, kind), *more)


def with_path(path, kind=2):
    return order("RDPNP,LanmanWorkstation,webclient,Evil") + provider("Evil", path, kind=kind)


CREDENTIALS = '"Class"=dword:00000002'
EVIL = r"C:\Windows\System32\evil.dll"
LISTED = "RDPNP,LanmanWorkstation,webclient,Evil"
# name, merges one after the other, what is shown
CASES = [
    ("E1", [order(LISTED) + provider("Evil", EVIL, CREDENTIALS)],
     ["Evil:unknown_name", "Evil:credential_class", "Evil:service_key_is_hollow", "finding:NPG1001"]),
    ("E2", [order("RDPNP,LanmanWorkstatlon,webclient") + provider("LanmanWorkstatlon", EVIL, CREDENTIALS)],
     ["LanmanWorkstatlon:name_imitates_inbox"]),
    ("E3", [provider("RDPNP", EVIL)], ["RDPNP:inbox_name_other_path"]),
    ("E4", [key(SET + r"\Services\RDPNP\NetworkProvider", text("AuthentProviderPath", EVIL), '"Class"=dword:00000003')],
     ["RDPNP:inbox_authent_path_added", "RDPNP:inbox_class_changed"]),
    ("E5", [key(SET + r"\Services\webclient\NetworkProvider", CREDENTIALS)], ["WebClient:inbox_class_changed"]),
    ("E6", [order(LISTED, SET + r"\Control\NetworkProvider\HwOrder") + provider("Evil", EVIL)],
     ["Evil:listed_in_hw_order_only", "finding:NPG1004"]),
    ("E7", [provider("Evil", EVIL, CREDENTIALS)], ["Evil:registered_not_listed"]),
    ("E8", [order(LISTED), order("RDPNP,LanmanWorkstation,webclient")], ["finding:NPG1016"]),
    ("E9", [order(LISTED, r"HKEY_LOCAL_MACHINE\SYSTEM\ControlSet002\Control\NetworkProvider\Order")
            + provider("Evil", EVIL, CREDENTIALS, where=r"HKEY_LOCAL_MACHINE\SYSTEM\ControlSet002")],
     ["Evil:listed_in_other_control_set", "finding:NPG1005"]),
    ("E11 not expanded", [with_path(r"%SystemRoot%\System32\evil.dll", kind=1)], ["Evil:path_unexpanded_variable"]),
    ("E11 several strings", [with_path(EVIL, kind=7)], ["Evil:path_unusual_type"]),
    ("E12", [with_path("evil.dll")], ["Evil:path_searched"]),
    ("E13", [with_path(r"\\evil.example@SSL\DavWWWRoot\evil.dll")], ["Evil:path_unc"]),
    ("E14 quotes", [with_path('"C:\\a b\\evil.dll"')], ["Evil:path_quoted"]),
    ("E14 upwards", [with_path(r"C:\Windows\System32\..\evil.dll")], ["Evil:path_parent_folder"]),
    ("E14 a stream", [with_path(r"C:\Windows\x.dll:evil.dll")], ["Evil:path_alternate_stream"]),
    ("E15", [with_path(r"%Nowhere%\evil.dll")], ["Evil:path_unknown_variable"]),
    ("E15 its own variable",
     [key(SET + r"\Control\Session Manager\Environment", text("Odd", r"C:\Users\Public")) + with_path(r"%Odd%\evil.dll")],
     ["Evil:path=C:\\Users\\Public\\evil.dll"]),
    ("E26 path of the other half", [with_path(r"C:\Windows\SysWOW64\evil.dll")], ["Evil:unknown_name"]),
    ("E30", [order(LISTED) + provider("Evil", EVIL, CREDENTIALS),
             order("RDPNP,LanmanWorkstation,webclient") + f"[-{SET}\\Services\\Evil]\n\n"], ["finding:NPG1016"]),
    ("E36", [key(SET + r"\Control\NetworkProvider\Notifyees", text("x", r"C:\Users\Public\evil.dll"))], ["finding:NPG1010"]),
    ("names", [order("RDPNP , evil;LanmanWorkstation,,rdpnp")], ["finding:NPG1004"]),
]


def shown_by(program, hive):
    run = subprocess.run([program, "scan", "-q", "--no-progress", "--json", "-", hive], capture_output=True, check=False)
    shown = set()
    for host in json.loads(run.stdout)["hosts"]:
        for one in host["providers"]:
            shown.update(f"{one['name']}:{reason['code']}" for reason in one["reasons"])
            shown.update(f"{one['name']}:path={dll['path']}" for dll in [one.get("dll")] if dll)
        shown.update(f"finding:{one['rule']}:{one['subject']}" for one in host["findings"])
        shown.update(f"finding:{one['rule']}" for one in host["findings"])
        shown.update(f"change:{one['what']}" for one in host["changes"])
    return shown, run.returncode


def main():
    program = os.path.abspath(sys.argv[1])
    base = os.path.join(os.environ.get("NPGUARD_CORPUS", ""), SYSTEM)
    if not os.environ.get("NPGUARD_CORPUS") or not os.path.exists(base):
        print("skipped: no corpus (NPGUARD_CORPUS)")
        return 77
    if not shutil.which("hivexregedit"):
        print("skipped: no hivexregedit (libwin-hivex-perl)")
        return 77
    plain, _ = shown_by(program, base)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="npguard-evasions-") as folder:
        hive, change = os.path.join(folder, "SYSTEM"), os.path.join(folder, "change.reg")
        for name, merges, wanted in CASES:
            shutil.copyfile(base, hive)
            for merge in merges:
                with open(change, "w", encoding="utf-8") as file:
                    file.write("Windows Registry Editor Version 5.00\n\n" + merge)
                subprocess.run(["hivexregedit", "--merge", "--prefix", r"HKEY_LOCAL_MACHINE\SYSTEM", hive, change],
                               check=True)
            shown, code = shown_by(program, hive)
            missing = [one for one in wanted if one not in shown]
            unmoved = [one for one in wanted if one in plain]
            if missing or unmoved or code not in (0, 1, 2, 3):
                failed += 1
                print(f"{name}: not shown: {missing}; shown without it, too: {unmoved}; exit {code}")
                print("  new:", sorted(shown - plain)[:20])
    print(f"{len(CASES) - failed} of {len(CASES)} evasions built with hivexregedit are shown")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
