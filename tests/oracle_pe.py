#!/usr/bin/python3
"""Compares `npguard dump pe` with pefile and objdump on every image below a folder.

    tests/oracle_pe.py "build/dev/npguard dump pe" CORPUS/pe [EXPECTED.jsonl]

Prints what was compared and each difference; ends with 1 when there is a difference that
docs/formats/pe.md does not accept. EXPECTED.jsonl is an optional list of readings by other tools.
"""
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys

import pefile

# Differences that docs/formats/pe.md explains, by (SHA-256 prefix, what). Keep in step with it.
ACCEPTED = set()


def images_below(folder):
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(root, name)
            with open(path, "rb") as file:
                if file.read(2) == b"MZ":
                    yield path


def text(raw):
    """Bytes as npguard shows them: UTF-8, an invalid byte as a lone surrogate."""
    return None if raw is None else raw.decode("utf-8", "surrogateescape")


def pefile_reading(path):
    image = pefile.PE(path)
    directory = getattr(image, "DIRECTORY_ENTRY_EXPORT", None)
    exports = []
    for symbol in directory.symbols if directory else []:
        if symbol.address or symbol.name:
            exports.append((symbol.ordinal, text(symbol.name), symbol.address, text(symbol.forwarder)))

    def imports(attribute):
        listed = []
        for dll in getattr(image, attribute, []):
            # pefile makes names of some DLLs' ordinals from a table of its own.
            functions = [f.ordinal if f.import_by_ordinal else text(f.name) for f in dll.imports]
            listed.append((text(dll.dll), functions))
        return listed

    strings = []
    for info in getattr(image, "FileInfo", []):
        for block in info:
            for table in getattr(block, "StringTable", []):
                strings.append((text(table.LangID), [(text(k), text(v)) for k, v in table.entries.items()]))
    rich = getattr(image, "RICH_HEADER", None)
    # pefile gives each tool as one number and its count, in turn.
    tools = list(rich.values) if rich else []
    config = getattr(image, "DIRECTORY_ENTRY_LOAD_CONFIG", None)
    callbacks = 0
    if hasattr(image, "DIRECTORY_ENTRY_TLS") and image.DIRECTORY_ENTRY_TLS.struct.AddressOfCallBacks:
        rva = image.DIRECTORY_ENTRY_TLS.struct.AddressOfCallBacks - image.OPTIONAL_HEADER.ImageBase
        wide = image.OPTIONAL_HEADER.Magic == 0x20B
        word = image.get_qword_at_rva if wide else image.get_dword_at_rva
        while word(rva):
            callbacks, rva = callbacks + 1, rva + (8 if wide else 4)
    fixed = [
        f"{v.FileVersionMS >> 16}.{v.FileVersionMS & 0xFFFF}.{v.FileVersionLS >> 16}.{v.FileVersionLS & 0xFFFF}"
        for v in getattr(image, "VS_FIXEDFILEINFO", [])
    ]
    certificate = image.OPTIONAL_HEADER.DATA_DIRECTORY[4]
    return {
        "machine": image.FILE_HEADER.Machine,
        "sections": [
            (text(s.Name.rstrip(b"\0")), s.VirtualAddress, s.Misc_VirtualSize, s.PointerToRawData, s.SizeOfRawData)
            for s in image.sections
        ],
        "export dll name": text(directory.name) if directory else None,
        "exports": sorted(exports, key=repr),
        "imports": imports("DIRECTORY_ENTRY_IMPORT"),
        "delay imports": imports("DIRECTORY_ENTRY_DELAY_IMPORT"),
        "version strings": strings,
        "file version": fixed[0] if fixed else None,
        "certificate table": (certificate.VirtualAddress, certificate.Size) if certificate.Size else None,
        "rich header": rich is not None,
        "rich tools": list(zip(tools[::2], tools[1::2])),
        "rich key": int.from_bytes(rich.key, "little") if rich else None,
        "entropy": [round(s.get_entropy() * 100) if s.PointerToRawData and s.SizeOfRawData else None for s in image.sections],
        "callbacks": callbacks,
        "dependent load flags": getattr(config.struct, "DependentLoadFlags", getattr(config.struct, "Reserved1", 0)) if config else 0,
        "directories": [
            (i, d.VirtualAddress, d.Size)
            for i, d in enumerate(image.OPTIONAL_HEADER.DATA_DIRECTORY)
            if d.VirtualAddress or d.Size
        ],
        "header numbers": [
            image.FILE_HEADER.TimeDateStamp,
            image.FILE_HEADER.Characteristics,
            image.OPTIONAL_HEADER.AddressOfEntryPoint,
            image.OPTIONAL_HEADER.ImageBase,
            image.OPTIONAL_HEADER.SectionAlignment,
            image.OPTIONAL_HEADER.FileAlignment,
            image.OPTIONAL_HEADER.SizeOfImage,
            image.OPTIONAL_HEADER.SizeOfHeaders,
            image.OPTIONAL_HEADER.CheckSum,
            image.OPTIONAL_HEADER.Subsystem,
            image.OPTIONAL_HEADER.DllCharacteristics,
        ],
        "debug": [d.struct.Type for d in getattr(image, "DIRECTORY_ENTRY_DEBUG", [])],
    }


def facts_in(what, value):
    if what.endswith("imports"):
        return sum(1 + len(functions) for _, functions in value)
    return len(value) if isinstance(value, list) else 1


DIRECTORIES = (
    "exports imports resources exceptions certificates relocations debug architecture global_pointer tls load_config"
    " bound_imports iat delay_imports managed_header reserved"
).split()
MACHINES = {"x86": 0x14C, "x64": 0x8664, "arm64": 0xAA64, "arm": 0x1C4}


def own_reading(command, path):
    done = subprocess.run(command + [path], capture_output=True, check=False)
    if not done.stdout:
        return {"error": done.stderr.decode()}
    read = json.loads(done.stdout)

    def imports(key):
        return [(dll["dll"], dll["functions"]) for dll in read[key]]

    version = read["versions"][0] if read["versions"] else None
    rich = read["rich"] or {"entries": [], "key": None}
    headers = read["headers"]
    table = read["certificate_table"]
    return {
        "raw": read,
        "machine": MACHINES.get(read["headers"]["machine"]),
        "sections": [
            (s["name"], s["virtual_address"], s["virtual_size"], s["raw_offset"], s["raw_size"]) for s in read["sections"]
        ],
        "export dll name": read["export_name"],
        "exports": sorted(((e["ordinal"], e["name"], e["rva"], e["forwarder"]) for e in read["exports"]), key=repr),
        "imports": imports("imports"),
        "delay imports": imports("delay_imports"),
        "version strings": [
            (table["key"], [tuple(pair) for pair in table["strings"]])
            for each in read["versions"]
            for table in each["tables"]
        ],
        "file version": version["file_version"] if version else None,
        "certificate table": (table["offset"], table["size"]) if table else None,
        "rich header": headers["rich_header"],
        "rich tools": [(e["product"] << 16 | e["build"], e["count"]) for e in rich["entries"]],
        "rich key": rich["key"],
        "entropy": [s["entropy"] and int(s["entropy"].replace(".", "")) for s in read["sections"]],
        "callbacks": read["loading"]["start_callbacks"],
        "dependent load flags": read["loading"]["dependent_load_flags"],
        "directories": [(DIRECTORIES.index(d["name"]), d["address"], d["size"]) for d in headers["directories"]],
        "header numbers": [
            headers[key]
            for key in (
                "timestamp characteristics entry_point image_base section_alignment file_alignment image_size"
                " headers_size checksum subsystem dll_characteristics"
            ).split()
        ],
        "debug": [d["type"] for d in read["debug"]],
    }


def objdump_names(path):
    """Export and import names as binutils prints them; nothing when it refuses the file."""
    done = subprocess.run(["objdump", "-p", path], capture_output=True, check=False)
    if done.returncode != 0:
        return None
    output = done.stdout.decode("utf-8", "replace")
    exports, imports, directories, part = [], [], [], ""
    for line in output.splitlines():
        found = re.match(r"Entry ([0-9a-f]) ([0-9a-f]+) ([0-9a-f]+) ", line)
        if found:
            index, address, size = (int(part, 16) for part in found.groups())
            if address or size:
                directories.append((index, address, size))
        if line.startswith("[Ordinal/Name Pointer] Table"):
            part = "exports"
        elif "Import Tables" in line:
            part = "imports"
        elif line.startswith(("The ", "PE File Base", "Dump of", "Export Tables")):
            part = ""
        found = re.match(r"\s+\[\s*\d+\](?: \+base\[\s*\d+\])?\s+(?:[0-9a-f]+\s+)?(\S.*)$", line)
        if part == "exports" and found:
            exports.append(found.group(1))
        found = re.match(r"\s+DLL Name: (.*)$", line)
        if part == "imports" and found:
            imports.append(found.group(1))
    listed = subprocess.run(["objdump", "-h", path], capture_output=True, check=False).stdout.decode("utf-8", "replace")
    # Index, name, size, addresses, file offset. A name may hold blanks; binutils shows no empty section's offset.
    sections = re.findall(r"^\s*\d+ (.*?)\s+[0-9a-f]{8}  [0-9a-f]{8,16}  [0-9a-f]{8,16}  ([0-9a-f]{8})  ", listed, re.M)
    return {
        "exports": sorted(exports),
        "imports": imports,
        "directories": directories,
        "sections": [(name, int(offset, 16)) for name, offset in sections],
    }


def expected_differences(expected, own):
    """Fields that a list of readings by other tools shares with ours."""
    read = own["raw"]
    pairs = [("size", read["size"])]
    if "machine" in expected:
        pairs.append(("machine", hex(own["machine"] or 0)))
    pairs.append(("dll", read["headers"]["dll"]))
    # The list counts the exports with a name.
    pairs.append(("nexp", sum(1 for e in read["exports"] if e["name"])))
    pairs.append(("sigsize", own["certificate table"][1] if own["certificate table"] else 0))
    strings = dict(own["version strings"][0][1]) if own["version strings"] else {}
    for key, value in expected.get("ver", {}).items():
        # The list holds UTF-8 that was read as Latin-1 once.
        value = value.encode("latin-1", "replace").decode("utf-8", "replace") if value else value
        if strings.get(key) != value:
            yield f"ver.{key}", value, strings.get(key)
    for key, mine in pairs:
        if key in expected and expected[key] != mine:
            yield key, expected[key], mine


def main():
    command, folder = shlex.split(sys.argv[1]), sys.argv[2]
    expected = {}
    if len(sys.argv) > 3:
        with open(sys.argv[3], encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if row["kind"] == "pe":
                    expected[row["sha"]] = row
    counts = {"images": 0, "facts": 0, "differences": 0, "accepted": 0, "refused by objdump": 0, "expected rows": 0}

    def report(path, sha, what, theirs, ours):
        accepted = (sha[:12], what) in ACCEPTED
        if isinstance(theirs, list) and isinstance(ours, list):
            theirs, ours = [x for x in theirs if x not in ours], [x for x in ours if x not in theirs]
        counts["accepted" if accepted else "differences"] += 1
        print(f"{'accepted' if accepted else 'DIFFERS'}: {path}: {what}\n  theirs {theirs!r}\n  ours   {ours!r}")

    for path in images_below(folder):
        counts["images"] += 1
        with open(path, "rb") as file:
            sha = hashlib.sha256(file.read()).hexdigest()
        own = own_reading(command, path)
        if "error" in own:
            report(path, sha, "refused", "", own["error"])
            continue
        theirs = pefile_reading(path)
        theirs["machine"] = theirs["machine"] if theirs["machine"] in MACHINES.values() else None
        for what, value in theirs.items():
            counts["facts"] += facts_in(what, value)
            if own[what] != value:
                report(path, sha, what, value, own[what])
        names = objdump_names(path)
        if names is None:
            counts["refused by objdump"] += 1
        else:
            counts["facts"] += len(names["exports"]) + len(names["imports"])
            mine = sorted(e[1] for e in own["exports"] if e[1])
            if names["exports"] != mine:
                report(path, sha, "exports (objdump)", names["exports"], mine)
            if names["directories"] != own["directories"]:
                report(path, sha, "directories (objdump)", names["directories"], own["directories"])
            mine = [(s[0], s[3]) for s in own["sections"]]
            counts["facts"] += len(names["directories"]) + len(names["sections"])
            if names["sections"] != mine:
                report(path, sha, "sections (objdump)", names["sections"], mine)
            mine = [dll for dll, _ in own["imports"]]
            if names["imports"] != mine:
                report(path, sha, "imports (objdump)", names["imports"], mine)
        if sha in expected:
            counts["expected rows"] += 1
            for what, value, mine in expected_differences(expected[sha], own):
                report(path, sha, what, value, mine)
    print(", ".join(f"{count} {what}" for what, count in counts.items()))
    return 1 if counts["differences"] or not counts["images"] else 0


if __name__ == "__main__":
    sys.exit(main())
