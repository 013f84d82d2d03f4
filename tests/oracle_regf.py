#!/usr/bin/env python3
"""Compares `npguard dump hive` with independent registry parsers, key by key and byte by byte.

usage: oracle_regf.py [--max-shown N] [--parsers LIST] PROGRAM HIVE...

PROGRAM is called as `PROGRAM dump hive FILE`, on a copy of the hive that stands alone, since the
other parsers replay no logs. Parsers, each used when it is there:
  hivex            python3-hivex: keys, times, value names, types, data
  python-registry  the Registry package: keys, times, value names, types, data
  libregf          libregf.so.1: keys, times, value names, types, data, security descriptors byte for byte
  reglookup        the program: keys, times, class names, owners, groups, every access entry
Prints counts and every difference; differences that docs/formats/regf.md accepts are counted by
their reason. Exit code: 0 none unexplained, 1 unexplained differences, 2 fewer than two parsers.
"""
import argparse
import collections
import ctypes
import ctypes.util
import datetime
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

TYPES = {name: number for number, name in enumerate(
    "REG_NONE REG_SZ REG_EXPAND_SZ REG_BINARY REG_DWORD REG_DWORD_BIG_ENDIAN REG_LINK REG_MULTI_SZ "
    "REG_RESOURCE_LIST REG_FULL_RESOURCE_DESCRIPTOR REG_RESOURCE_REQUIREMENTS_LIST REG_QWORD".split())}
EPOCH = datetime.datetime(1601, 1, 1)

# One key: time in 100 ns ticks, values as a sorted list of (name, type, data), the security descriptor as
# (control, owner, group, DACL, SACL) with lists of (type, flags, mask, SID), class name; None where a parser does not say.
Key = collections.namedtuple("Key", "ticks values security class_name", defaults=(None, None, None))
ACE_TYPES = {"allow": 0, "deny": 1, "audit": 2, "alarm": 3, "allow_object": 5, "deny_object": 6, "audit_object": 7,
             "allow_callback": 9, "deny_callback": 10, "audit_callback": 13, "mandatory_label": 0x11,
             "resource_attribute": 0x12, "scoped_policy": 0x13}


def ticks_of(text):
    if text is None:
        return 0
    if text.startswith("filetime:"):
        return int(text[9:], 16)
    whole, fraction = text.rstrip("Z").split(".")
    delta = datetime.datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S") - EPOCH
    return (delta.days * 86400 + delta.seconds) * 10_000_000 + int(fraction)


def units(text):
    return text.encode("utf-16-le", "surrogatepass")


def bytes_of(value):
    """The stored bytes that a value of the dump stands for."""
    kind, data = value["type"], value["data"]
    if "hex" in value:
        return bytes.fromhex(value["hex"])
    if isinstance(data, list):
        return b"".join(units(text) + b"\0\0" for text in data) + b"\0\0"
    if isinstance(data, int):
        form = {"REG_DWORD": "<I", "REG_DWORD_BIG_ENDIAN": ">I", "REG_QWORD": "<Q"}[kind]
        return struct.pack(form, data)
    if kind in ("REG_SZ", "REG_EXPAND_SZ"):
        return units(data) + b"\0\0"
    if kind == "REG_LINK":
        return units(data)
    return bytes.fromhex(data)


def security_of(row):
    """The descriptor as the dump gives it; () where the key has none, None where it is damaged."""
    if row is None:
        return ()
    if "hex" in row:
        return None
    def entries(acl):
        return None if acl is None else [
            (ACE_TYPES.get(one["type"], one["type"]), one["flags"], int(one["mask"], 16), one["sid"]) for one in acl]
    return (row["control"], row["owner"], row["group"], entries(row["dacl"]), entries(row["sacl"]))


def sid_text(data):
    count = data[1]
    authority = int.from_bytes(data[2:8], "big")
    shown = f"0x{authority:012x}" if authority >= 1 << 32 else str(authority)
    return "-".join(["S", str(data[0]), shown] + [str(part) for part in struct.unpack_from(f"<{count}I", data, 8)])


def decode_descriptor(data):
    """A self-relative descriptor (MS-DTYP 2.4.6), by itself: no part of the program's reading is used."""
    _, _, control, owner, group, sacl, dacl = struct.unpack_from("<BBHIIII", data)
    def entries(at, present):
        if not control & present or at == 0:
            return None
        _, _, _, count, _ = struct.unpack_from("<BBHHH", data, at)
        at += 8
        found = []
        for _ in range(count):
            kind, flags, size, mask = struct.unpack_from("<BBHI", data, at)
            found.append((kind, flags, mask, sid_text(data[at + 8:at + size])))
            at += size
        return found
    return (control, sid_text(data[owner:]) if owner else "", sid_text(data[group:]) if group else "",
            entries(dacl, 4), entries(sacl, 0x10))


def read_dump(program, hive):
    run = subprocess.run([program, "dump", "hive", hive], capture_output=True, check=False)
    keys, lost = collections.defaultdict(list), 0
    for line in run.stdout.splitlines():
        row = json.loads(line)
        values = []
        for value in row["values"]:
            number = TYPES.get(value["type"])
            if number is None:
                number = int(value["type"].removeprefix("REG_"), 16)
            values.append((value["name"], number, bytes_of(value)))
            lost += value.get("lost_bytes", 0)
        keys[row["path"].upper()].append(Key(
            ticks_of(row["last_written"]), sorted(values), security_of(row.get("security")), row.get("class", "")))
    return keys, lost, run


def read_hivex(hive):
    import hivex
    handle = hivex.Hivex(hive)
    keys = collections.defaultdict(list)
    stack = [(handle.root(), "")]
    while stack:
        node, path = stack.pop()
        values = []
        for value in handle.node_values(node):
            number, data = handle.value_value(value)
            values.append((handle.value_key(value), number, data))
        keys[path.upper()].append(
            Key(handle.node_timestamp(node), sorted(values)))
        for child in handle.node_children(node):
            name = handle.node_name(child)
            stack.append((child, f"{path}\\{name}" if path else name))
    return keys


def read_python_registry(hive):
    from Registry import Registry
    registry = Registry.Registry(hive)
    keys = collections.defaultdict(list)
    stack = [(registry.root(), "")]
    while stack:
        key, path = stack.pop()
        record = key._nkrecord
        values = []
        for value in key.values():
            name = "" if value._vkrecord.name() == "" else value.name()
            values.append((name, value.value_type(), value.raw_data()))
        keys[path.upper()].append(
            Key(record.unpack_qword(0x4), sorted(values)))
        for child in key.subkeys():
            name = child.name()
            stack.append((child, f"{path}\\{name}" if path else name))
    return keys


def as_string(data):
    """Whole units up to the first NUL, and a NUL."""
    units_of = [data[i:i + 2].ljust(2, b"\0") for i in range(0, len(data), 2)]
    end = units_of.index(b"\0\0") if b"\0\0" in units_of else len(units_of)
    return b"".join(units_of[:end]) + b"\0\0"


class Libregf:
    """What is needed of libregf's C interface."""

    def __init__(self):
        self.library = ctypes.CDLL("libregf.so.1")

    def call(self, name, *arguments):
        result = getattr(self.library, "libregf_" + name)(*arguments, None)
        if result == -1:
            raise OSError(f"libregf_{name}")
        return result

    def get(self, kind, name, item):
        into = kind()
        self.call(name, item, ctypes.byref(into))
        return into.value

    def child(self, name, item, *index):
        into = ctypes.c_void_p()
        self.call(name, item, *index, ctypes.byref(into))
        return into

    def sized(self, name, item, size_name=None):
        size = ctypes.c_size_t()
        if self.call(size_name or name + "_size", item, ctypes.byref(size)) == 0 or size.value == 0:
            return b""
        into = ctypes.create_string_buffer(size.value)
        self.call(name, item, into, size)
        return into.raw

    def text(self, name, item):
        return self.sized(name, item).rstrip(b"\0").decode("utf-8", "surrogatepass")

    def free(self, kind, item):
        getattr(self.library, f"libregf_{kind}_free")(ctypes.byref(item), None)


def read_libregf(hive):
    regf = Libregf()
    file = ctypes.c_void_p()
    regf.call("file_initialize", ctypes.byref(file))
    regf.call("file_open", file, os.fsencode(hive), 1)
    keys = collections.defaultdict(list)
    stack = [(regf.child("file_get_root_key", file), "")]
    while stack:
        key, path = stack.pop()
        values = []
        for i in range(regf.get(ctypes.c_int, "key_get_number_of_values", key)):
            value = regf.child("key_get_value", key, ctypes.c_int(i))
            try:
                data = regf.sized("value_get_value_data", value)
            except OSError:
                data = None
            values.append((regf.text("value_get_utf8_name", value),
                           regf.get(ctypes.c_uint32, "value_get_value_type", value), data))
            regf.free("value", value)
        try:
            stored = regf.sized("key_get_security_descriptor", key)
            security = decode_descriptor(stored) if stored else ()
        except OSError:
            security = None
        keys[path.upper()].append(Key(regf.get(ctypes.c_uint64, "key_get_last_written_time", key),
                                      sorted(values, key=lambda one: (one[0], one[1], one[2] or b"")), security))
        for i in range(regf.get(ctypes.c_int, "key_get_number_of_sub_keys", key)):
            child = regf.child("key_get_sub_key", key, ctypes.c_int(i))
            name = regf.text("key_get_utf8_name", child)
            stack.append((child, f"{path}\\{name}" if path else name))
        regf.free("key", key)
    regf.free("file", file)
    return keys


RIGHTS = {"QRY_VAL": 1, "SET_VAL": 2, "CREATE_KEY": 4, "ENUM_KEYS": 8, "NOTIFY": 0x10, "CREATE_LNK": 0x20,
          "WOW64_64": 0x100, "WOW64_32": 0x200, "DELETE": 0x10000, "R_CONT": 0x20000, "W_DAC": 0x40000,
          "W_OWNER": 0x80000, "SYNC": 0x100000, "SYS_SEC": 0x1000000, "MAX_ALLWD": 0x2000000, "GEN_A": 0x10000000,
          "GEN_X": 0x20000000, "GEN_W": 0x40000000, "GEN_R": 0x80000000}
FLAGS = {"OI": 1, "CI": 2, "NP": 4, "IO": 8, "IA": 0x10}


def number_of(words, table):
    """The bits that words stand for; bits without a word are printed as a number."""
    return sum(table[word] if word in table else int(word, 16) for word in words.split())


def read_reglookup(hive):
    run = subprocess.run(["reglookup", "-s", "-H", "-t", "KEY", hive], capture_output=True, check=False)
    unescape = lambda text: re.sub(
        rb"%([0-9A-F]{2})", lambda match: bytes([int(match[1], 16)]), text).decode("utf-8", "replace")
    def entries(cell):
        found = []
        for one in cell.decode().split("|") if cell else []:
            sid, kind, rights, flags = (one.split(":") + [""])[:4]
            found.append((ACE_TYPES.get(kind.lower(), kind), number_of(flags, FLAGS), number_of(rights, RIGHTS), sid))
        return found
    keys = collections.defaultdict(list)
    for line in run.stdout.split(b"\n"):
        cells = line.split(b",")
        if len(cells) < 8:
            continue
        path = "\\".join(unescape(part) for part in cells[0].strip(b"/").split(b"/"))
        seconds = datetime.datetime.strptime(cells[3].decode(), "%Y-%m-%d %H:%M:%S") - EPOCH
        keys[path.upper()].append(Key(
            (seconds.days * 86400 + seconds.seconds) * 10_000_000, None,
            (None, cells[4].decode(), cells[5].decode(), entries(cells[7]), entries(cells[6])),
            unescape(cells[8]) if len(cells) > 8 else None))
    return keys


class Comparison:
    def __init__(self, shown_max):
        self.shown_max = shown_max
        self.unexplained = 0
        self.accepted = collections.Counter()
        self.descriptors = collections.Counter()

    def differ(self, parser, path, what):
        self.unexplained += 1
        if self.unexplained <= self.shown_max:
            print(f"  {parser}: {path!r}: {what}")

    def values(self, parser, path, ours, theirs):
        if ours == theirs:
            return
        left = collections.Counter(ours) - collections.Counter(theirs)
        right = collections.Counter(theirs) - collections.Counter(ours)
        for name, number, data in left.elements():
            if parser == "python-registry" and number > 0xfff:
                same = next((r for r in right.elements() if r[:2] == (name, number & 0xfff)
                             and (r[2][:len(data)] == data or r[2] == struct.pack("<I", number)
                                  or self.reason(parser, number & 0xfff, data, r[2]))), None)
                if same:
                    self.accepted["python-registry: gives 12 of the 32 bits of a type"] += 1
                    right[same] -= 1
                    continue
            match = next((r for r in right.elements() if r[0] == name and r[1] == number), None)
            reason = match and self.reason(parser, number, data, match[2])
            if reason:
                self.accepted[f"{parser}: {reason}"] += 1
                right[match] -= 1
                continue
            self.differ(parser, path, f"only here: {name!r} type {number} {data[:48].hex()} "
                        f"({len(data)} bytes)")
        for name, number, data in (+right).elements():
            self.differ(parser, path, f"only there: {name!r} type {number} {data[:48].hex()} "
                        f"({len(data)} bytes)")

    @staticmethod
    def reason(parser, number, ours, theirs):
        """Why docs/formats/regf.md, 13 accepts a difference in data; None when it does not."""
        if parser == "libregf" and theirs is not None:
            if len(theirs) == len(ours) < 4 and theirs[:max(0, 2 * len(ours) - 4)] == ours[4 - len(ours):]:
                return "takes resident data of fewer than four bytes from the end of their field"
            if number in (1, 2) and theirs in (as_string(ours), as_string(ours)[:-2], ours + b"\0"):
                return "gives a string up to its first NUL, and one NUL behind it"
        if parser == "python-registry":
            if len(ours) < 4 == len(theirs) and theirs.startswith(ours):
                return "gives four bytes of resident data of any size"
            if number == 7 and len(ours) <= 4 and not theirs:
                return "gives nothing for a resident REG_MULTI_SZ"
            if number in (4, 5) and theirs[:4] == ours[:4]:
                return "gives four bytes for a number of any size"
            if number == 11 and theirs[:8] == ours[:8]:
                return "gives eight bytes for a number of any size"
        return None

    def run(self, parser, ours, theirs):
        if parser == "reglookup":
            cut = {path.split("\0")[0] for path in ours if "\0" in path}
            odd = lambda path: path in cut or any(unit < " " or unit > "~" for unit in path)
            for rows in (ours, theirs):
                self.accepted["reglookup: shows names that are not ASCII as raw bytes, cut at a NUL"] += sum(
                    map(odd, rows))
            ours = {path: keys for path, keys in ours.items() if not odd(path)}
            theirs = {path: keys for path, keys in theirs.items() if not odd(path)}
        if parser == "libregf":
            ours = {path: list(keys) for path, keys in ours.items()}
            for path, keys in ours.items():
                for i, key in enumerate(keys):
                    if any("\0" in value[0] for value in key.values):
                        self.accepted["libregf: cuts names at a NUL"] += 1
                        keys[i] = key._replace(values=sorted((name.split("\0")[0], *rest) for name, *rest in key.values))
            for path in [path for path in ours if "\0" in path]:
                cut = "\\".join(part.split("\0")[0] for part in path.split("\\"))
                if cut in theirs and cut not in ours:
                    self.accepted["libregf: cuts names at a NUL"] += 1
                    ours = {cut if one == path else one: keys for one, keys in ours.items()}
        for path in sorted(set(ours) | set(theirs)):
            left, right = ours.get(path, []), theirs.get(path, [])
            if len(left) != len(right):
                self.differ(parser, path, f"{len(left)} keys here, {len(right)} there")
                continue
            for mine, other in zip(sorted(left, key=lambda k: k[:2]),
                                   sorted(right, key=lambda k: (k.ticks, k.values or []))):
                coarse = parser == "reglookup"
                mine_ticks = mine.ticks // 10_000_000 * 10_000_000 if coarse else mine.ticks
                if mine_ticks != other.ticks:
                    if coarse and other.ticks < 116444736000000000 + 10_000_000:
                        self.accepted["reglookup: shows a time before 1970 as 1970"] += 1
                    else:
                        self.differ(parser, path, f"time {mine.ticks} here, {other.ticks} there")
                if other.values is not None:
                    self.values(parser, path, mine.values, other.values)
                if other.security is not None and mine.security is not None:
                    self.security(parser, path, mine.security, other.security)
                if other.class_name is not None and other.class_name != mine.class_name:
                    self.differ(parser, path, f"class {mine.class_name!r} here, {other.class_name!r} there")

    def security(self, parser, path, ours, theirs):
        if parser == "reglookup":
            # It does not tell an absent list from an empty one, and gives no control bits.
            ours = (None, *ours[1:3], *(acl or [] for acl in ours[3:])) if ours else (None, "", "", [], [])
            told = (*ours[:3], *([(kind if kind < 4 else "UNKNOWN", flags & 0x1f or flags,
                                   mask & sum(RIGHTS.values()) or mask, sid)
                                  for kind, flags, mask, sid in acl] for acl in ours[3:]))
            if told != ours and told == theirs:
                self.accepted["reglookup: names four types of entries, five flags and no right without a name"] += 1
                ours = told
        if ours != theirs:
            self.differ(parser, path, f"permissions {ours} here, {theirs} there")
        else:
            self.descriptors[parser] += 1


PARSERS = {"hivex": read_hivex, "python-registry": read_python_registry, "libregf": read_libregf,
           "reglookup": read_reglookup}


def available(wanted):
    for name in wanted:
        try:
            if name == "hivex":
                import hivex  # noqa: F401
            elif name == "python-registry":
                import Registry  # noqa: F401
            elif name == "libregf":
                Libregf()
            elif not shutil.which("reglookup"):
                continue
        except (ImportError, OSError):
            continue
        yield name


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--max-shown", type=int, default=50)
    arguments.add_argument("--parsers", default=",".join(PARSERS))
    arguments.add_argument("program")
    arguments.add_argument("hives", nargs="+")
    options = arguments.parse_args()
    parsers = list(available(options.parsers.split(",")))
    print(f"parsers: {', '.join(parsers)}")
    if len(parsers) < 2:
        print("fewer than two independent parsers are installed")
        return 2
    unexplained = 0
    for hive in options.hives:
        with tempfile.TemporaryDirectory() as folder:
            alone = os.path.join(folder, "hive")
            shutil.copyfile(hive, alone)
            ours, lost, run = read_dump(options.program, alone)
            keys = sum(len(rows) for rows in ours.values())
            values = sum(len(key.values) for rows in ours.values() for key in rows)
            print(f"{hive}: {keys} keys, {values} values, {lost} bytes lost, exit {run.returncode}")
            for parser in parsers:
                try:
                    theirs = PARSERS[parser](alone)
                except Exception as error:  # each parser has its own errors
                    print(f"  {parser}: cannot read it: {type(error).__name__}: {error}")
                    continue
                comparison = Comparison(options.max_shown)
                comparison.run(parser, ours, theirs)
                unexplained += comparison.unexplained
                total = sum(len(rows) for rows in theirs.values())
                equal = comparison.descriptors[parser]
                print(f"  {parser}: {total} keys, {comparison.unexplained} unexplained differences"
                      + (f", {equal} descriptors equal" if equal else ""))
                for reason, count in sorted((+comparison.accepted).items()):
                    print(f"    accepted, {reason}: {count}")
    print(f"unexplained differences: {unexplained}")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
