"""A rollback that takes the schema down by the command of the release that is left, and its failures; here a
command tells where the schema is, too."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from pipeline.chaos import SWITCH, Point
from pipeline.cli.way_back import ChoiceWanted, Way, kind_and_target
from pipeline.database.dump import manifest_of
from pipeline.database.manifest import Manifest
from pipeline.database.schema import RevisionUnknown
from pipeline.going_back import ways_back
from pipeline.model.move import Move
from pipeline.model.plan import Approval
from pipeline.model.results import BackedUp, Migrated, Reverted, Tagged
from pipeline.model.run import RunView
from pipeline.model.states import ApprovalState, ExitCode, RunKind, RunState, StageName
from pipeline.parts import assemble
from pipeline.stages import revision
from pipeline.stages.journey import Parts
from pipeline.stages.resolved import read
from pipeline.stages.revision import Asked, of_release, revision_at_the_gate, schema_revision
from tests.chaos.points import Points
from tests.integration.pipeline.moving import Moving, moving
from tests.integration.pipeline.stack import PATIENCE

DOWN = 'down: [alembic, downgrade, "{revision}"]'

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def points(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Points]:
    async with Points(tmp_path_factory.mktemp("points") / "points.sock", list) as points:
        yield points


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(
    points: Points, tmp_path_factory: pytest.TempPathFactory, postgres: Any, images: Any
) -> AsyncIterator[Moving]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SWITCH, str(points.path))
        root = tmp_path_factory.mktemp("undo")
        async with moving(
            root, patch, postgres, images, declared=DOWN, revision="[alembic, current]"
        ) as made:
            await made.write("later")
            yield made


async def _back(app: Moving) -> tuple[Approval, RunView]:
    return await app.approved(RunKind.ROLLBACK, str(app.first.id))


def _backup(view: RunView) -> int:
    made = view.stage(StageName.BACKUP)
    assert made is not None
    assert isinstance(made.result, BackedUp)
    assert made.result.backup_id is not None
    return made.result.backup_id


async def _is_as_before(app: Moving) -> None:
    assert (await app.live()).id == app.second.id
    assert (await app.schema(), await app.noted()) == ("0002", "0002")
    assert await app.titles() == ["first", "later"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def parts(app: Moving) -> AsyncIterator[Parts]:
    async with assemble(app.stack.settings) as parts:
        yield parts


async def _asking(app: Moving, parts: Parts, command: Sequence[str]) -> Asked:
    read_as = await read(parts, app.second.kept_compose_file)
    assert read_as.section.migrate is not None
    migrate = read_as.section.migrate.model_copy(update={"revision": list(command)})
    section = read_as.section.model_copy(update={"migrate": migrate})
    return of_release(replace(read_as, section=section), app.second)


async def test_a_command_tells_the_revision_or_why_it_cannot(
    app: Moving, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await schema_revision(parts, await _asking(app, parts, ["alembic", "current"])) == "0002"
    assert await schema_revision(parts, await _asking(app, parts, ["echo"])) is None
    for command, why in (
        (["sh", "-c", "echo no such table >&2; exit 3"], r"exit code 3, no such table\. "),
        (["printf", "%0201d", "0"], r"its last line has 201 characters, and may have 200\. "),
    ):
        with pytest.raises(RevisionUnknown, match=rf"^The schema's revision could not be read .*: {why}"):
            await schema_revision(parts, await _asking(app, parts, command))
    monkeypatch.setattr(revision, "_SECONDS", 3.0)
    with pytest.raises(RevisionUnknown, match=r"\(sleep 60\): it did not end within 3 s\."):
        await schema_revision(parts, await _asking(app, parts, ["sleep", "60"]))
    nowhere = replace(await _asking(app, parts, ["alembic", "current"]), images={})
    with pytest.raises(RevisionUnknown, match="no image is known of the service that migrates"):
        await schema_revision(parts, nowhere)
    assert app.stack.containers(oneoff=True) == []


async def test_before_an_approval_only_the_image_that_serves_is_asked(
    app: Moving, parts: Parts, tmp_path: Path
) -> None:
    new = (await _asking(app, parts, ["sh", "-c", "exit 3"])).app
    assert await revision_at_the_gate(parts, new, app.second) == ("0002", [])
    assert await revision_at_the_gate(parts, new, None) == (None, [])
    broken = tmp_path / "compose.yml"
    text = app.second.kept_compose_file.read_text()
    broken.write_text(text.replace("[alembic, current]", "[alembic, currant]"))
    found, warnings = await revision_at_the_gate(parts, new, replace(app.second, compose_file=str(broken)))
    assert found is None
    assert len(warnings) == 1
    assert re.match(
        r"The schema's revision could not be read \(alembic currant\): exit code 2, alembic: error: ",
        warnings[0],
    )


async def test_a_backup_knows_the_revision_that_the_command_told(app: Moving) -> None:
    """It is that from before the second release."""
    newest = (await app.stack.store.releases.backups(app.stack.project.id, 1))[0]
    manifest = Manifest.from_json(manifest_of(Path(newest.path)).read_text())
    assert (newest.schema_revision, manifest.revision) == ("0001", "0001")


async def test_there_is_no_choice_and_code_only_is_refused(app: Moving) -> None:
    releases, project, first = app.stack.store.releases, app.stack.project.id, str(app.first.id)
    ways = await ways_back(releases, project, first, datetime.now(UTC))
    assert (ways.move, ways.asks) == (Move.DOWN, False)
    assert await kind_and_target(releases, project, first, None, datetime.now(UTC), None) == (
        RunKind.ROLLBACK,
        first,
    )
    with pytest.raises(ChoiceWanted, match="declares a down migration"):
        await kind_and_target(releases, project, first, Way.CODE, datetime.now(UTC), None)


async def test_one_that_fails_comes_back_and_the_schema_did_not_move(app: Moving) -> None:
    await app.sql("CREATE TABLE stuck ()")
    try:
        _, view = await _back(app)
    finally:
        await app.sql("DROP TABLE stuck")
    assert (view.run.state, view.run.exit_code) == (RunState.REVERTED, ExitCode.DEPLOY_FAILED)
    failure = view.run.failure
    assert failure is not None
    assert failure.stage is StageName.MIGRATE
    assert failure.what == "The down migration to 0001 failed (exit code 1); the schema is unchanged."
    assert failure.production == (
        f"The release from before, {app.second.short_sha}, was brought back, passed its checks and serves."
        " The schema did not move."
    )
    assert "stuck" in failure.log
    await _is_as_before(app)


async def test_what_fails_after_it_is_migrated_up_again(app: Moving, points: Points) -> None:
    reached = points.expect(StageName.SMOKE, Point.INTENDED)
    asked = await app.stack.request(RunKind.ROLLBACK, str(app.first.id))
    approval = await app.stack.plan(asked.id)
    assert await app.stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester")
    async with asyncio.timeout(PATIENCE):
        hold = await reached
    assert await app.schema() == "0001"
    [web] = [c for c in app.stack.containers() if c.labels["com.docker.compose.service"] == "web"]
    await asyncio.to_thread(web.remove, force=True)
    hold.go()
    view = await app.stack.end(asked.id)
    assert (view.run.state, view.run.exit_code) == (RunState.REVERTED, ExitCode.SMOKE_FAILED)
    reverted = view.stage(StageName.REVERT)
    assert reverted is not None
    assert isinstance(reverted.result, Reverted)
    assert reverted.result.up_to == "0002"
    backup = _backup(view)
    assert view.run.failure is not None
    assert view.run.failure.production.endswith(
        "The schema was migrated to 0002 again; what going down removed did not come back with it."
        f" Backup {backup} holds the data from before: /restore {backup}."
    )
    await _is_as_before(app)
    assert app.stack.containers(oneoff=True) == []


async def test_cut_while_it_goes_down_it_goes_on(app: Moving, points: Points) -> None:
    reached = points.expect(StageName.MIGRATE, Point.ACTED)
    asked = await app.stack.request(RunKind.ROLLBACK, str(app.first.id))
    approval = await app.stack.plan(asked.id)
    assert approval.plan.schema == "goes down from 0002 to 0001 by alembic downgrade 0001"
    assert approval.plan.migration == ["alembic", "downgrade", "0001"]
    assert await app.stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester")
    async with asyncio.timeout(PATIENCE):
        await reached
    await app.stack.stop_worker()
    app.stack.start_worker()
    view = await app.stack.end(asked.id)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    road = "tag backup approve stop migrate start wait smoke report"
    assert " ".join(row.name for row in view.stages) == road
    tagged, migrated = view.stage(StageName.TAG), view.stage(StageName.MIGRATE)
    assert tagged is not None
    assert isinstance(tagged.result, Tagged)
    assert tagged.result.down_to == "0001"
    assert migrated is not None
    assert migrated.result == Migrated(ran=True, before="0002", after="0001")
    assert approval.plan.warnings == [
        "What only the schema of now can hold is lost as it goes down; backup"
        f" {_backup(view)}, made just now, holds it."
    ]
    assert (await app.live()).id == app.first.id
    assert (await app.schema(), await app.noted()) == ("0001", "0001")
    assert await app.titles() == ["first", "later"], "what both schemas can hold stays"


async def test_declared_harmless_only_the_code_goes_and_the_plan_says_why(app: Moving) -> None:
    """All releases on the way have to say it."""
    app.stack.remote.edit("compose.yml", f"    {DOWN}\n", "    harmless: true\n")
    app.stack.remote.push("Expands only")
    third = await app.deploy()
    assert await app.schema() == "0002"
    releases, project, first = app.stack.store.releases, app.stack.project.id, str(app.first.id)
    assert (await ways_back(releases, project, first, datetime.now(UTC))).move is Move.DATA
    await app.stack.store.pool.execute(
        "UPDATE releases SET undoing = 'harmless' WHERE id = $1", app.second.id
    )
    assert (await ways_back(releases, project, first, datetime.now(UTC))).move is Move.HARMLESS
    approval, view = await _back(app)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert approval.plan.schema == (
        "stays at 0002; all releases since declare their migrations harmless to the code before"
        " (x-pipeline.migrate.harmless), so that of 0001 works with it"
    )
    assert (approval.plan.warnings, approval.plan.migration) == ([], None)
    assert StageName.MIGRATE not in [row.name for row in view.stages]
    assert (await app.live()).id == app.first.id != third.id
    assert (await app.schema(), await app.titles()) == ("0002", ["first", "later"])
