"""The build stage with BuildKit and with the classic builder, on a real engine."""

from __future__ import annotations

import base64
import os
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import quote

import pytest

from pipeline.containers.build import Builder
from pipeline.containers.builders import Builders
from pipeline.model.results import Built
from pipeline.model.run import RunView
from pipeline.model.states import ApprovalState, ExitCode, RunKind, RunState, StageName
from tests.buildx import with_buildx, without_buildx
from tests.integration.pipeline.stack import Stack, installed

ARGUMENT = "an argument/of the build+1"
TOKEN = "s3cr3t/of the build?&"
NEW = token_hex(6)  # BuildKit remembers what earlier tests have built
LINES = ["first line of the certificate", "second line of the certificate"]


@pytest.fixture
async def stack(tmp_path, monkeypatch, postgres, images) -> AsyncIterator[Stack]:
    monkeypatch.setenv("NPM_TOKEN", TOKEN)
    monkeypatch.setenv("BUILD_ARGUMENT", ARGUMENT)
    async with installed(tmp_path, monkeypatch, postgres, images, side_by_side=False) as stack:
        yield stack


@pytest.fixture(params=list(Builder), ids=["buildkit", "classic"])
async def builder(request, tmp_path, monkeypatch, images) -> Builder:
    """This one is what docker has."""
    if request.param is Builder.BUILDKIT:
        variables = await with_buildx(images.python)
    else:
        variables = without_buildx(tmp_path, os.environ["PATH"])
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return request.param


async def _planned(stack: Stack) -> tuple[RunView, Built, Any]:
    """A deploy up to its plan, which is rejected: the run, what build left, and the image."""
    run = await stack.request(RunKind.DEPLOY)
    approval = await stack.plan(run.id)
    assert await stack.store.approvals.answer(approval.nonce, ApprovalState.REJECTED, "tester")
    view = await stack.end(run.id)
    built = view.stage(StageName.BUILD).result
    assert isinstance(built, Built)
    return view, built, stack.client.images.get(built.images["app"])


def _log(stack: Stack, view: RunView) -> str:
    return (stack.settings.state_dir / "reports" / f"run-{view.run.id}" / "run.log").read_text()


def _forms(secret: str) -> list[str]:
    encoded = base64.b64encode(secret.encode()).decode()
    return [secret, quote(secret, safe=""), quote(secret), encoded, secret.encode().hex()]


async def test_both_builders_leave_the_same(stack: Stack, builder: Builder) -> None:
    stack.remote.edit("compose.yml", "args: {PYTHON", 'args: {ARGUMENT: "${BUILD_ARGUMENT}", PYTHON')
    stack.remote.edit(
        "Dockerfile", "COPY app.py", f'ARG ARGUMENT\nRUN echo "it is $ARGUMENT. {NEW}"\nCOPY app.py'
    )
    stack.remote.edit(
        "Dockerfile", "FROM base\nHEALTH", f"FROM base\nRUN echo not in the tests {NEW}\nHEALTH"
    )
    sha = stack.remote.push("A version with an argument")
    stack.start_worker()
    view, built, image = await _planned(stack)
    assert (built.steps, built.cached, built.live_bytes) == (4, 3, None)  # the tests have built the base
    assert built.bytes == image.attrs["Size"]
    base = stack.client.images.get(os.environ["PYTHON_IMAGE"]).labels
    labels = {name: value for name, value in image.labels.items() if name not in base}
    created = datetime.fromisoformat(labels.pop("org.opencontainers.image.created"))
    assert (view.run.finished_at - created).total_seconds() < 300
    assert labels == {
        "org.opencontainers.image.revision": sha,
        "org.opencontainers.image.source": str(stack.remote.bare),
        "org.opencontainers.image.version": f"{created:%Y.%m.%d}-{sha[:7]}",
        "deployment.branch": "main",
        "deployment.project": stack.settings.compose_project_name,
        "deployment.run": str(view.run.id),
    }
    text = _log(stack, view)
    assert f"build building app with {builder}" in text
    assert f"test building app with {builder}" in text
    assert f"it is ***. {NEW}" in text
    assert [form for form in _forms(ARGUMENT) if form in text] == []

    _, again, _ = await _planned(stack)
    assert (again.steps, again.cached) == (4, 4)


async def test_a_build_secret_is_in_no_layer_no_history_no_label_and_no_log(
    stack: Stack, builder: Builder
) -> None:
    (stack.directory / "cert.pem").write_text("\n".join(LINES))
    (stack.directory / ".env").write_text("OTHER_TOKEN='an installation value 4711'\n")
    compose = stack.remote.clone / "compose.yml"
    compose.write_text(
        compose.read_text().replace(
            "      context: .\n",
            "      context: .\n      secrets: [npm, other, {source: cert, target: tls.crt}]\n",
        )
        + "secrets:\n  npm: {environment: NPM_TOKEN}\n  other: {environment: OTHER_TOKEN}\n"
        "  cert: {file: ./cert.pem}\n"
    )
    stack.remote.edit(
        "Dockerfile",
        "COPY app.py",
        "RUN --mount=type=secret,id=npm --mount=type=secret,id=tls.crt --mount=type=secret,id=other"
        f" --mount=type=cache,target=/cache,id={NEW}"
        ' cd /run/secrets && cat npm tls.crt other && python -c "import urllib.parse as p;'
        " print(chr(10) + p.quote(open('npm').read(), safe=''))\" && wc -c npm > /sizes"
        f" && echo {NEW} after $(ls /cache | wc -l) builds && mktemp -p /cache\nCOPY app.py",
    )
    stack.remote.push("A version with secrets")
    stack.start_worker()
    if builder is Builder.CLASSIC:
        view = await stack.deploy()
        assert (view.run.state, view.run.failure.stage) in (
            (RunState.FAILED, StageName.BUILD),
            (RunState.FAILED, StageName.TEST),
        )
        assert view.run.failure.what == (
            "The image of app needs BuildKit (build.secrets), and docker buildx is not on this machine or"
            " does not work."
        )
        assert "Step 1/" not in _log(stack, view)
        return
    view, _, image = await _planned(stack)
    secrets = [TOKEN, *LINES, "an installation value 4711"]
    text = _log(stack, view)
    assert f"{NEW} after 0 builds" in text
    assert text.count("***") >= 2 * len(secrets)
    exported = b"".join(image.save(named=False))
    stored = [text, str(image.history()), str(image.attrs), exported.decode("latin-1")]
    for secret in secrets:
        assert [(form, place[:40]) for form in _forms(secret) for place in stored if form in place] == []
    size = stack.client.containers.run(image.id, ["cat", "/sizes"], remove=True).decode()
    assert size == f"{len(TOKEN)} npm\n"

    stack.remote.edit("Dockerfile", "builds && mktemp", "build && mktemp")
    stack.remote.push("Another version: what the step cached is there")
    view, _, _ = await _planned(stack)
    assert f"{NEW} after 1 build" in _log(stack, view)


async def test_a_secret_that_is_not_there_is_named(stack: Stack, images: Any, monkeypatch: Any) -> None:
    for name, value in (await with_buildx(images.python)).items():
        monkeypatch.setenv(name, value)
    compose = stack.remote.clone / "compose.yml"
    compose.write_text(
        compose.read_text().replace("      context: .\n", "      context: .\n      secrets: [npm]\n")
        + "secrets:\n  npm: {file: ./missing.txt}\n"
    )
    stack.remote.push("A secret in a file that is not there")
    stack.start_worker()
    view = await stack.deploy()
    assert view.run.exit_code in (ExitCode.BUILD_FAILED, ExitCode.TEST_FAILED)
    assert view.run.failure.what == (
        f"The build secret npm cannot be read from {stack.directory}/missing.txt: No such file or directory."
    )


async def test_a_dockerfile_for_buildkit_is_refused_without_it(
    stack: Stack, monkeypatch: Any, tmp_path: Path
) -> None:
    for name, value in without_buildx(tmp_path, os.environ["PATH"]).items():
        monkeypatch.setenv(name, value)
    stack.remote.edit(
        "Dockerfile", "FROM base AS test", "FROM base AS test\nRUN --mount=type=tmpfs,target=/t ls"
    )
    stack.remote.push("Needs BuildKit")
    stack.start_worker()
    view = await stack.deploy()
    assert view.run.exit_code in (ExitCode.BUILD_FAILED, ExitCode.TEST_FAILED)
    assert view.run.failure.what.startswith("The image of app needs BuildKit (line 6: RUN --mount), and")
    assert "Step 1/" not in _log(stack, view)


async def test_the_machine_is_asked_once(builder: Builder, monkeypatch: Any) -> None:
    builders = Builders()
    assert await builders.find() is builder
    monkeypatch.setenv("PATH", "/nowhere")
    assert await builders.find() is builder
    assert await Builders().find() is Builder.CLASSIC


async def test_a_buildx_that_does_not_work_may_work_later(images: Any, monkeypatch: Any) -> None:
    for name, value in (await with_buildx(images.python)).items():
        monkeypatch.setenv(name, value)
    builders = Builders()
    with monkeypatch.context() as away:
        away.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
        assert await builders.find() is Builder.CLASSIC
    assert await builders.find() is Builder.BUILDKIT
