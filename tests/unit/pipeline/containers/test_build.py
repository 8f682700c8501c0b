from pathlib import Path

import pytest

from pipeline.containers.build import build, step
from pipeline.process import Command


def test_the_whole_command_line() -> None:
    command = build(
        Path("/state/runs/7/source"),
        dockerfile="docker/Dockerfile",
        target="test",
        args={"TOKEN": "hunter2", "PYTHON": "3.13"},
        labels={"org.opencontainers.image.version": "1", "deployment.branch": "feature/a b"},
        image_id_file=Path("/tmp/vnext-1/image-id"),
    )
    assert command == Command(
        argv=(
            *("docker", "build", "--force-rm", "--iidfile", "/tmp/vnext-1/image-id"),
            *("--file", "/state/runs/7/source/docker/Dockerfile"),
            *("--target", "test"),
            *("--build-arg", "PYTHON", "--build-arg", "TOKEN"),
            *("--label", "deployment.branch=feature/a b"),
            *("--label", "org.opencontainers.image.version=1"),
            "/state/runs/7/source",
        ),
        env={"TOKEN": "hunter2", "PYTHON": "3.13", "BUILDKIT_PROGRESS": "plain"},
    )
    assert command.env == {"TOKEN": "hunter2", "PYTHON": "3.13", "BUILDKIT_PROGRESS": "plain"}
    assert "hunter2" not in repr(command)


def test_the_shortest_command_line() -> None:
    command = build(
        Path("/source"), dockerfile="Dockerfile", target=None, args={}, labels={}, image_id_file=Path("/id")
    )
    assert " ".join(command.argv) == "docker build --force-rm --iidfile /id --file /source/Dockerfile /source"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        # the classic builder
        ("Sending build context to Docker daemon  14.34kB", None),
        ("Step 1/6 : ARG PYTHON_IMAGE", "step 1/6 ARG PYTHON_IMAGE"),
        ("Step 4/6 : COPY app.py suite.py migrate.py ./", "step 4/6 COPY app.py suite.py migrate.py ./"),
        (" ---> Using cache", None),
        (" ---> 96a1c834f492", None),
        ("Removing intermediate container 5d1b2c3a4f5e", None),
        ("Successfully built 96a1c834f492", None),
        # BuildKit, --progress=plain
        ("#1 [internal] load build definition from Dockerfile", None),
        (
            "#5 [1/4] FROM docker.io/library/python:3.13-slim",
            "step 1/4 FROM docker.io/library/python:3.13-slim",
        ),
        ("#7 [base 2/3] WORKDIR /srv", "step 2/3 WORKDIR /srv"),
        ("#12 [stage-2 3/4] RUN pip install .", "step 3/4 RUN pip install ."),
        ("#7 CACHED", None),
        ("#12 0.412 Collecting aiogram", None),
        ("#12 DONE 3.1s", None),
        ("#13 exporting to image", None),
        # neither
        ("", None),
        ("a line that says Step 1/2 : nothing", None),
    ],
)
def test_what_is_told_of_a_build(line: str, told: str | None) -> None:
    assert step(line) == told


def test_an_argument_never_steers_docker_itself() -> None:
    command = build(
        Path("/source"),
        dockerfile="Dockerfile",
        target=None,
        args={"DOCKER_HOST": "tcp://elsewhere", "PATH": "/evil", "VERSION": "1"},
        labels={},
        image_id_file=Path("/id"),
    )
    assert command.argv[7:-1] == (
        *("--build-arg", "DOCKER_HOST=tcp://elsewhere"),
        *("--build-arg", "PATH=/evil"),
        *("--build-arg", "VERSION"),
    )
    assert command.env == {"VERSION": "1", "BUILDKIT_PROGRESS": "plain"}
