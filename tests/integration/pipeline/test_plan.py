"""`plan` beside a run under way, and a plan that is answered at a terminal."""

from __future__ import annotations

import asyncio
import codecs
import json
import os
import pty
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.operator import operator
from pipeline.model.states import ApprovalState, RunKind, RunState, StageName
from tests.integration.pipeline.command import argv, command, environment
from tests.integration.pipeline.stack import PATIENCE, Stack, installed


@pytest.fixture
async def stack(tmp_path: Path, monkeypatch: Any, postgres: Any, images: Any) -> AsyncIterator[Stack]:
    async with installed(tmp_path, monkeypatch, postgres, images) as stack:
        stack.remote.push("The first version")
        stack.start_worker()
        yield stack


async def test_what_a_deploy_would_do_is_told_and_nothing_is_done(stack: Stack) -> None:
    assert (await stack.deploy()).run.state is RunState.SUCCEEDED
    waiting = await stack.plan((await stack.request(RunKind.DEPLOY)).id)
    stack.remote.edit("compose.yml", "  test: {target: test}\n", "")
    stack.remote.edit("app.py", 'VERSION = "one"', 'VERSION = "two"')
    stack.remote.push("The second version")
    sha = stack.remote.git("rev-parse", "HEAD")
    kept = sorted(path for path in stack.settings.state_dir.rglob("*"))
    code, out, err = await command(stack, "plan")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == f"A deploy of {stack.settings.project_name} would do this now. Nothing was done."
    assert f"main {sha[:7]} The second version" in lines
    assert f"Now live: {waiting.plan.goal.short_sha} since" in out
    assert "Services: app" in lines
    assert "Commits since live: 1" in lines
    assert "⚠️ The project declares no tests (x-pipeline.test): nothing was tested." in lines
    assert "Compose file: 1 change" in lines
    assert "  x-pipeline.test.target: removed" in lines
    assert lines[-1] == (
        "Known only after their stages: whether the image builds, and its size, the backup and its size."
    )
    assert sorted(path for path in stack.settings.state_dir.rglob("*")) == kept
    code, out, _ = await command(stack, "plan", "main", "--json")
    told = json.loads(out)
    assert (told["plan"]["goal"]["sha"], told["plan"]["run_id"]) == (sha, 0)
    assert told["compose_changes"] == ["x-pipeline.test.target: removed"]
    code, out, err = await command(stack, "plan", "mian")
    assert (code, out) == (3, "")
    assert "is neither a branch nor a commit" in err
    assert (await stack.store.runs.get(waiting.run_id)).state is RunState.AWAITING


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, stack: Stack, *words: str) -> None:
        self._stack, self._words = stack, words
        self.said = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    async def __aenter__(self) -> Terminal:
        self._own, theirs = pty.openpty()
        self.process = await asyncio.create_subprocess_exec(
            *argv(*self._words),
            env={**environment(self._stack), "TERM": "xterm", "COLUMNS": "100"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        os.set_blocking(self._own, False)
        self._news = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._own, self._hear)
        return self

    async def __aexit__(self, *_: object) -> None:
        asyncio.get_running_loop().remove_reader(self._own)
        os.close(self._own)
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    def _hear(self) -> None:
        try:
            self.said += self._decoder.decode(os.read(self._own, 65536))
        except OSError:  # the other side is closed
            asyncio.get_running_loop().remove_reader(self._own)
        self._news.set()

    def type(self, text: str) -> None:
        os.write(self._own, text.encode())

    async def until(self, words: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while words not in self.said:
                self._news.clear()
                await self._news.wait()

    async def end(self) -> int:
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()


async def test_at_a_terminal_the_operator_answers(stack: Stack) -> None:
    async with Terminal(stack, "deploy") as terminal:
        await terminal.until("Approve? [y/N] ")
        assert "Services: app" in terminal.said
        terminal.type("y\n")
        assert await terminal.end() == 0
        await terminal.until("Deployed · ")
    assert "\x1b[" in terminal.said  # redrawn in place
    assert f"Approved by {operator()} by the terminal." in terminal.said
    run = (await stack.store.runs.recent(stack.project.id, 1))[0]
    approve = (await stack.store.runs.view(run.id)).stage(StageName.APPROVE)
    assert getattr(approve.result, "by", None) == f"{operator()} by the terminal"
    async with Terminal(stack, "deploy") as terminal:
        await terminal.until("Approve? [y/N] ")
        terminal.type("\n")
        assert await terminal.end() == 5


async def test_an_answer_from_the_chat_that_comes_first_counts(stack: Stack) -> None:
    async with Terminal(stack, "deploy") as terminal:
        await terminal.until("Approve? [y/N] ")
        run = await stack.store.runs.active(stack.project.id)
        approval = await stack.store.approvals.of_run(run.id)
        assert await stack.store.approvals.answer(approval.nonce, ApprovalState.REJECTED, "Ada (42)")
        assert await terminal.end() == 5
        await terminal.until("Rejected already by Ada (42) at ")
