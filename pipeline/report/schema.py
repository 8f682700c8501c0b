"""`python -m pipeline.report.schema` prints the JSON Schema of report.json: docs/report.schema.json."""

from __future__ import annotations

import json
import sys

from pipeline.report.document import schema

if __name__ == "__main__":
    sys.stdout.write(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n")
