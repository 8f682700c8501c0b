"""`vnext audit`, `vnext pause`, `vnext resume` and `vnext schedules` on a real journal."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.cli.audit import show_audit
from pipeline.cli.operator import operator
from pipeline.cli.pausing import pause, resume, schedules
from pipeline.model.release import Project
from pipeline.model.schedule import ScheduleName
from pipeline.model.states import RunKind, Source
from pipeline.settings import WorkerSettings
from pipeline.store.connect import Address
from pipeline.store.store import Store, open_store


@pytest.fixture
async def address(postgres) -> Address:
    return Address(
        host=postgres.host,
        port=postgres.port,
        user=postgres.user,
        password=postgres.password,
        database=await postgres.create_database(),
    )


@pytest.fixture
async def store(address: Address):
    async with open_store(address) as store:
        yield store


@pytest.fixture
async def project(store: Store) -> Project:
    return await store.releases.project("agent", "https://example.org/app.git", "main")


@pytest.fixture
def settings(address: Address) -> WorkerSettings:
    return WorkerSettings(
        db_host=address.host,
        db_port=address.port,
        db_user=address.user,
        db_password=address.password,
        pipeline_db_name=address.database,
        project_name="agent",
        git_url="https://example.org/app.git",
    )


async def test_the_audit_log_as_json_lines_oldest_first(
    store: Store, project: Project, settings: WorkerSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    run = await store.runs.request(project.id, RunKind.BACKUP, source=Source.CLI, by="ada@host", key="k")
    await store.audit.write("Ada (42)", "command", chat=42, key="k", text="/backup", said="taken up")
    await store.audit.write("telegram:43", "ignored", chat=43, said="ü\n<b>")
    await show_audit(settings, run=None, since=None, limit=10, as_json=True)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["actor"], line["action"], line["run"], line["chat"]) for line in lines] == [
        ("ada@host", "run requested", run.id, None),
        ("Ada (42)", "command", run.id, 42),
        ("telegram:43", "ignored", None, 43),
    ]
    assert all(set(line) == {"id", "at", "actor", "action", "run", "chat", "detail"} for line in lines)
    assert lines[1]["detail"] == {"text": "/backup", "said": "taken up"}
    assert datetime.fromisoformat(lines[0]["at"]).utcoffset() == timedelta(0)

    await show_audit(settings, run=run.id, since=None, limit=1, as_json=True)
    assert [json.loads(line)["action"] for line in capsys.readouterr().out.splitlines()] == ["command"]
    later = datetime.now(UTC) + timedelta(hours=1)
    await show_audit(settings, run=None, since=later, limit=10, as_json=False)
    assert capsys.readouterr().out == "No line in the audit log.\n"
    await show_audit(settings, run=None, since=None, limit=1, as_json=False)
    head, line = capsys.readouterr().out.splitlines()
    assert head.split() == ["LINE", "AT", "WHO", "DID", "RUN", "CHAT"]
    assert "telegram:43  was not answered: ü <b>" in line


async def test_a_pause_is_kept_and_told_once(
    store: Store, project: Project, settings: WorkerSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    await pause(settings, "the disk is\nexchanged", as_json=True)
    said = json.loads(capsys.readouterr().out)
    assert (said["paused"], said["by"], said["reason"]) == (True, operator(), "the disk is exchanged")
    await pause(settings, "something else", as_json=False)
    assert "by " + operator() + ": the disk is exchanged\nIt was paused already" in (
        capsys.readouterr().out.replace("\u2060", "")
    )
    current = await store.pauses.current(project.id)
    assert current is not None
    assert current.began_by == operator()
    await resume(settings, as_json=False)
    assert capsys.readouterr().out.startswith("▶️ Resumed after ")
    await resume(settings, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"paused": False, "was_paused_since": None}
    assert await store.pauses.current(project.id) is None
    actions = [line.action for line in await store.audit.before(9)]
    assert actions == ["resumed", "paused"]


async def test_one_schedule_is_paused_and_shown(
    store: Store, project: Project, settings: WorkerSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    await schedules(settings, None, None, as_json=False)
    assert "The bot has not told its schedules yet" in capsys.readouterr().out
    for name, expression in ((ScheduleName.DRILL, "30 3 * * sun"), (ScheduleName.BACKUP, "off")):
        await store.schedules.settle(project.id, name, expression, "Europe/Berlin", datetime.now(UTC))
    await schedules(settings, "pause", "drill", as_json=True)
    assert json.loads(capsys.readouterr().out) == {"schedule": "drill", "paused": True}
    await schedules(settings, "pause", "drill", as_json=False)
    assert capsys.readouterr().out == "Restore drill is paused already.\n"
    await schedules(settings, None, None, as_json=False)
    shown = capsys.readouterr().out
    assert "Restore drill each Sunday at 03:30\n⏸️ Paused since " in shown
    assert "Backup is off: BACKUP_CRON sets it" in shown
    await schedules(settings, None, None, as_json=True)
    told = {each["schedule"]["name"]: each for each in json.loads(capsys.readouterr().out)["each"]}
    assert told["drill"]["paused"]["began_by"] == operator()
    assert told["backup"]["next_at"] is None
    await schedules(settings, "resume", "drill", as_json=False)
    assert capsys.readouterr().out.startswith("▶️ Restore drill is resumed after ")
    actions = [line.action for line in await store.audit.before(9)]
    assert actions == ["schedule resumed", "schedule paused"]
