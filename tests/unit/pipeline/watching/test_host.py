"""Disks and memory over time, with hysteresis. The clock is the test's."""

import pytest

from pipeline.model.alert import Problem
from pipeline.watching.host import Disk, Host, Limits, watch
from pipeline.watching.lasting import Memory
from tests.unit.pipeline.watching.samples import NOW, after

LIMITS = Limits(disk_free=0.10, memory_available=0.05)
OFF = Limits(disk_free=0.0, memory_available=0.0)


def _disk(free: float, name: str = "state") -> Disk:
    return Disk(name=name, holds="STATE_DIR and Docker", free=free, free_bytes=round(free * 1e11))


@pytest.mark.parametrize(
    ("free", "told"),
    [
        ((0.10, 0.099, 0.115, 0.119, 0.121, 0.11), "-www--"),
        ((0.2, 0.049, 0.055, 0.059, 0.061, 0.13), "-cccw-"),
        ((0.04, 0.5), "c-"),
        ((0.0,), "c"),
    ],
)
def test_a_disk_opens_under_ten_percent_and_closes_over_twelve(free: tuple[float, ...], told: str) -> None:
    memory, seen = Memory(), ""
    for number, share in enumerate(free):
        memory, problems = watch(memory, Host(disks=[_disk(share)], memory=None), LIMITS, after(number))
        seen += problems[0].severity.value[0] if problems else "-"
    assert seen == told


def test_a_limit_of_zero_turns_it_off_and_ends_what_was_told() -> None:
    memory, problems = watch(Memory(), Host(disks=[_disk(0.01)], memory=0.01), LIMITS, NOW)
    assert [one.fingerprint for one in problems] == ["disk/state"]
    memory, problems = watch(memory, Host(disks=[_disk(0.01)], memory=0.0), LIMITS, after(180))
    assert [one.fingerprint for one in problems] == ["disk/state", "memory"]
    for at in (190, 250):
        memory, problems = watch(memory, Host(disks=[_disk(0.01)], memory=0.01), OFF, after(at))
    assert problems == []


def test_a_disk_that_is_not_there_any_more_is_forgotten() -> None:
    memory, _ = watch(Memory(), Host(disks=[_disk(0.01), _disk(0.01, "docker")], memory=None), LIMITS, NOW)
    _, problems = watch(memory, Host(disks=[_disk(0.01)], memory=None), LIMITS, after(30))
    assert [one.fingerprint for one in problems] == ["disk/state"]


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (((0, 0.04), (150, 0.04), (180, 0.04)), [False, False, True]),
        (((0, 0.04), (60, 0.06), (120, 0.04), (290, 0.04)), [False] * 4),
        (((0, 0.04), (60, None), (190, 0.04), (370, 0.04)), [False, False, False, True]),
        (
            ((0, 0.04), (180, 0.04), (200, 0.059), (300, 0.061), (359, 0.061), (360, 0.061)),
            [False] + [True] * 4 + [False],
        ),
        (((0, 0.04), (180, 0.04), (200, None), (900, None)), [False, True, True, True]),
    ],
)
def test_memory_has_to_be_scarce_for_three_minutes(
    steps: tuple[tuple[float, float | None], ...], told: list[bool]
) -> None:
    memory, seen = Memory(), []
    for at, share in steps:
        memory, problems = watch(memory, Host(disks=[], memory=share), LIMITS, after(at))
        seen.append(bool(problems))
    assert seen == told


def test_the_whole_words_of_a_full_disk() -> None:
    _, [problem] = watch(Memory(), Host(disks=[_disk(0.04)], memory=0.5), LIMITS, NOW)
    assert isinstance(problem, Problem)
    assert (problem.title, problem.what) == (
        "The disk of STATE_DIR and Docker is all but full",
        "4 % of it, 3.7 GB, is free.",
    )
