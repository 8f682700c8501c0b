"""The watch after a switch, with real containers: what crashes is taken back, once, where that is safe."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipeline.engine.probation.judging import Rules
from pipeline.engine.probation.watching import Pace, Watching
from pipeline.model.probation import BY, Decision, Probation, ProbationState, WayOut
from pipeline.model.release import RunId
from pipeline.model.results import Approved
from pipeline.model.states import ExitCode, RunKind, RunState, Source, StageName
from pipeline.parts import assemble
from pipeline.stages.resolved import installed_compose_file
from tests.integration.pipeline.stack import PATIENCE, Stack, installed

PACE = Pace(every=timedelta(seconds=0.5), rules=Rules(lasting=timedelta(seconds=0.8), enough=0.1))
BREAKS = "        if self.path == '/break': os._exit(3)\n"


async def _until(
    stack: Stack, run: RunId, *states: ProbationState, decision: Decision | None = None
) -> Probation:
    async with asyncio.timeout(PATIENCE), stack.store.news.subscribe() as news:
        while True:
            found = await stack.store.probations.of_run(run)
            if found is not None and found.state in states and decision in (None, found.decision):
                return found
            await news.wait(0.5)


async def _asked_for(stack: Stack, run: RunId) -> RunId:
    """The run that takes it back by itself."""
    async with asyncio.timeout(PATIENCE), stack.store.news.subscribe() as news:
        while True:
            found = await stack.store.probations.of_run(run)
            if found is not None and found.revert_run_id is not None:
                return found.revert_run_id
            await news.wait(0.5)


async def _break(stack: Stack) -> None:
    """What serves ends from one moment to the next."""
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        with pytest.raises(httpx.TransportError):
            await client.get(f"{stack.settings.api_url}/break")


async def _deploy(stack: Stack, old: str, new: str) -> RunId:
    stack.remote.edit("app.py", old, new)
    stack.remote.push(new)
    view = await stack.deploy()
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    return view.run.id


def _breakable(stack: Stack) -> None:
    stack.remote.edit("app.py", "import json\n", "import json\nimport os\nimport time\n")
    stack.remote.edit("app.py", "    def do_GET(self):\n", f"    def do_GET(self):\n{BREAKS}")


async def _newest(stack: Stack) -> Any:
    return (await stack.store.runs.recent(stack.project.id, 1))[0]


async def test_a_release_that_crashes_is_taken_back_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Any, images: Any
) -> None:
    settings = {"probation_minutes": 10, "startup_wait": 0.5}
    async with installed(tmp_path, monkeypatch, postgres, images, **settings) as stack:
        _breakable(stack)
        stack.remote.edit("compose.yml", "  migrate: {command: [python, migrate.py]}\n", "")
        stack.start_worker(PACE)
        await _deploy(stack, 'VERSION = "one"', 'VERSION = "1"')
        second = await _deploy(stack, 'VERSION = "1"', 'VERSION = "2"')
        await _until(stack, second, ProbationState.WATCHING)
        await _break(stack)
        failed = await _until(stack, second, ProbationState.FAILED)
        assert failed.way is WayOut.REVERT
        assert "down (exit code 3)" in failed.evidence[0]
        assert failed.baseline is not None
        assert failed.baseline.errors == 0
        rollback = await _asked_for(stack, second)
        view = await stack.end(rollback)
        assert (view.run.state, view.run.source, view.run.requested_by) == (
            RunState.SUCCEEDED,
            Source.PROBATION,
            BY,
        )
        approve = view.stage(StageName.APPROVE)
        assert approve is not None
        assert isinstance(approve.result, Approved)
        assert approve.result.by == BY
        served = await stack.served()
        assert served is not None
        assert served["version"] == "1"
        trail = [(line.actor, line.action) for line in await stack.store.audit.of_run(rollback, 20)]
        assert (BY, "plan approved") in trail

        await _until(stack, rollback, ProbationState.WATCHING)
        settled = await _until(stack, second, ProbationState.FAILED, decision=Decision.REVERT)
        assert (settled.decision, settled.decided_by) == (Decision.REVERT, BY)
        await _break(stack)
        again = await _until(stack, rollback, ProbationState.FAILED)
        assert (again.way, again.critical, again.revert_run_id) == (WayOut.ASK, True, None)
        assert "never taken back by itself" in (again.why_ask or "")
        assert (await _newest(stack)).id == rollback, "no further run was asked for"


async def test_a_slow_starter_passes_and_a_release_that_migrated_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Any, images: Any
) -> None:
    settings = {"probation_minutes": 0.5, "startup_wait": 0.5}
    async with installed(tmp_path, monkeypatch, postgres, images, **settings) as stack:
        _breakable(stack)
        stack.start_worker(PACE)
        serves = "    signal.signal(signal.SIGTERM"
        slow = await _deploy(stack, serves, f"    time.sleep(3)\n{serves}")
        begun = await _until(stack, slow, ProbationState.WATCHING)
        await stack.stop_worker()
        before = len(await stack.store.probations.samples(begun.id))
        stack.start_worker(PACE)
        passed = await _until(stack, slow, ProbationState.PASSED, ProbationState.INCONCLUSIVE)
        assert (passed.state, passed.evidence, passed.id) == (ProbationState.PASSED, [], begun.id)
        assert len(await stack.store.probations.samples(begun.id)) > before, "the new worker went on"

        second = await _deploy(stack, 'VERSION = "one"', 'VERSION = "two"')
        await _break(stack)
        failed = await _until(stack, second, ProbationState.FAILED)
        assert (failed.way, failed.critical) == (WayOut.ASK, True)
        assert failed.why_ask == "The deploy ran a migration, and where it left the schema is not known."
        assert (await _newest(stack)).id == second, "nothing was asked for by itself"


async def test_a_run_that_waits_keeps_no_release_from_its_probation_and_one_that_switches_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Any, images: Any
) -> None:
    settings = {"probation_minutes": 10}
    async with (
        installed(tmp_path, monkeypatch, postgres, images, **settings) as stack,
        assemble(stack.settings) as parts,
    ):
        runs, releases = stack.store.runs, stack.store.releases

        async def switched(number: int) -> RunId:
            asked = await stack.request(RunKind.DEPLOY)
            run = await runs.claim(asked.id)
            assert run is not None
            release = await releases.add(
                stack.project.id,
                run=None,
                sha=str(number),
                branch="main",
                images={"app": f"sha256:{number}"},
                compose_file=str(installed_compose_file(parts)),
                compose_hash=str(number),
                schema_revision=None,
                backup=None,
                fence=None,
            )
            await releases.make_live(stack.project.id, release.id, None, fence=None)
            await runs.note(run.id, run.epoch, release=release.id)
            await runs.finish(run.id, run.epoch, RunState.SUCCEEDED, ExitCode.SUCCESS, None)
            return run.id

        first = await switched(1)
        waits = await stack.request(RunKind.DEPLOY)
        watching = Watching(parts, stack.project, PACE)
        await watching.step()
        begun = await stack.store.probations.of_run(first)
        assert begun is not None
        assert begun.state is ProbationState.WATCHING

        claimed = await runs.claim(waits.id)
        assert claimed is not None
        await runs.finish(waits.id, claimed.epoch, RunState.CANCELLED, ExitCode.NOT_APPROVED, None)
        second = await switched(2)
        switches = await runs.claim((await stack.request(RunKind.DEPLOY)).id)
        assert switches is not None
        await runs.cross(switches.id, switches.epoch)
        await watching.step()
        assert await stack.store.probations.of_run(second) is None
