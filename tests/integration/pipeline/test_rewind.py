"""A rollback where the schema moved and nothing undoes it: code only, or with the data of then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from pipeline.chaos import SWITCH, Point
from pipeline.cli.way_back import ChoiceWanted, Way, kind_and_target
from pipeline.database.names import kept_name
from pipeline.going_back import ways_back
from pipeline.model.move import Move, WaysBack
from pipeline.model.plan import TableChange
from pipeline.model.release import Release
from pipeline.model.results import Checked
from pipeline.model.run import UNDO
from pipeline.model.states import ApprovalState, ExitCode, RunKind, RunState, StageName
from tests.chaos.points import Points
from tests.integration.pipeline.moving import Moving, moving
from tests.integration.pipeline.stack import PATIENCE

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def points(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Points]:
    async with Points(tmp_path_factory.mktemp("points") / "points.sock", list) as points:
        yield points


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def put_up(
    points: Points, tmp_path_factory: pytest.TempPathFactory, postgres: Any, images: Any
) -> AsyncIterator[Moving]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SWITCH, str(points.path))
        async with moving(tmp_path_factory.mktemp("rewind"), patch, postgres, images) as made:
            yield made


@pytest_asyncio.fixture(loop_scope="module")
async def app(put_up: Moving) -> Moving:
    """The second release serves, on its schema, with one note besides the first."""
    app, second = put_up, put_up.second
    if (await app.live()).id != second.id:
        kind = RunKind.ROLLBACK if await app.schema() == second.schema_revision else RunKind.REWIND
        _, view = await app.approved(kind, str(second.id))
        assert view.run.state is RunState.SUCCEEDED, view.run.failure
    await app.sql("DELETE FROM notes WHERE title <> 'first'")
    await app.write("later")
    return app


async def _ways(app: Moving, goal: Release) -> WaysBack:
    return await ways_back(app.stack.store.releases, app.stack.project.id, str(goal.id), datetime.now(UTC))


async def test_nothing_declared_so_there_is_a_choice_and_code_only_keeps_the_data(app: Moving) -> None:
    ways = await _ways(app, app.first)
    assert (ways.move, ways.now, ways.asks) == (Move.DATA, "0002", True)
    assert ways.backup is not None
    assert (ways.backup.schema_revision, ways.backup.release) == ("0001", app.first.sha)
    approval, view = await app.approved(RunKind.ROLLBACK, str(app.first.id))
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert approval.plan.warnings == [
        "The schema is at 0002 now and was at 0001 then: only the code goes back, the data stays."
    ]
    assert approval.plan.restore is None
    assert " ".join(row.name for row in view.stages) == "tag approve stop start wait smoke report"
    assert (await app.live()).id == app.first.id
    assert await app.titles() == ["first", "later"]
    assert (await app.schema(), await app.noted()) == ("0002", "0002")
    forward = await _ways(app, app.second)
    assert (forward.move, forward.asks) == (Move.NONE, False), "that schema is the second's own"


async def test_with_the_data_of_then_and_undone_again(app: Moving) -> None:
    name = app.stack.settings.db_name
    ways = await _ways(app, app.first)
    approval, view = await app.approved(RunKind.REWIND, str(app.first.id))
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    road = "tag check backup prepare approve stop swap start wait smoke report"
    assert " ".join(row.name for row in view.stages) == road
    plan = approval.plan
    assert plan.restore is not None
    assert plan.restore.changes == [
        TableChange(name="public.alembic_version", then=1, now=1),
        TableChange(name="public.notes", then=1, now=2),
    ]
    assert (plan.warnings, plan.schema, plan.goal.sha) == ([], None, app.first.sha)
    checked = view.stage(StageName.CHECK)
    assert checked is not None
    assert isinstance(checked.result, Checked)
    assert ways.backup is not None
    assert checked.result.backup_id == plan.restore.backup_id == ways.backup.id
    assert (await app.live()).id == app.first.id
    assert (await app.titles(), await app.schema(), await app.noted()) == (["first"], "0001", "0001")
    assert await app.stack.store.runs.newest_restore(app.stack.project.id) == view.run.id
    ahead = await _ways(app, app.second)
    assert ahead.move is Move.DATA
    assert ahead.backup is not None
    assert ahead.backup.run_id == view.run.id, "the safety backup is what the second release left"

    approval, undone = await app.approved(RunKind.RESTORE, UNDO)
    assert undone.run.state is RunState.SUCCEEDED, undone.run.failure
    assert approval.plan.restore is not None
    assert approval.plan.restore.database == kept_name(name, view.run.id)
    assert approval.plan.warnings[0] == (
        "That data is of a release that does not serve now: code and data may not fit each other."
    )
    assert (await app.titles(), await app.noted()) == (["first", "later"], "0002")
    assert (await app.live()).id == app.first.id


async def test_cut_after_the_swap_it_goes_on(app: Moving, points: Points) -> None:
    reached = points.expect(StageName.SWAP, Point.ACTED)
    asked = await app.stack.request(RunKind.REWIND, str(app.first.id))
    await _approve(app, asked.id)
    async with asyncio.timeout(PATIENCE):
        await reached
    await app.stack.stop_worker()
    assert await app.titles() == ["first"]
    app.stack.start_worker()
    view = await app.stack.end(asked.id)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert (await app.live()).id == app.first.id
    assert (await app.titles(), await app.schema()) == (["first"], "0001")


async def test_what_fails_after_the_swap_brings_release_and_data_back(app: Moving, points: Points) -> None:
    reached = points.expect(StageName.SMOKE, Point.INTENDED)
    asked = await app.stack.request(RunKind.REWIND, str(app.first.id))
    await _approve(app, asked.id)
    async with asyncio.timeout(PATIENCE):
        hold = await reached
    assert (await app.titles(), await app.schema()) == (["first"], "0001")
    [web] = [c for c in app.stack.containers() if c.labels["com.docker.compose.service"] == "web"]
    await asyncio.to_thread(web.remove, force=True)
    hold.go()
    view = await app.stack.end(asked.id)
    assert (view.run.state, view.run.exit_code) == (RunState.REVERTED, ExitCode.SMOKE_FAILED)
    assert view.run.failure is not None
    assert view.run.failure.production == (
        f"The database is the one from before the rollback; release {app.second.short_sha} was started again"
        " on it, passed its checks and serves."
    )
    assert (await app.live()).id == app.second.id
    assert (await app.titles(), await app.schema(), await app.noted()) == (["first", "later"], "0002", "0002")


async def test_on_the_command_line_silence_chooses_nothing(app: Moving) -> None:
    releases, project, first = app.stack.store.releases, app.stack.project.id, str(app.first.id)

    async def meant(way: Way | None, answer: str | None = None) -> tuple[RunKind, str]:
        async def typed(_question: str) -> str:
            return f"{answer}\n"

        ask = typed if answer is not None else None
        return await kind_and_target(releases, project, first, way, datetime.now(UTC), ask)

    assert await meant(Way.CODE) == (RunKind.ROLLBACK, first)
    assert await meant(Way.DATA) == (RunKind.REWIND, first)
    assert await meant(None, "c") == (RunKind.ROLLBACK, first)
    assert await meant(None, "d") == (RunKind.REWIND, first)
    with pytest.raises(ChoiceWanted, match="Neither was chosen"):
        await meant(None, "")
    with pytest.raises(ChoiceWanted, match="Only the code, or the data of then too") as caught:
        await meant(None)
    assert caught.value.exit_code is ExitCode.USAGE
    assert caught.value.advice == "Add --code-only or --with-data."


async def test_without_a_fitting_backup_only_the_code_goes_back(app: Moving) -> None:
    pool = app.stack.store.pool
    await pool.execute("UPDATE backups SET schema_revision = '0000' WHERE schema_revision = '0001'")
    try:
        ways = await _ways(app, app.first)
        assert (ways.move, ways.backup) == (Move.DATA, None)
        asked = await app.stack.request(RunKind.REWIND, str(app.first.id))
        view = await app.stack.end(asked.id)
        assert (view.run.state, view.run.exit_code) == (RunState.FAILED, ExitCode.BACKUP_FAILED)
        assert view.run.failure is not None
        assert view.run.failure.what == (
            f"No backup is kept that holds the data which release {app.first.id} ({app.first.short_sha})"
            " left."
        )
        await pool.execute("UPDATE backups SET schema_revision = NULL WHERE schema_revision = '0000'")
        ways = await _ways(app, app.first)
        assert ways.backup is not None, "one from before the journal knew: its manifest has to say"
    finally:
        await pool.execute("UPDATE backups SET schema_revision = '0001' WHERE schema_revision IN ('0000')")


async def _approve(app: Moving, number: Any) -> None:
    approval = await app.stack.plan(number)
    assert await app.stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester")
