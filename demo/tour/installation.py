"""The stack as a person installs it, under names and ports of its own, in a folder of its own."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from demo.machine.images import Images

PROJECT = "vnext-demo"
MASTER = 1001
SECOND = 1002
STRANGER = 2002
ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".demo"
_COPIED = (
    "bot",
    "pipeline",
    "demo",
    "tests",
    "docs",
    "pyproject.toml",
    "requirements.lock",
    "requirements-dev.lock",
)
_ALSO = (
    "README.md",
    "LICENSE",
    "Dockerfile",
    ".dockerignore",
    ".env.vnext.example",
    "docker-compose-vnext.yml",
)
_TESTS = "x-pipeline-controller:\n  test:\n"
_QUICK = "python, -m, pytest, -p, no:cacheprovider, tests/unit/bot/cards, --junitxml=/reports/junit.xml"
BUILD_SECONDS = 900
_UP_SECONDS = 900
_DOWN_SECONDS = 180
_SHORT_SECONDS = 60


class TourError(Exception):
    """The tour cannot go on; the text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Installation:
    """Where the tour's stack is, and on which ports of 127.0.0.1 it is met."""

    compose: tuple[str, ...]
    images: Images
    token: str
    agent_token: str
    password: str
    page_port: int
    git_port: int
    app_port: int
    bot_port: int

    @property
    def bot(self) -> str:
        """Where a reverse proxy would meet the bot."""
        return f"http://127.0.0.1:{self.bot_port}"

    @property
    def page(self) -> str:
        return f"http://127.0.0.1:{self.page_port}"

    @property
    def folder(self) -> Path:
        return FOLDER / "installation"

    def remote(self, name: str) -> str:
        """The repository `name`, as a developer reaches it."""
        return f"git://127.0.0.1:{self.git_port}/{name}.git"

    def environment(self) -> dict[str, str]:
        """What the compose files are filled in with."""
        return {
            "COMPOSE_PROJECT_NAME": PROJECT,
            "DOCKER_IMAGE_BASE": f"{PROJECT}-agent",
            "CONTROLLER_IMAGE": f"{PROJECT}-controller:live",
            "APP_CONTAINER_NAME": f"{PROJECT}-app",
            "APP_SOURCE": "./demo/agent",
            "APP_PORT": str(self.app_port),
            "TOUR_TOKEN": self.token,
            "TOUR_AGENT_TOKEN": self.agent_token,
            "TOUR_PAGE_PORT": str(self.page_port),
            "TOUR_GIT_PORT": str(self.git_port),
            "TOUR_BOT_PORT": str(self.bot_port),
            **self.images.environment(),
        }

    def settings(self) -> str:
        """`.env.vnext.example`, filled in as a person would."""
        values = {
            "TELEGRAM_API_TOKEN": self.token,
            "TELEGRAM_API_URL": "http://telegram:8081",
            "AGENT_TELEGRAM_TOKEN": self.agent_token,
            "MASTER_CHAT_ID": str(MASTER),
            "DB_PASSWORD": self.password,
            "GIT_URL": "git://git/agent.git",
            "GIT_POLL_SECONDS": "8",
            "BACKUP_CRON": "off",
            "DRILL_CRON": "0 0 1 jan *",
            "ROLLBACK_DRILL_CRON": "off",
            "DIGEST_CRON": "off",
            "PROBATION_MINUTES": "0",
            "STARTUP_WAIT": "2",
            "DEPLOYMENT_TIMEOUT": "60",
            "SMOKE_ATTEMPTS": "3",
            "SMOKE_DELAY": "1",
        }
        return _filled((ROOT / ".env.vnext.example").read_text(), values)

    def lay(self) -> None:
        """Copies what a clone of the repository would hold, and fills in the settings."""
        target = self.folder
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for name in (*_COPIED, *_ALSO):
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.exists():
                shutil.copy(source, target / name)
        (target / ".env.vnext").write_text(self.settings())
        (target / ".env.vnext").chmod(0o600)
        shorten_tests(target / "docker-compose-vnext.yml")

    def serve_itself(self) -> None:
        """From now on the controller is a project too, and updates itself; bot and worker start anew."""
        path = self.folder / ".env.vnext"
        text = _filled(path.read_text(), {"PROJECTS": "controller"})
        own = {"GIT_URL": "git://git/controller.git", "COVERAGE_THRESHOLD": "0"}
        path.write_text("\n".join([text, *(f"CONTROLLER__{key}={value}" for key, value in own.items()), ""]))
        self.start("bot", "worker")

    def run(self, *words: str, timeout: float = _SHORT_SECONDS, **more: str) -> str:
        """One compose command on the stack, with `more` in its environment.

        Raises TourError with its last lines.
        """
        files = ("-f", "docker-compose-vnext.yml", "-f", "demo/tour/compose.yml")
        argv = (*self.compose, "--project-directory", str(self.folder), *files, *words)
        environment = {**os.environ, **self.environment(), **more, "COMPOSE_PROGRESS": "plain"}
        return _run(argv, cwd=self.folder, environment=environment, timeout=timeout)

    def start(self, *services: str) -> None:
        self.run("up", "--detach", *services, timeout=_UP_SECONDS)

    def restart(self, service: str, **settings: str) -> None:
        """With these of the `TOUR_…` variables, see compose.yml; without them as at first."""
        self.run("up", "--detach", "--no-deps", service, timeout=_UP_SECONDS, **settings)


def shorten_tests(compose_file: Path) -> None:
    """Of the controller's own tests only those of the cards run in the tour: seconds instead of minutes."""
    text = compose_file.read_text()
    if text.count(_TESTS) != 1:
        raise TourError(f"{compose_file.name} no longer holds exactly one {_TESTS!r}")
    compose_file.write_text(text.replace(_TESTS, f"{_TESTS}    command: [{_QUICK}]\n"))


def _filled(text: str, values: Mapping[str, str]) -> str:
    for key, value in values.items():
        text, found = re.subn(rf"(?m)^#? ?{key}=.*$", f"{key}={value}", text)
        if found != 1:
            raise TourError(f".env.vnext.example names {key} {found} times, not once")
    return text


def new_installation(compose: tuple[str, ...], images: Images) -> Installation:
    """Fresh secrets and free ports."""
    page, git, app, bot = _free_ports(4)
    return Installation(
        compose=compose,
        images=images,
        token=f"{7_000_000_000 + secrets.randbelow(10**9)}:{secrets.token_hex(18)}",
        agent_token=f"{6_000_000_000 + secrets.randbelow(10**9)}:{secrets.token_hex(18)}",
        password=secrets.token_hex(12),
        page_port=page,
        git_port=git,
        app_port=app,
        bot_port=bot,
    )


def remove() -> None:
    """Containers, networks, volumes and images of the tour, and its folder. Safe to repeat."""
    label = f"label=com.docker.compose.project={PROJECT}"
    for listing, removing in (
        (["ps", "--all", "--quiet"], ["rm", "--force", "--volumes"]),
        (["network", "ls", "--quiet"], ["network", "rm"]),
        (["volume", "ls", "--quiet"], ["volume", "rm", "--force"]),
    ):
        _remove_all(["docker", *listing, "--filter", label], ["docker", *removing])
    names = ["docker", "images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", f"reference={PROJECT}-*"]
    _remove_all(names, ["docker", "rmi"])
    nameless = ["--filter", "dangling=true", "--filter", f"label=deployment.project={PROJECT}"]
    _remove_all(["docker", "images", "--quiet", *nameless], ["docker", "rmi"])
    shutil.rmtree(FOLDER, ignore_errors=True)


def leftovers() -> list[str]:
    """What of an earlier tour is still there."""
    label = f"label=com.docker.compose.project={PROJECT}"
    return _lines(["docker", "ps", "--all", "--quiet", "--filter", label])


def _remove_all(listing: Sequence[str], removing: Sequence[str]) -> None:
    found = sorted(set(_lines(listing)))
    if found:
        _run([*removing, *found], timeout=_DOWN_SECONDS)


def last_words() -> str:
    """The newest log lines of worker and bot, for a tour that failed."""
    return "\n".join(f"--- {service}\n{_log_of(service)}" for service in ("worker", "bot"))


def _log_of(service: str) -> str:
    labels = (f"com.docker.compose.project={PROJECT}", f"com.docker.compose.service={service}")
    filters = [part for label in labels for part in ("--filter", f"label={label}")]
    found = _lines(["docker", "ps", "--all", "--quiet", *filters])
    return "".join(
        _run(["docker", "logs", "--tail", "15", container], timeout=_SHORT_SECONDS, both=True)
        for container in found
    )


def _lines(argv: Sequence[str]) -> list[str]:
    return _run(argv, timeout=_SHORT_SECONDS).split()


def _run(
    argv: Sequence[str],
    *,
    timeout: float,
    cwd: Path | None = None,
    environment: dict[str, str] | None = None,
    both: bool = False,
) -> str:
    try:
        done = subprocess.run(
            argv, cwd=cwd, env=environment, capture_output=True, text=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise TourError(f"`{' '.join(argv[:4])} …` did not end within {timeout:.0f} s") from error
    if done.returncode:
        tail = "\n".join((done.stderr or done.stdout).splitlines()[-20:])
        raise TourError(f"`{' '.join(argv[:4])} …` ended with code {done.returncode}:\n{tail}")
    return done.stdout + done.stderr if both else done.stdout


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for taken in sockets:
            taken.bind(("127.0.0.1", 0))
        return [taken.getsockname()[1] for taken in sockets]
    finally:
        for taken in sockets:
            taken.close()
