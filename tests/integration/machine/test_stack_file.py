"""docker-compose-vnext.yml as Compose itself reads it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bot.health import Check, report
from demo.machine.compose import compose_command
from pipeline.cli.checking import not_live
from pipeline.containers.build import arguments, targets
from pipeline.model.checks import OwnCheck, SmokeSection
from pipeline.of_project import CONTROLLER
from pipeline.probe import Answer, Connected, Unreachable
from pipeline.project.application import read_application
from pipeline.smoke import CheckResult, Ran, SmokeConfig, Ways, smoke
from pipeline.stages.switch import OF_THE_MACHINE

ROOT = Path(__file__).parents[3]
SERVICES = ["app", "bot", "postgres", "worker"]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The resolved file of an installation that has just the example's settings."""
    folder = tmp_path_factory.mktemp("installation")
    shutil.copy(ROOT / "docker-compose-vnext.yml", folder)
    shutil.copy(ROOT / ".env.vnext.example", folder / ".env.vnext")
    argv = [*compose_command(), "-f", "docker-compose-vnext.yml", "config", "--format", "json"]
    environment = {
        name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "DOCKER_HOST"}
    }
    done = subprocess.run(argv, cwd=folder, env=environment, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    resolved: dict[str, Any] = json.loads(done.stdout)
    return resolved


def test_names_that_others_rely_on(config: dict[str, Any]) -> None:
    assert sorted(config["services"]) == SERVICES
    assert config["name"] == "server-agent-vnext"
    assert config["services"]["app"]["container_name"] == "server_agent_vnext_app"
    assert config["services"]["app"]["image"] == "server-agent-vnext:live"
    assert sorted(config["volumes"]) == ["bot_scratch", "postgres_data", "worker_state"]


def test_copies_of_the_repositories_are_on_the_disk_not_in_memory(config: dict[str, Any]) -> None:
    bot = config["services"]["bot"]

    assert bot["read_only"]
    assert "tmpfs" not in bot
    assert [(mount["type"], mount["target"]) for mount in bot["volumes"]] == [("volume", "/tmp")]


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_watched_and_bounded(config: dict[str, Any], name: str) -> None:
    service = config["services"][name]

    assert service["restart"] == "unless-stopped"
    assert service["init"] is True
    assert service["healthcheck"]["test"]
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert service["logging"] == {"driver": "json-file", "options": {"max-size": "10m", "max-file": "5"}}
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cap_drop"] == ["ALL"]
    labels = {"deployment.group", "deployment.service", "deployment.critical", "deployment.rollback-enabled"}
    assert labels <= set(service["labels"])


def test_a_run_switches_the_application_only(config: dict[str, Any]) -> None:
    application = read_application(config, "agent")

    assert application.names == ["app"]
    assert application.services[0].critical
    assert application.services[0].rollback_enabled
    assert application.section.migrate is not None
    assert application.section.test is not None
    assert config["services"]["postgres"]["labels"]["deployment.rollback-enabled"] == "false"


def test_the_controller_is_a_project_of_its_own(config: dict[str, Any]) -> None:
    application = read_application(config, CONTROLLER)

    assert application.names == ["bot", "worker"]
    bot, worker = application.services
    assert (bot.image, bot.build) == (worker.image, worker.build)
    assert bot.image == "server-agent-vnext-controller:live"
    assert not_live(application) is None
    assert bot.build is not None
    assert bot.build.target == "runtime"
    assert set(targets(ROOT, bot.build.dockerfile) or []) >= {"runtime", "test"}
    assert "REVISION" in arguments(ROOT, bot.build.dockerfile)
    section = application.section
    assert section.test is not None
    assert section.migrate is not None
    assert (section.test.target, section.test.reports) == ("test", "/reports")
    assert section.migrate.command == ["python", "-m", "pipeline", "migrate"]
    assert section.migrate.down_to("27") == ["python", "-m", "pipeline", "migrate", "--to", "27"]
    assert section.smoke.skip == ()


def test_an_image_by_another_tag_is_told(config: dict[str, Any]) -> None:
    named = {
        name: dict(config["services"][name], image="registry:5000/own:latest") for name in ("bot", "worker")
    }
    application = read_application({**config, "services": {**config["services"], **named}}, CONTROLLER)
    assert not_live(application) == "registry:5000/own:latest"


def test_nothing_is_published_beyond_loopback(config: dict[str, Any]) -> None:
    published = {name: service.get("ports", []) for name, service in config["services"].items()}

    assert [port["host_ip"] for port in published.pop("app")] == ["127.0.0.1"]
    assert published == {"bot": [], "postgres": [], "worker": []}


def test_secrets_reach_only_those_who_need_them(config: dict[str, Any]) -> None:
    def holders(key: str) -> list[str]:
        return [name for name in SERVICES if config["services"][name]["environment"].get(key)]

    assert holders("TELEGRAM_API_TOKEN") == ["bot", "worker"]
    assert holders("GIT_URL") == ["bot", "worker"]
    assert holders("DB_PASSWORD") == SERVICES


def test_the_bot_is_unprivileged_and_reads_only(config: dict[str, Any]) -> None:
    bot, worker = config["services"]["bot"], config["services"]["worker"]

    assert bot["read_only"] is True
    assert "user" not in bot, "the image's own user counts"
    assert worker["user"] == "root"
    assert worker["working_dir"] == "/installation"


@pytest.mark.parametrize("ill", ["worker", "telegram", "scheduler"])
async def test_the_controller_passes_while_a_project_cannot_be_served_but_not_without_its_journal(
    config: dict[str, Any], ill: str
) -> None:
    section = read_application(config, CONTROLLER).section.smoke
    well = {name: Check(status="ok") for name in ("database", "telegram", "scheduler", "worker")}
    degraded = {**well, ill: Check(status="degraded", detail="shop: has not told anything yet")}

    assert [found for found in await checked(section, degraded) if not found.ok] == []

    down = {**degraded, "database": Check(status="down", detail="refused")}
    assert [found.name for found in await checked(section, down) if not found.ok] == ["health", "database"]


async def checked(section: SmokeSection, parts: dict[str, Check]) -> tuple[CheckResult, ...]:
    """A bot that tells so of its parts, by the checks of the file."""
    status, health = report(parts)
    pages = {"/health": Answer(status, health, "", 1)}
    pages["/stats"] = Answer(200, {"telegram": {"status": "ok"}}, "", 1)

    async def get(address: str, _: float) -> Answer | Unreachable:
        return pages[address.removeprefix("http://bot")]

    async def connect(_: str, __: int, ___: float) -> Connected | Unreachable:
        return Connected(1)

    async def execute(_: OwnCheck) -> Ran:
        return Ran(0, 1, "")

    async def logs() -> list[str]:
        return []

    config = SmokeConfig(section=section, attempts=1, without=OF_THE_MACHINE)
    ways = Ways(get=get, connect=connect, execute=execute)
    return (await smoke(config, "http://bot", logs, ways)).results
