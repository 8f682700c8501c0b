"""Writes the report of a run to disk, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from pipeline.atomic import write_whole
from pipeline.report.document import Report, adapter
from pipeline.report.text import render


def write(report: Report, directory: Path, redact: Callable[[str], str]) -> tuple[Path, Path]:
    """`report.txt` and `report.json` (docs/report.schema.json); both paths. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    text, data = directory / "report.txt", directory / "report.json"
    write_whole(text, redact(render(report)))
    dumped = json.dumps(adapter().dump_python(report, mode="json"), indent=2)
    write_whole(data, redact(dumped) + "\n")
    return text, data
