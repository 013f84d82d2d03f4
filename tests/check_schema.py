#!/usr/bin/python3
"""Validates assessment JSON files against docs/schema/npguard.assessment-1.schema.json.

Usage: check_schema.py FILE...   ("-" is standard input)
Exit code: 0 all valid; 1 a file does not follow the schema; 66 a file cannot be read; 77 the
jsonschema package is not installed.
"""
import json
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    print("check_schema: python3-jsonschema is not installed, nothing was checked", file=sys.stderr)
    sys.exit(77)

SCHEMA = (pathlib.Path(__file__).resolve().parent.parent / "docs" / "schema"
          / "npguard.assessment-1.schema.json")
ERRORS_MAX = 20


def refuse_duplicates(pairs):
    """JSON readers keep one of two equal keys in silence; here it is an error."""
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError("an object has the same key twice: " + ascii(names))
    return dict(pairs)


def check(validator, name):
    try:
        text = sys.stdin.read() if name == "-" else pathlib.Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        print(f"check_schema: {name}: {error}", file=sys.stderr)
        return 66
    try:
        document = json.loads(text, object_pairs_hook=refuse_duplicates)
    except ValueError as error:
        print(f"check_schema: {name}: not JSON: {error}", file=sys.stderr)
        return 1
    errors = sorted(validator.iter_errors(document), key=lambda error: ascii(list(error.absolute_path)))
    for error in errors[:ERRORS_MAX]:
        where = "/".join(str(part) for part in error.absolute_path)
        print(f"check_schema: {name}: at /{ascii(where)[1:-1]}: {ascii(error.message)[:400]}",
              file=sys.stderr)
    if len(errors) > ERRORS_MAX:
        print(f"check_schema: {name}: and {len(errors) - ERRORS_MAX} more", file=sys.stderr)
    return 1 if errors else 0


def main(names):
    if not names:
        print(__doc__, file=sys.stderr)
        return 64
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    return max(check(validator, name) for name in names)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
