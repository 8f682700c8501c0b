"""Writes the report of a run to disk, as text and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import TypeAdapter

from pipeline.model.run import RunView
from pipeline.report.text import render

VERSION = 1
_VIEW = TypeAdapter(RunView)


def write(view: RunView, directory: Path) -> tuple[Path, Path]:
    """`report.txt` and `report.json` (schema in docs/DEPLOYMENT_PIPELINE.md); both paths. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    text, data = directory / "report.txt", directory / "report.json"
    _replace(text, render(view))
    _replace(data, json.dumps({"version": VERSION, **_VIEW.dump_python(view, mode="json")}, indent=2) + "\n")
    return text, data


def _replace(path: Path, content: str) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_text(content)
    part.replace(path)
