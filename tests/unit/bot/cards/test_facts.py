from __future__ import annotations

import pytest

from bot.cards.facts import fact
from pipeline.model.release import ReleaseId
from pipeline.model.results import (
    Approved,
    BackedUp,
    Built,
    CheckLine,
    Migrated,
    Pulled,
    Reported,
    Result,
    Reverted,
    Smoked,
    Started,
    Stopped,
    Tagged,
    Tested,
    Waited,
)
from tests.unit.bot.samples import START


def _check(ok: bool) -> CheckLine:
    return CheckLine(name="ping", ok=ok, figure="", limit="", detail="")


@pytest.mark.parametrize(
    ("result", "shown"),
    [
        (Pulled(sha="1", branch=None, subject="A <b>", source="/s"), "A &lt;b&gt;"),
        (BackedUp(backup_id=None, path="/b", bytes=2048, sha256="0"), "2.0 kB"),
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
        (Tagged(release_id=ReleaseId(1), compose_hash="0"), ""),
        (Approved(by="Ada & (42)", at=START), "by Ada &amp; (42)"),
        (Stopped(services=["app"]), ""),
        (Migrated(ran=False), "nothing to migrate"),
        (Migrated(ran=True, before=None, after="0002"), "schema none → 0002"),
        (Started(images={}), ""),
        (Waited(seconds={"app": 2.0}), ""),
        (Waited(seconds={"app": 2.0}, unwell=["queue", "mail"]), "not well: queue, mail"),
        (Smoked(checks=[_check(True), _check(False)], attempts=5), "1 of 2 checks"),
        (Reverted(release_id=ReleaseId(1), checks=[_check(True)]), "1 of 1 checks"),
        (Reported(text_path="/t", json_path="/j"), ""),
    ],
)
def test_the_fact_of_each_stage(result: Result, shown: str) -> None:
    assert fact(result) == shown
