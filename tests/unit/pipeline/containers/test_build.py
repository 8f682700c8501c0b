from pathlib import Path

import pytest

from pipeline.containers.build import (
    STEERING,
    Builder,
    Secret,
    arguments,
    build,
    label,
    needs_buildkit,
    targets,
)
from pipeline.process import Command

BUILDKIT = {
    "BUILDKIT_PROGRESS": "plain",
    "DOCKER_BUILDKIT": "1",
    "BUILDX_BUILDER": "default",
    "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
}
CLASSIC = {"BUILDKIT_PROGRESS": "plain", "DOCKER_BUILDKIT": "0"}


def test_the_whole_command_line_with_buildkit() -> None:
    command = build(
        Path("/state/runs/7/source"),
        builder=Builder.BUILDKIT,
        dockerfile="docker/Dockerfile",
        target="test",
        args={"TOKEN": "hunter2", "PYTHON": "3.13"},
        labels={"org.opencontainers.image.version": "1", "deployment.branch": "feature/a b"},
        image_id_file=Path("/tmp/vnext-1/image-id"),
        secrets=[
            Secret(id="npm", value="swordfish"),
            Secret(id="crt", file=Path("/srv/a,b.pem"), value="a certificate"),
        ],
    )
    assert command == Command(
        argv=(
            *("docker", "build", "--iidfile", "/tmp/vnext-1/image-id"),
            *("--file", "/state/runs/7/source/docker/Dockerfile"),
            *("--target", "test"),
            *("--build-arg", "PYTHON", "--build-arg", "TOKEN"),
            *("--secret", "id=npm,env=VNEXT_BUILD_SECRET_0"),
            *("--secret", 'id=crt,"src=/srv/a,b.pem"'),
            *("--label", "deployment.branch=feature/a b"),
            *("--label", "org.opencontainers.image.version=1"),
            "/state/runs/7/source",
        ),
        env={"TOKEN": "hunter2", "PYTHON": "3.13", "VNEXT_BUILD_SECRET_0": "swordfish", **BUILDKIT},
    )
    assert "hunter2" not in repr(command)
    assert "swordfish" not in repr(command)
    assert "certificate" not in repr(Secret(id="crt", value="a certificate"))


def test_the_shortest_command_line() -> None:
    command = build(
        Path("/source"),
        builder=Builder.CLASSIC,
        dockerfile="Dockerfile",
        target=None,
        args={},
        labels={},
        image_id_file=Path("/id"),
    )
    assert " ".join(command.argv) == "docker build --force-rm --iidfile /id --file /source/Dockerfile /source"
    assert command.env == CLASSIC


@pytest.mark.parametrize(
    ("name", "steers"),
    [
        *[(name, True) for name in ("PATH", "HOME", "DOCKER_HOST", "DOCKER_BUILDKIT", "BUILDX_BUILDER")],
        *[(name, True) for name in ("LD_PRELOAD", "BUILDKIT_PROGRESS", "SSH_AUTH_SOCK", "XDG_CONFIG_HOME")],
        *[(name, False) for name in ("VERSION", "BUILDKIT_INLINE_CACHE", "SSH_PRIVATE_KEY", "HTTP_PROXY")],
        *[(name, False) for name in ("PATHS", "MY_HOME", "COMPOSE_BASE")],
    ],
)
def test_which_variables_steer_docker_itself(name: str, steers: bool) -> None:
    assert bool(STEERING.match(name)) is steers


@pytest.mark.parametrize(
    ("dockerfile", "needed"),
    [
        ("FROM a\nRUN make\nCOPY --from=b --chown=1:1 /x /y\nADD --chmod=644 a b\n", None),
        ("# a comment\n# syntax=docker/dockerfile:1\nFROM a\n", None),
        ("FROM a\n# syntax=docker/dockerfile:1\n", None),
        ("# escape=`\nFROM a\n", None),
        ("FROM a\nRUN echo $((1<<n)) && cat <<<word\n", None),
        ("FROM a\nRUN echo a \\\n  --mount=b\n", None),
        ("FROM a\n# RUN --mount=type=cache,target=/c make\n", None),
        ("# syntax=docker/dockerfile:1\nFROM a\n", "line 1: # syntax=docker/dockerfile:1"),
        ("# escape=`\n#syntax = x\nFROM a\n", "line 2: #syntax = x"),
        ("FROM a\n\nRUN --mount=type=secret,id=s cat /run/secrets/s\n", "line 3: RUN --mount"),
        ("FROM a\nrun --network=none make\n", "line 2: run --network"),
        ("FROM a\nRUN --security=insecure --mount=type=cache,target=/c make\n", "line 2: RUN --security"),
        (
            "FROM a\nCOPY a b\nRUN \\\n  # why\n  --mount=type=cache,target=/c \\\n  make\n",
            "line 3: RUN --mount",
        ),
        ("FROM a\nCOPY --chown=1 --link a b\n", "line 2: COPY --link"),
        ("FROM a\nADD --checksum=sha256:1 http://a b\n", "line 2: ADD --checksum"),
        ("FROM a\nONBUILD RUN --mount=type=cache,target=/c make\n", "line 2: RUN --mount"),
        ("FROM a\nRUN <<EOF\nmake\nEOF\n", "line 2: RUN with a here-document"),
        ("FROM a\nCOPY <<-'END' /etc/motd\nhello\nEND\n", "line 2: COPY with a here-document"),
        ("", None),
    ],
)
def test_what_needs_buildkit(dockerfile: str, needed: str | None) -> None:
    assert needs_buildkit(dockerfile) == needed


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("FROM python:3.13\n", []),
        ("FROM python:3.13 AS base\nFROM base as Test\n", ["base", "test"]),
        ("  from --platform=$BUILDPLATFORM \\\n  node:22 AS web\n", ["web"]),
        ("# FROM x AS commented\nRUN echo FROM a AS b\n", []),
        ('FROM a AS b # no comment in Docker\nCMD ["FROM c AS d"]\n', ["b"]),
    ],
)
def test_the_targets_of_a_dockerfile(tmp_path: Path, text: str, names: list[str]) -> None:
    (tmp_path / "Dockerfile").write_text(text)
    assert targets(tmp_path, "Dockerfile") == names
    assert targets(tmp_path, "missing") is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("FROM a\nARG REVISION=unknown\nARG CREATED\n", {"REVISION", "CREATED"}),
        ("arg A=1 \\\n    B=2\nFROM a\n", {"A", "B"}),
        ("FROM a\n# ARG REVISION\nRUN echo ARG REVISION\n", set()),
    ],
)
def test_the_arguments_of_a_dockerfile(tmp_path: Path, text: str, names: set[str]) -> None:
    (tmp_path / "Dockerfile").write_text(text)
    assert arguments(tmp_path, "Dockerfile") == names
    assert arguments(tmp_path, "missing") == frozenset()


def test_the_controllers_own_dockerfile_takes_its_revision() -> None:
    assert "REVISION" in arguments(Path(__file__).parents[4], "Dockerfile")


def test_labels_of_the_classic_builder_come_in_one_step() -> None:
    labels = {"deployment.run": "7", "deployment.branch": 'a "b" $HOME \\ c\nRUN evil'}
    command = label("sha256:1f", labels, Path("/id"))
    assert command == Command(
        argv=("docker", "build", "--force-rm", "--iidfile", "/id", "-"),
        env=CLASSIC,
        stdin=b"FROM sha256:1f\n"
        rb'LABEL deployment.branch="a \"b\" \$HOME \\ c RUN evil" deployment.run="7"' + b"\n",
    )
