from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.model.release import BackupId, ReleaseId
from pipeline.model.results import (
    Approved,
    BackedUp,
    Built,
    Checked,
    CheckLine,
    Migrated,
    Prepared,
    Proved,
    Pulled,
    Rehearsed,
    Reported,
    Result,
    Reverted,
    Smoked,
    Started,
    Stopped,
    Swapped,
    Tagged,
    Tested,
    Waited,
)
from pipeline.model.states import StageName
from pipeline.wording.facts import fact
from tests.unit.bot.samples import START
from tests.unit.pipeline.samples import RESULTS

CHECKED = Checked(
    backup_id=BackupId(12),
    path="/b",
    database=None,
    bytes=2048,
    sha256="0",
    taken_at=START,
    release=None,
    proven=True,
)


def _check(ok: bool) -> CheckLine:
    return CheckLine(name="ping", ok=ok, figure="", limit="", detail="")


_LEFT = [
    CheckLine(name=name, ok=True, figure=figure, limit="", detail="", judged=False)
    for name, figure in (("stats", "not offered"), ("database", "not offered"), ("logs", "skipped"))
]


@pytest.mark.parametrize(
    ("result", "shown"),
    [
        (Pulled(sha="1", branch=None, subject="A <b>", source="/s"), "A &lt;b&gt;"),
        (BackedUp(backup_id=None, path="/b", bytes=2048, sha256="0"), "2.0 kB"),
        (
            BackedUp(backup_id=None, path="/b", bytes=2048, sha256="0", previous_bytes=1024),
            "2.0 kB (+1.0 kB)",
        ),
        (
            BackedUp(backup_id=None, path="/b", bytes=2048, sha256="0", previous_bytes=2048),
            "2.0 kB (no change)",
        ),
        (BackedUp(backup_id=None, path=None, bytes=0, sha256=None, note="no database"), "no database"),
        (BackedUp(backup_id=None, path=None, bytes=0, sha256=None), "nothing to back up"),
        (Tested(ran=False, tests=0), "no tests declared"),
        (Tested(ran=True, tests=3), "3 passed"),
        (Tested(ran=True, tests=3, failures=["a", "b"]), "2 of 3 failed"),
        (Tested(ran=True, tests=3, coverage=71.04), "3 passed · coverage 71.0 %"),
        (
            Tested(ran=True, tests=3, coverage=71.04, threshold=70),
            "3 passed · coverage 71.0 % (at least 70 %)",
        ),
        (Built(images={}, bytes=1024**2, live_bytes=None, version="1"), "1.0 MB"),
        (Built(images={}, bytes=1024**2, live_bytes=1024**2, version="1"), "1.0 MB (no change)"),
        (
            Built(images={}, bytes=3 * 1024**2, live_bytes=1024**2, version="1", steps=8, cached=6),
            "3.0 MB (+2.0 MB) · 75 % of 8 steps cached",
        ),
        (Tagged(release_id=ReleaseId(1), compose_hash="0"), ""),
        (CHECKED, "backup 12, 2.0 kB"),
        (replace(CHECKED, proven=False), "backup 12, 2.0 kB, without a manifest"),
        (replace(CHECKED, backup_id=None, database="agent_before_7"), "back to agent_before_7"),
        (Prepared(database="a", kept_as="b", tables=None, rows=None), ""),
        (Prepared(database="a", kept_as="b", tables=2, rows=7), "2 tables, 7 rows, all as backed up"),
        (Swapped(database="a", kept_as="agent_before_7"), "before is kept as agent_before_7"),
        (
            Proved(backup_id=BackupId(12), tables=2, rows=7, indexes=3, seconds=4.0),
            "2 tables, 7 rows, all as backed up, 3 indexes checked",
        ),
        (
            Proved(backup_id=BackupId(12), tables=2, rows=7, indexes=None, seconds=4.0),
            "2 tables, 7 rows, all as backed up",
        ),
        (RESULTS[StageName.TRIAL], "0b1c2d3 started in 12 s · 1 of 1 checks"),
        (Approved(by="Ada & (42)", at=START), "by Ada &amp; (42)"),
        (Approved(by="Ada (42)", at=START, despite_freeze=True), "by Ada (42) despite the freeze"),
        (Stopped(services=["app"]), ""),
        (Rehearsed(ran=False), "nothing to rehearse"),
        (Rehearsed(ran=False, note="no <new> ones"), "no &lt;new&gt; ones"),
        (Rehearsed(ran=True, seconds=2.06, before="0003", after="0004"), "0003 → 0004 in 2.1 s"),
        (Rehearsed(ran=True, seconds=61.2, before=None, after="0001"), "none → 0001 in 1 min 01 s"),
        (Rehearsed(ran=True, seconds=0.04), "in 0.0 s"),
        (Migrated(ran=False), "nothing to migrate"),
        (Migrated(ran=True, before=None, after="0002"), "schema none → 0002"),
        (Started(images={}), ""),
        (Waited(seconds={"app": 2.0}), ""),
        (Waited(seconds={"app": 2.0}, unwell=["queue", "mail"]), "not well: queue, mail"),
        (Smoked(checks=[_check(True), _check(False)], attempts=5), "1 of 2 checks"),
        (Smoked(checks=[_check(True), *_LEFT], attempts=1), "1 of 1 checks, 2 not offered"),
        (Smoked(checks=[_LEFT[2]], attempts=0), "0 of 0 checks"),
        (Reverted(release_id=ReleaseId(1), checks=[_check(True)]), "1 of 1 checks"),
        (Reported(text_path="/t", json_path="/j"), ""),
    ],
)
def test_the_fact_of_each_stage(result: Result, shown: str) -> None:
    assert fact(result) == shown
