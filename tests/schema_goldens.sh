#!/usr/bin/env bash
# The golden assessments fit the published schema.
exec python3 tests/check_schema.py src/report/golden/*.json src/app/golden/*.json
