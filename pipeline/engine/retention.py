"""Clears run logs and test reports of long ago off the worker's disk: at the start, then once a day."""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from pipeline.cancelling import pass_on_cancellation
from pipeline.model.release import ProjectId
from pipeline.stages.layout import Layout
from pipeline.store.connect import LOST
from pipeline.store.store import Store

DAY_SECONDS = 86_400.0
_RUN = re.compile(r"^run-(\d+)$")

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Keep:
    """Run logs stay for `log_days`, test reports of the newest `reports` runs of a project that have any."""

    log_days: int
    reports: int


async def keep_clearing(store: Store, layout: Layout, keep: Keep, *, every: float = DAY_SECONDS) -> None:
    """Until cancelled. What goes wrong is logged and tried again; no run waits for it."""
    while True:
        try:
            there = [number for number, _ in await asyncio.to_thread(_runs, layout.all_reports)]
            of, active = await store.runs.projects_of(there), await store.runs.all_active()
            await asyncio.to_thread(clear, layout.all_reports, keep, active, time.time(), of)
        except LOST as error:
            pass_on_cancellation()
            log.warning("clearing_waits", problem=str(error))
        except Exception:
            pass_on_cancellation()
            log.exception("clearing_failed")
        await asyncio.sleep(every)


def clear(
    folder: Path, keep: Keep, active: Collection[int], now: float, of: Mapping[int, ProjectId] | None = None
) -> list[Path]:
    """Removes what is not to be kept, of runs that are not `active`; what was removed. `now` in Unix seconds;
    `of` tells whose the runs are, those that it does not name being of one more project.

    Reports of runs (report.txt, report.json) always stay. What the disk refuses is logged and let be.
    """
    runs = _runs(folder)
    old = [run / "run.log" for number, run in runs if number not in active]
    oldest = now - keep.log_days * DAY_SECONDS
    removed = [path for path in old if _is_older(path, oldest) and _remove(path)]
    kept: Counter[ProjectId | None] = Counter()
    for number, run in runs:
        tests, project = run / "tests", (of or {}).get(number)
        if not tests.is_dir():
            continue
        kept[project] += 1
        if kept[project] > keep.reports and number not in active and _remove(tests):
            removed.append(tests)
    if removed:
        log.info("disk_cleared", removed=len(removed), log_days=keep.log_days, reports=keep.reports)
    return removed


def _runs(folder: Path) -> list[tuple[int, Path]]:
    """The folders of runs with their numbers, newest first."""
    try:
        found = [(int(match[1]), path) for path in folder.iterdir() if (match := _RUN.match(path.name))]
    except FileNotFoundError:  # no run yet
        return []
    return sorted(found, reverse=True)


def _is_older(path: Path, oldest: float) -> bool:
    try:
        return path.stat().st_mtime < oldest
    except FileNotFoundError:
        return False


def _remove(path: Path) -> bool:
    try:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    except OSError as error:
        log.warning("not_cleared", path=str(path), problem=str(error))
        return False
    return True
