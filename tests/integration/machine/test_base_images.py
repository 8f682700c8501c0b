"""The base images, pulled or made, keep the promises of the official ones."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator

import pytest

from demo.machine.images import Images, ensure_images

PASSWORD = "it's a $ecret"


def docker(*words: str, timeout: float = 120) -> str:
    done = subprocess.run(["docker", *words], capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def test_a_second_call_finds_them_at_once(images: Images) -> None:
    said: list[str] = []

    assert ensure_images(said.append) == images
    assert said == []


def test_python_has_pip_and_venv(images: Images) -> None:
    script = (
        "python -m venv /tmp/venv && /tmp/venv/bin/pip --version && pip --version && "
        "python -c 'import sys, ssl; ssl.create_default_context(); print(sys.version_info[:2] >= (3, 11))'"
    )

    assert docker("run", "--rm", "--network=none", images.python, "sh", "-c", script).endswith("True")


@pytest.fixture(scope="module")
def server(images: Images) -> Iterator[str]:
    settings = {"POSTGRES_USER": "agent", "POSTGRES_PASSWORD": PASSWORD, "POSTGRES_DB": "server_agent"}
    variables = [word for key, value in settings.items() for word in ("--env", f"{key}={value}")]
    container = docker("run", "--detach", "--label=vnext.test=postgres", *variables, images.postgres)
    try:
        deadline = time.monotonic() + 60
        while not _answers(container):
            assert time.monotonic() < deadline, docker("logs", container)
            time.sleep(0.2)
        yield container
    finally:
        docker("rm", "--force", "--volumes", container)


def _answers(container: str) -> bool:
    asked = ["docker", "exec", container, "pg_isready", "--quiet", "--host=127.0.0.1"]
    return subprocess.run(asked, timeout=30, check=False).returncode == 0


def _ask(container: str, password: str) -> subprocess.CompletedProcess[str]:
    """Asks on the container's own address, which no rule of trust covers."""
    query = 'psql --host="$(hostname -i)" --username=agent --dbname=server_agent -Atc "SELECT current_user"'
    argv = ["docker", "exec", "--env", f"PGPASSWORD={password}", container, "sh", "-c", query]
    return subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)


def test_postgres_makes_user_and_database_from_its_environment(server: str) -> None:
    assert _ask(server, PASSWORD).stdout == "agent\n"


def test_postgres_refuses_a_wrong_password(server: str) -> None:
    refused = _ask(server, "wrong")

    assert refused.returncode != 0
    assert "password authentication failed" in refused.stderr


def test_postgres_does_not_run_as_root_and_carries_its_tools(server: str) -> None:
    assert docker("exec", server, "stat", "-c", "%U", "/proc/1") == "postgres"
    for tool in ("pg_dump", "pg_restore", "psql"):
        assert "PostgreSQL" in docker("exec", server, tool, "--version")


def test_postgres_without_a_password_says_so(images: Images) -> None:
    argv = ["docker", "run", "--rm", images.postgres]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode != 0
    assert "POSTGRES_PASSWORD" in done.stderr
