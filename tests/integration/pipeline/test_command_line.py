"""`python -m pipeline deploy` and the others as real processes, beside a real worker."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.operator import operator
from pipeline.model.states import ApprovalState, RunState, StageName
from tests.integration.pipeline.command import command, ended, line, start
from tests.integration.pipeline.stack import PATIENCE, Stack, installed


@pytest.fixture
async def stack(tmp_path: Path, monkeypatch: Any, postgres: Any, images: Any) -> AsyncIterator[Stack]:
    async with installed(tmp_path, monkeypatch, postgres, images) as stack:
        stack.remote.push("The first version")
        yield stack


async def _audit(stack: Stack, action: str) -> list[str]:
    rows = await stack.store.pool.fetch("SELECT actor FROM audit WHERE action = $1 ORDER BY id", action)
    return [row["actor"] for row in rows]


async def test_a_deploy_with_yes_then_what_is_and_was(stack: Stack) -> None:
    stack.start_worker()
    code, out, err = await command(stack, "deploy", "--yes")
    assert (code, err) == (0, ""), out
    lines = out.splitlines()
    name = stack.settings.project_name
    assert lines[0] == f"Deploy · {name} · run 1, asked by {operator()}"
    begun = {line.split()[0] for line in lines if re.match(r"[\w-]+ +(started$|done\b)", line)}
    assert begun == {str(stage) for stage in StageName} - {
        "hand-over",
        "revert",
        "check",
        "prepare",
        "swap",
        "prove",
        "trial",
    }
    assert "Nothing is live yet." in out
    assert "⚠️ Nothing is live yet: if this fails, there is no release to go back to." in out
    assert f"Approved by {operator()} by --yes." in lines
    assert f"✅ Deployed · {name} · run 1" in lines
    assert re.fullmatch(r"Took .* · .* without service · exit code 0", lines[-1])
    assert "\x1b" not in out
    assert await _audit(stack, "plan approved") == [f"{operator()} by --yes"]
    view = await stack.store.runs.view((await stack.store.runs.recent(stack.project.id, 1))[0].id)
    assert getattr(view.stage(StageName.APPROVE).result, "by", None) == f"{operator()} by --yes"
    await _looks(stack)


async def _seen_well(stack: Stack) -> None:
    """Until the worker has told that the application is well, of which there is no news."""

    async def well() -> bool:
        seen = await stack.store.releases.observation(stack.project.id)
        return bool(seen and seen.services) and all(service.well for service in seen.services)

    async with asyncio.timeout(PATIENCE):
        while not await well():  # noqa: ASYNC110
            await asyncio.sleep(0.2)


async def _looks(stack: Stack) -> None:
    """The commands that only look, after the first deploy."""
    sha = stack.remote.git("rev-parse", "HEAD")
    code, out, _ = await command(stack, "history")
    assert code == 0
    assert re.search(
        rf"^1 +deploy +succeeded +0 +{sha[:7]} +main +\d{{4}}-\d\d-\d\d \d\d:\d\d UTC ",
        out,
        re.MULTILINE,
    )
    code, out, _ = await command(stack, "history", "--json")
    assert [(run["id"], run["state"]) for run in json.loads(out)] == [(1, "succeeded")]
    await _seen_well(stack)
    code, out, _ = await command(stack, "status")
    assert code == 0
    assert f"Live:      {sha[:7]} main, release 1, since " in out
    assert "✅ app: healthy, up since " in out
    assert "No run is under way." in out
    assert json.loads((await command(stack, "status", "--json"))[1])["live"]["sha"] == sha
    code, out, _ = await command(stack, "releases")
    assert re.search(rf"^1 +live +{sha[:7]} +main ", out, re.MULTILINE)
    assert [r["id"] for r in json.loads((await command(stack, "releases", "--json"))[1])] == [1]
    assert len(json.loads((await command(stack, "backups", "--json"))[1])) == 1
    code, out, _ = await command(stack, "report")
    assert out.startswith(f"Run 1: deploy of {stack.settings.project_name}: succeeded (exit code 0)\n")
    code, out, _ = await command(stack, "report", "1", "--json")
    written = stack.settings.state_dir / "reports" / "run-1" / "report.json"
    assert {**json.loads(out)["run"], "finished_at": ""} == {
        **json.loads(written.read_text())["run"],
        "finished_at": "",
    }
    code, _, err = await command(stack, "report", "99")
    assert (code, err.split(".")[0]) == (3, "There is no run 99")
    code, out, _ = await command(stack, "smoke")
    assert (code, out.splitlines()[-1]) == (0, "8 of 8 checks passed.")
    assert len(json.loads((await command(stack, "smoke", "--json"))[1])["checks"]) == 8
    code, out, _ = await command(stack, "logs", "--run", "1", "--lines", "3")
    assert (code, len(out.splitlines())) == (0, 3)
    assert (await command(stack, "logs", "app", "--lines", "5"))[0] == 0
    code, _, err = await command(stack, "logs", "worker")
    assert (code, err.split(".")[0]) == (64, "SERVICE is 'worker'; allowed: app")
    assert (await command(stack, "cancel"))[0] == 3


async def test_json_is_one_object_a_line_and_the_last_is_the_report(stack: Stack) -> None:
    stack.start_worker()
    code, out, err = await command(stack, "deploy", "--yes", "--json")
    assert (code, err) == (0, "")
    events = [json.loads(line) for line in out.splitlines()]
    assert events[0] == {"event": "asked", "run": 1, "kind": "deploy"}
    assert {event["event"] for event in events} == {
        "asked",
        "run",
        "stage",
        "line",
        "plan",
        "notice",
        "report",
    }
    [plan] = [event for event in events if event["event"] == "plan"]
    assert plan["plan"]["services"] == ["app"]
    ends = {e["stage"]: e["state"] for e in events if e["event"] == "stage"}
    assert set(ends.values()) == {"succeeded"}
    last = events[-1]
    assert (last["event"], last["version"], last["run"]["exit_code"]) == ("report", 1, 0)
    code, out, _ = await command(stack, "rollback", "--json")
    assert code == 3
    assert json.loads(out)["what"] == "There is no previous release to go back to."


async def test_testing_and_building_touch_nothing_and_tell_by_exit_code(stack: Stack) -> None:
    stack.start_worker()
    code, out, _ = await command(stack, "test", "--json")
    assert code == 0
    report = json.loads(out.splitlines()[-1])
    assert [stage["name"] for stage in report["stages"]] == ["pull", "test", "report"]
    code, out, _ = await command(stack, "build")
    assert code == 0
    assert f"✅ Built · {stack.settings.project_name} · run 2" in out
    assert await stack.served() is None
    assert stack.containers() == []
    stack.remote.edit("Dockerfile", "COPY app.py", "RUN exit 7\nCOPY app.py")
    stack.remote.push("It does not build")
    code, out, _ = await command(stack, "build")
    assert code == 2
    assert "❌ Build failed, nothing changed" in out
    assert "Production: Production was not touched" in out
    code, out, _ = await command(stack, "test", "no-such-branch")
    assert code == 3
    assert await stack.store.releases.recent(stack.project.id, 5) == []
    assert (await command(stack, "backup"))[0] == 0


async def test_failing_tests_are_1(stack: Stack) -> None:
    stack.start_worker()
    stack.remote.edit("suite.py", "FAILS = False", "FAILS = True")
    stack.remote.push("It fails")
    code, out, _ = await command(stack, "test")
    assert code == 1, out
    assert "What happened at test: " in out


async def test_without_a_terminal_it_waits_for_the_chat_and_a_second_run_is_8(stack: Stack) -> None:
    stack.start_worker()
    following = await start(stack, "deploy")
    await line(following, "The plan waits for an answer in the chat until ")
    code, out, err = await command(stack, "backup")
    assert (code, out) == (8, "")
    assert err.startswith(f"Run 1 (deploy, asked by {operator()}) is under way at stage approve since ")
    approval = await stack.store.approvals.of_run((await stack.store.runs.active(stack.project.id)).id)
    assert await stack.store.approvals.answer(approval.nonce, ApprovalState.REJECTED, "Ada (42)")
    code, out, _ = await ended(following)
    assert code == 5
    assert "🚫 Deploy rejected" in out
    assert "Ada (42) rejected the plan." in out


async def test_to_stop_following_leaves_thecommand(stack: Stack) -> None:
    following = await start(stack, "backup")
    await line(following, "Backup · ")
    following.send_signal(signal.SIGINT)
    code, out, err = await ended(following)
    assert (code, err) == (130, "")
    assert "Stopped following; run 1 goes on." in out
    assert (await stack.store.runs.active(stack.project.id)).state is RunState.REQUESTED
    stack.start_worker()
    assert (await stack.end(1)).run.state is RunState.SUCCEEDED
    code, out, _ = await command(stack, "backup", "--no-follow")
    assert code == 0
    assert "It goes on without this command. Its end: vnext report 2" in out
    assert (await stack.end(2)).run.state is RunState.SUCCEEDED
