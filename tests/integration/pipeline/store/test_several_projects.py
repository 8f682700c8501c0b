"""Several projects in one journal: what is asked about one of them."""

from __future__ import annotations

import pytest

from pipeline.cli.cancel import call_off
from pipeline.cli.standing import show_report, show_status
from pipeline.model.alert import SERVING, Problem, Severity
from pipeline.model.release import Project, ProjectId
from pipeline.model.run import Run
from pipeline.model.states import ExitCode, RunKind, RunState, Source
from pipeline.settings import WorkerSettings
from pipeline.store.alerts import open_problem
from pipeline.store.connect import Address
from pipeline.store.store import Store
from tests.unit.pipeline.samples import NOW

PROBLEM = Problem(
    fingerprint="not-served",
    severity=Severity.CRITICAL,
    title="The worker cannot serve it",
    what="The file is wrong.",
    production="It runs.",
    advice="Mend it.",
)


@pytest.fixture
async def shop(store: Store) -> Project:
    return await store.releases.project("shop", "https://example.org/shop.git", "main")


@pytest.fixture
def settings(address: Address) -> WorkerSettings:
    return WorkerSettings(
        db_host=address.host,
        db_port=address.port,
        db_user=address.user,
        db_password=address.password,
        pipeline_db_name=address.database,
        project_name="agent",
        projects="shop,wiki",
        git_url="https://example.org/app.git",
    )


async def _backup(store: Store, project: ProjectId) -> Run:
    return await store.runs.request(project, RunKind.BACKUP, source=Source.CLI, by="ada", key=f"k{project}")


async def test_whose_runs_lines_and_troubles_they_are(
    store: Store, project: Project, shop: Project, address: Address
) -> None:
    ours, theirs = await _backup(store, project.id), await _backup(store, shop.id)
    assert await store.runs.projects_of([ours.id, theirs.id, 999]) == {
        ours.id: project.id,
        theirs.id: shop.id,
    }
    assert await store.runs.projects_of([]) == {}

    await store.audit.write("ada", "command", key=f"k{shop.id}")
    await store.audit.write("ada", "command", key=f"k{project.id}")
    await store.audit.write("eve", "refused")
    assert {line.run for line in await store.audit.of_project(shop.id, 9)} == {theirs.id}
    assert {line.run for line in await store.audit.before(9)} == {ours.id, theirs.id, None}

    await store.alerts.settle(shop.id, SERVING, [PROBLEM], NOW)
    told = [await open_problem(address, name, SERVING) for name in ("shop", "agent", "nobody")]
    assert told == ["The file is wrong.", None, None]
    await store.alerts.settle(shop.id, SERVING, [], NOW)
    assert await open_problem(address, "shop", SERVING) is None


async def test_without_a_name_a_run_is_found_by_its_number_and_the_others_stand_below(
    store: Store,
    project: Project,
    shop: Project,
    settings: WorkerSettings,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, theirs = await _backup(store, project.id), await _backup(store, shop.id)
    claimed = await store.runs.claim(theirs.id)
    assert claimed is not None
    await store.alerts.settle(shop.id, "production", [PROBLEM], NOW)
    await show_status(settings, as_json=False)
    out = capsys.readouterr().out
    assert out.startswith("agent, watches main\n")
    *_, head, first, second, _, hint = out.splitlines()
    assert [" ".join(line.split()) for line in (head, first, second)] == [
        "OTHER PROJECT LIVE SINCE UNDER WAY HOW IT IS",
        f"shop nothing yet - run {theirs.id}, backup: running {PROBLEM.title}",
        "wiki nothing yet - - the worker has not told anything yet",
    ]
    assert hint == "All of one: vnext status --project NAME"

    await store.runs.cancel(theirs.id, "ada")
    await store.runs.finish(theirs.id, claimed.epoch, RunState.CANCELLED, ExitCode.NOT_APPROVED, None)
    await show_report(settings, theirs.id, as_json=False)
    assert f"{theirs.id}" in capsys.readouterr().out
    asked = await store.runs.request(shop.id, RunKind.BACKUP, source=Source.CLI, by="ada")
    monkeypatch.setattr("pipeline.cli.cancel._WAIT_SECONDS", 0)  # there is no worker that would end it
    await call_off(settings, asked.id, as_json=True)
    assert [await _cancelled(store, run) for run in (asked, ours)] == [True, False]


async def _cancelled(store: Store, run: Run) -> bool:
    return "cancelled" in [event["kind"] for event in await store.runs.events(run.id)]
