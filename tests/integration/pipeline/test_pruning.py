"""Releases beyond those that are kept go, with their images and files; what is needed stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pipeline.engine.pruning import prune
from pipeline.model.release import Kept, Release
from pipeline.model.states import ApprovalState, ExitCode, RunKind, RunState
from pipeline.parts import assemble
from tests.integration.pipeline.stack import PATIENCE, Stack, installed


@pytest.fixture
async def stack(tmp_path, monkeypatch, postgres, images) -> AsyncIterator[Stack]:
    settings = {"keep_releases": 1, "deployment_timeout": 120}
    async with installed(tmp_path, monkeypatch, postgres, images, **settings) as stack:
        stack.remote.edit("Dockerfile", 'CMD ["python", "app.py", "live"]', 'CMD ["true"]')  # not judged here
        yield stack


async def _deployed(stack: Stack, flavour: str) -> Release:
    stack.remote.edit("app.py", 'VERSION = "', f'VERSION = "{flavour}')
    stack.remote.push(f"Version {flavour}")
    view = await stack.deploy()
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    release = await stack.store.releases.get(view.run.release_id)
    assert release is not None
    return release


async def _kept(stack: Stack, numbers: list[int]) -> Kept:
    """Once the worker has pruned so far; files and images of the others are gone then too."""
    folder = stack.settings.state_dir.absolute() / "releases" / stack.settings.project_name
    async with asyncio.timeout(PATIENCE):
        while True:
            kept = await stack.store.releases.kept(stack.project.id)
            files = {Path(release.compose_file).parent for release in kept.all}
            if [release.id for release in kept.all] == numbers and set(folder.iterdir()) == files:
                return kept
            await asyncio.sleep(0.1)


def _names(stack: Stack, release: Release) -> list[str]:
    rows = stack.client.api.images(stack.settings.compose_project_name)
    return [n for row in rows for n in row["RepoTags"] or [] if n.endswith(release.image_tag)]


async def _one_nameless(stack: Stack, run: int) -> None:
    """Once the worker has removed the nameless images of all other runs."""
    label = f"deployment.project={stack.settings.compose_project_name}"
    async with asyncio.timeout(PATIENCE):
        while True:
            rows = stack.client.api.images(filters={"dangling": True, "label": label})
            if [row["Labels"]["deployment.run"] for row in rows] == [str(run)]:
                return
            await asyncio.sleep(0.1)


def _there(stack: Stack, release: Release) -> bool:
    found = {row["Id"] for row in stack.client.api.images(all=True)}
    return set(release.images.values()) <= found


async def test_the_last_releases_stay_and_can_be_gone_back_to(stack: Stack) -> None:
    stack.start_worker()
    one, two, three = [await _deployed(stack, flavour) for flavour in ("one-", "two-", "three-")]
    await _kept(stack, [three.id, two.id, one.id])
    stack.client.images.get(one.images["app"]).tag("somebody-elses", stack.settings.compose_project_name)
    four = await _deployed(stack, "four-")
    await _kept(stack, [four.id, three.id, two.id])
    assert _names(stack, one) == []
    assert _there(stack, one)  # it has another name
    for release in (two, three, four):
        assert len(_names(stack, release)) == 1
    pruned = await stack.store.releases.get(one.id)
    assert pruned is not None
    assert pruned.pruned_at is not None
    assert four.run_id is not None
    await _one_nameless(stack, four.run_id)  # that of its tests

    run = await stack.request(RunKind.ROLLBACK, target=str(one.id))
    view = await stack.end(run.id)
    assert view.run.failure.what == f"Release {one.id} ({one.short_sha}) was pruned: its images are gone."
    run = await stack.request(RunKind.ROLLBACK, target=str(two.id))
    approval = await stack.plan(run.id)
    assert await stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester")
    view = await stack.end(run.id)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert (await stack.served())["version"].startswith("two-")
    await _kept(stack, [two.id, four.id, three.id])


async def test_pruning_that_was_cut_goes_on_and_what_is_needed_stays(stack: Stack) -> None:
    stack.remote.edit("compose.yml", "  test: {target: test}\n", "")
    stack.start_worker()
    one, two, three = [await _deployed(stack, flavour) for flavour in ("one-", "two-", "three-")]
    await _kept(stack, [three.id, two.id, one.id])
    await stack.stop_worker()
    releases, folder = stack.store.releases, Path(one.compose_file).parent
    unknown = folder.with_name("local-abc")
    unknown.mkdir()
    (unknown / "compose.yml").write_text("services: {}\n")
    async with assemble(stack.settings.model_copy(update={"keep_releases": 0})) as parts:
        run = await stack.request(RunKind.ROLLBACK, target=str(one.id))
        await prune(parts, stack.project)
        assert (await releases.kept(stack.project.id)).all == [three, two, one]
        claimed = await stack.store.runs.claim(run.id)
        assert claimed is not None
        await stack.store.runs.finish(run.id, claimed.epoch, RunState.REJECTED, ExitCode.NOT_APPROVED, None)

        assert await releases.prune(one.id)  # and the worker was killed then
        user = stack.client.containers.create(one.images["app"], ["true"])
        try:
            await prune(parts, stack.project)
            assert (folder.is_dir(), _there(stack, one)) == (True, True)  # a container has the image
        finally:
            user.remove()
        (folder / "release.json").unlink()  # half of it was removed
        await prune(parts, stack.project)
        assert (folder.exists(), _there(stack, one)) == (False, False)
        await prune(parts, stack.project)
    assert (await releases.kept(stack.project.id)).all == [three, two]
    assert (_there(stack, two), _there(stack, three), unknown.is_dir()) == (True, True, True)
