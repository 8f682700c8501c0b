"""A git push to a repository with the hook of setup-git brings the prompt at once, not with the next poll."""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pipeline.store.remote_moved import tell_remote_moved
from tests.integration.bot.house import House, furnished

NEVER = 86_400  # seconds between two looks at the remote: none but the first within a test
SECONDS = 60


@pytest.fixture
async def waiting_house(tmp_path: Path, postgres: object) -> AsyncIterator[House]:
    """The bot has looked at the remote once and will not do so again by itself."""
    async with furnished(tmp_path, postgres, git_poll_seconds=NEVER) as house:
        house.start()
        await house.master.say("/start")
        await house.read("What I can do")
        await house.first_look()
        yield house


def _environment(house: House, home: Path) -> dict[str, str]:
    settings = house.settings
    return {
        **os.environ,
        "HOME": str(home),
        "DB_HOST": settings.db_host,
        "DB_PORT": str(settings.db_port),
        "DB_USER": settings.db_user,
        "DB_PASSWORD": settings.db_password.get_secret_value(),
        "PIPELINE_DB_NAME": settings.pipeline_db_name,
        "GIT_URL": settings.git_url,
    }


def _install(house: House, environment: dict[str, str], *command: str) -> None:
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pipeline",
            "setup-git",
            str(house.remote.bare),
            "--command",
            shlex.join(command),
        ],
        env=environment,
        check=True,
        capture_output=True,
        timeout=SECONDS,
    )


def _push(house: House, environment: dict[str, str], subject: str) -> str:
    house.remote.git("commit", "-q", "--allow-empty", "-m", subject)
    subprocess.run(
        ["git", "-C", house.remote.clone, "push", "-q", "origin", "HEAD:main"],
        env=environment,
        check=True,
        capture_output=True,
        timeout=SECONDS,
    )
    return house.remote.git("rev-parse", "HEAD")


async def test_a_push_with_the_hook_brings_the_prompt_and_waits_for_nothing(
    waiting_house: House, tmp_path: Path
) -> None:
    house, gate = waiting_house, tmp_path / "gate"
    os.mkfifo(gate)
    environment = _environment(house, tmp_path)
    held = ("sh", "-c", 'read go <"$0"; exec "$@"', str(gate))
    _install(house, environment, *held, sys.executable, "-m", "pipeline", "hook")
    sha = await asyncio.to_thread(_push, house, environment, "Answer faster")
    # The push is over, and what it handed over has not begun: it waits at the gate.
    assert [push.text for push in await house.bot_messages() if "Push" in push.text] == []
    await asyncio.to_thread(gate.write_text, "go\n")
    prompt = await house.read("🔔 Push · sample", f"main {sha[:7]} · 1 commit")
    assert "Answer faster – Dev" in prompt.text
    log = house.remote.bare / "vnext-post-receive.log"
    assert f"push: refs/heads/main from {'0' * 40}" not in log.read_text()
    assert sha in log.read_text()


async def test_what_a_hook_claims_is_not_believed(waiting_house: House) -> None:
    house = waiting_house
    before = await house.store.pushes.newest(house.project.id, "main")
    await tell_remote_moved(house.settings.journal)
    sha = house.remote.push("Answer faster")
    await tell_remote_moved(house.settings.journal)
    await house.read("🔔 Push · sample", f"main {sha[:7]} · 1 commit")
    await tell_remote_moved(house.settings.journal)
    other = house.remote.push("And better")
    await tell_remote_moved(house.settings.journal)
    await house.read(f"main {other[:7]} · 1 commit")
    seen = await house.store.pool.fetch("SELECT sha FROM pushes ORDER BY id")
    assert before is not None
    assert [row["sha"] for row in seen] == [before.sha, sha, other]


async def test_a_hook_is_heard_although_the_last_look_failed(waiting_house: House) -> None:
    house = waiting_house
    away = house.remote.bare.rename(house.remote.bare.with_name("away.git"))
    await tell_remote_moved(house.settings.journal)
    await house.check("scheduler", lambda check: "could not be reached" in check.get("detail", ""))
    away.rename(house.remote.bare)
    sha = house.remote.push("Answer faster")
    await tell_remote_moved(house.settings.journal)
    await house.read("🔔 Push · sample", f"main {sha[:7]} · 1 commit")
    await house.check("scheduler", lambda check: check["status"] == "ok")
