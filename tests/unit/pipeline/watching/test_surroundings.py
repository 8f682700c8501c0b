"""Backups, the way back, Docker and the bot over time. The clock is the test's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.model.alert import Problem, Severity
from pipeline.model.release import BackupId
from pipeline.store.watching import BackupsKept
from pipeline.watching.backups import Ages, watch, watch_way_back
from pipeline.watching.lasting import Memory
from pipeline.watching.surroundings import watch_bot, watch_docker
from tests.unit.pipeline.samples import release
from tests.unit.pipeline.watching.samples import NOW, after

LIVE = release()
AGES = Ages(backup=timedelta(hours=36), proof=timedelta(days=14))
HOUR = timedelta(hours=1)
FRESH = BackupsKept(first_at=NOW - 900 * HOUR, good_at=NOW - HOUR, proven_at=NOW - 24 * HOUR)


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        (FRESH, []),
        (BackupsKept(first_at=None, good_at=None, proven_at=None), []),
        (replace(FRESH, good_at=NOW - 35.9 * HOUR), []),
        (replace(FRESH, good_at=NOW - 37 * HOUR), ["backup/old"]),
        (replace(FRESH, good_at=None), ["backup/old"]),
        (replace(FRESH, first_at=NOW - HOUR, good_at=None, proven_at=None), []),
        (replace(FRESH, proven_at=None), ["backup/unproven"]),
        (replace(FRESH, first_at=NOW - 13 * 24 * HOUR, proven_at=None), []),
        (replace(FRESH, proven_at=NOW - 15 * 24 * HOUR), ["backup/unproven"]),
        (replace(FRESH, quarantined=BackupId(8), why="it was changed"), ["backup/quarantine-8"]),
    ],
)
def test_what_is_wrong_with_backups(kept: BackupsKept, told: list[str]) -> None:
    memory, problems = watch(Memory(), kept, AGES, NOW)
    assert [one.fingerprint for one in problems] == told
    assert watch(memory, kept, AGES, after(0.5))[1] == problems
    assert watch(memory, FRESH, AGES, after(600))[1] == []


def test_zero_turns_the_ages_off() -> None:
    kept = replace(FRESH, good_at=None, proven_at=None)
    assert watch(Memory(), kept, Ages(backup=timedelta(), proof=timedelta()), NOW)[1] == []


def test_another_backup_in_quarantine_is_another_problem() -> None:
    memory, _ = watch(Memory(), replace(FRESH, quarantined=BackupId(8)), AGES, NOW)
    _, problems = watch(memory, replace(FRESH, quarantined=BackupId(9)), AGES, NOW)
    assert [one.fingerprint for one in problems] == ["backup/quarantine-9"]


def test_an_image_that_the_way_back_misses() -> None:
    memory, [problem] = watch_way_back(Memory(), LIVE, ["app", "web"], NOW)
    assert problem.what == (
        f"Release {LIVE.id} ({LIVE.short_sha}) cannot be gone back to: its image of app, web"
        " is not there any more."
    )
    assert watch_way_back(memory, LIVE, [], NOW)[1] == []
    assert watch_way_back(memory, None, [], NOW)[1] == []


def test_docker_is_told_to_be_away_after_half_a_minute_and_whether_it_serves_all_the_same() -> None:
    memory, seen = Memory(), list[list[Problem]]()
    for at, trouble, serves in (
        (0, "refused", None),
        (29, "refused", None),
        (30, "refused", True),
        (40, "refused", False),
        (50, None, True),
        (60, "refused", True),
        (70, None, True),
        (90, None, True),
    ):
        memory, problems = watch_docker(memory, trouble, serves, after(at))
        seen.append(problems)
    assert [[one.severity for one in problems] for problems in seen] == [
        [],
        [],
        [Severity.WARNING],
        [Severity.CRITICAL],
        [Severity.WARNING],
        [Severity.WARNING],
        [Severity.WARNING],
        [],
    ]
    assert seen[3][0].production == "What runs cannot be seen, and API_URL does not answer as it should."


def test_a_bot_is_missed_only_where_there_ever_was_one() -> None:
    memory, seen = Memory(), []
    for at, bots in ((0, []), (119, []), (120, []), (150, ["vnext-bot host 1"])):
        memory, problems = watch_bot(memory, bots, True, after(at))
        seen.append([one.fingerprint for one in problems])
    assert seen == [[], [], ["bot"], []]
    memory = Memory()
    for at in (0, 500):
        memory, problems = watch_bot(memory, [], False, after(at))
        assert problems == []
