"""Which kept release a rollback without the journal goes back to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.model.release import ProjectId, Release, ReleaseId
from pipeline.stages import kept
from pipeline.stages.kept import NO_ID, NoSuchRelease
from tests.unit.pipeline.samples import NOW

A = Release(
    id=ReleaseId(1),
    project_id=ProjectId(0),
    run_id=None,
    sha="a1" * 20,
    branch="main",
    images={"app": "sha256:aa"},
    compose_file="/state/a/compose.yml",
    compose_hash="h",
    schema_revision="7",
    backup_id=None,
    created_at=NOW,
    live_since=NOW,
)
B = replace(
    A,
    id=ReleaseId(2),
    sha="b2" * 20,
    images={"app": "sha256:bb"},
    compose_file="/state/b/compose.yml",
    live_since=NOW + timedelta(hours=1),
)
OTHER_FILE = replace(
    B, id=ReleaseId(3), compose_file="/state/c/compose.yml", live_since=NOW + timedelta(hours=2)
)
NOT_LIVE = replace(B, live_since=None)


@pytest.mark.parametrize(
    ("releases", "serving", "tagged", "running", "wanted"),
    [
        ([A, B], B.images, A.images, True, A),
        ([A, B], A.images, B.images, True, B),
        ([A, NOT_LIVE], A.images, A.images, False, A),  # a deploy of B was cut after it stopped A
        ([A, NOT_LIVE], B.images, A.images, True, A),  # … after it started B
        ([A, NOT_LIVE], A.images, A.images, True, None),  # … before its switch, and nothing was before A
        ([A, B, OTHER_FILE], B.images, B.images, True, B),  # only the compose file differs
        ([A, B], B.images, {}, True, A),  # the tag is gone
        ([A, B], {}, {}, False, B),  # nothing is there any more
        ([A, B], {"app": "sha256:cc"}, {}, True, B),  # somebody else's image serves
        ([], B.images, A.images, True, None),
    ],
)
def test_the_one_before(
    releases: list[Release],
    serving: dict[str, str],
    tagged: dict[str, str],
    running: bool,
    wanted: Release | None,
) -> None:
    assert kept.previous(releases, serving, tagged, running=running) == wanted


@pytest.mark.parametrize(
    ("target", "wanted"),
    [("1", A), ("2", B), ("a1a1a1a", A), ("A1A1A1A1", A), ("b2" * 20, OTHER_FILE)],
)
def test_a_release_by_number_or_commit(target: str, wanted: Release) -> None:
    assert kept.wanted([A, B, OTHER_FILE], target) == wanted


@pytest.mark.parametrize("target", ["4", "a1a1", "main", "c3c3c3c", "--yes", ""])
def test_what_is_not_there_is_answered_with_what_is(target: str) -> None:
    with pytest.raises(NoSuchRelease) as caught:
        kept.wanted([A, B], target)
    assert str(caught.value) == (
        f"No kept release has the number, or a commit that begins with, {target!r}. Production was not"
        " touched: the live release keeps serving. Kept here are:"
        " b2b2b2b (release 2, went live 2026-03-01 13:00 UTC);"
        " a1a1a1a (release 1, went live 2026-03-01 12:00 UTC)."
    )


def test_digits_that_fit_two_commits() -> None:
    near = replace(B, sha="a1a1a1a" + "b" * 33)
    with pytest.raises(NoSuchRelease, match="fits more than one commit"):
        kept.wanted([A, near], "a1a1a1a")


def test_a_release_without_a_number_is_not_found_by_nought() -> None:
    with pytest.raises(NoSuchRelease):
        kept.wanted([replace(A, id=NO_ID)], "0")


def _on_disk(directory: Path, release: Release) -> Release:
    file = directory / f"run-{release.id}" / "compose.yml"
    file.parent.mkdir()
    file.write_text("services: {}\n")
    release = replace(release, compose_file=str(file))
    kept.keep(release)
    return release


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    told = [_on_disk(tmp_path, A), _on_disk(tmp_path, replace(B, live_since=None, schema_revision=None))]
    assert kept.kept(tmp_path) == told
    assert not list(tmp_path.glob("*/*.part"))


def test_facts_that_cannot_be_used_are_left_out(tmp_path: Path) -> None:
    good = _on_disk(tmp_path, A)
    broken = _on_disk(tmp_path, B)
    broken.kept_compose_file.with_name("release.json").write_text('{"sha": ')
    without_file = _on_disk(tmp_path, OTHER_FILE)
    without_file.kept_compose_file.unlink()
    assert kept.kept(tmp_path) == [good]
    assert kept.kept(tmp_path / "nothing") == []


def test_facts_of_an_older_version(tmp_path: Path) -> None:
    file = tmp_path / "run-1" / "compose.yml"
    file.parent.mkdir()
    file.touch()
    file.with_name("release.json").write_text('{"sha": "a1", "branch": null, "images": {"app": "sha256:aa"}}')
    [found] = kept.kept(tmp_path)
    assert (found.id, found.images, found.live_since) == (NO_ID, A.images, None)
