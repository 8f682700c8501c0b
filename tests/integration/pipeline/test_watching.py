"""The watch on real containers: what died, loops, is unhealthy or short of memory; and a burst of events."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from pipeline.cancelling import end
from pipeline.engine.probation.looking import look
from pipeline.model.alert import Alert, Problem, Severity
from pipeline.model.errors import StageFailed
from pipeline.model.states import RunKind, Source, StageName
from pipeline.parts import assemble
from pipeline.stages.journey import Parts
from pipeline.stages.resolved import installed_compose_file, read
from pipeline.stages.switch import wait
from pipeline.watching.keep import Paces, _Watch, keep_watching
from pipeline.watching.production import Patience
from pipeline.watching.sampling import Sampler
from pipeline.watching.telling import Telling
from tests.integration.pipeline.stack import PATIENCE, Stack, installed
from tests.ports import free_port

SHORT = Patience(
    down_after=timedelta(seconds=4),
    up_for=timedelta(seconds=2),
    unhealthy_after=timedelta(seconds=2),
    healthy_for=timedelta(seconds=1),
)
LONGER = replace(SHORT, down_after=timedelta(seconds=15))  # than Docker takes to start a container again
PACES = Paces(production=2, pending=0.5, least=0.5, endpoint=600, host=600, bot=600, backups=600)
ONCE = "test -e /seen && exec sleep 600; touch /seen; "
HUNGRY = "python -c 'b = bytearray(200_000_000)'"


@pytest.fixture
async def stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Any, images: Any
) -> AsyncIterator[Stack]:
    async with installed(tmp_path, monkeypatch, postgres, images, disk_alert_free=0) as stack:
        yield stack


@contextlib.asynccontextmanager
async def watched(stack: Stack, patience: Patience = LONGER) -> AsyncIterator[Parts]:
    async with assemble(stack.settings) as parts:
        watch = asyncio.create_task(keep_watching(parts, stack.project, paces=PACES, patience=patience))
        try:
            yield parts
        finally:
            await end([watch])


def _run(
    stack: Stack,
    image: str,
    service: str,
    line: str,
    *,
    one_off: bool = False,
    number: int = 1,
    **more: Any,
) -> Any:
    labels = {
        "com.docker.compose.project": stack.settings.compose_project_name,
        "com.docker.compose.service": service,
        "com.docker.compose.oneoff": str(one_off),
        "deployment.group": stack.settings.deployment_group,
    }
    name = f"{stack.settings.compose_project_name}-{service}{'-once' if one_off else f'-{number}'}"
    return stack.client.containers.run(
        image, ["sh", "-c", line], name=name, labels=labels, detach=True, init=True, **more
    )


async def _told(stack: Stack, wanted: Callable[[dict[str, Alert]], bool]) -> dict[str, Alert]:
    """What is open, by fingerprint, once it is as wanted."""
    found: dict[str, Alert] = {}
    try:
        async with asyncio.timeout(PATIENCE), stack.store.news.subscribe() as news:
            while True:
                opened = await stack.store.alerts.open(stack.project.id)
                found = {alert.problem.fingerprint: alert for alert in opened}
                if wanted(found):
                    return found
                await news.wait(1)
    except TimeoutError:
        pytest.fail(f"told is only: {found}")


async def test_what_becomes_of_containers(stack: Stack, images: Any) -> None:
    image = images.python
    always = {"Name": "always"}
    failing = {"test": ["CMD", "false"], "interval": 500_000_000, "retries": 1}
    async with watched(stack):
        fine = await asyncio.to_thread(_run, stack, image, "fine", "exec sleep 600")
        makes = (
            ("dies", "echo boom; sleep 1; exit 3", {}),
            ("loops", "exit 1", {"restart_policy": always}),
            ("once", f"{ONCE}sleep 1; exit 9", {"restart_policy": always}),
            (
                "hungry",
                f"{ONCE}{HUNGRY}",
                {"restart_policy": always, "mem_limit": "24m", "memswap_limit": "24m"},
            ),
            ("ill", "exec sleep 600", {"healthcheck": failing}),
        )
        for service, line, more in makes:
            await asyncio.to_thread(_run, stack, image, service, line, **more)
        expected = {"down/dies", "loop/loops", "restarted/once", "oom/hungry", "unhealthy/ill"}
        await asyncio.to_thread(fine.restart, timeout=1)
        await asyncio.to_thread(_run, stack, image, "fine", "exit 0", one_off=True)  # such as a migration
        found = await _told(stack, lambda told: expected <= told.keys())
        assert found.keys() == expected
        down = found["down/dies"].problem
        assert down.what == "dies ended with exit code 3 and does not run again."
        assert (down.severity, down.details[-1]) == (Severity.CRITICAL, "boom")
        assert found["restarted/once"].problem.what == (
            "once ended by itself with exit code 9; Docker started it again."
        )
        assert found["restarted/once"].times == 1
        assert found["loop/loops"].times >= 3

        await asyncio.to_thread(fine.stop, timeout=1)
        found = await _told(stack, lambda told: "down/fine" in told)
        assert found["down/fine"].problem.what.startswith("fine was stopped by somebody on the server")
        await asyncio.to_thread(fine.start)
        await _told(stack, lambda told: "down/fine" not in told)


async def test_a_one_off_that_ran_out_of_memory_says_nothing_of_the_release(
    stack: Stack, images: Any
) -> None:
    async with assemble(stack.settings) as parts:
        app = await read(parts, installed_compose_file(parts))
        began = parts.clock()
        small = {"mem_limit": "24m", "memswap_limit": "24m"}
        run = functools.partial(_run, stack, images.python, "app", HUNGRY, **small)
        for one_off in (True, False):
            assert (await look(parts, app, began)).oom == {}
            made = await asyncio.to_thread(run, one_off=one_off)
            await asyncio.to_thread(made.wait)
        async with asyncio.timeout(PATIENCE):
            while not (found := (await look(parts, app, began)).oom):  # noqa: ASYNC110 - may be told late
                await asyncio.sleep(0.1)
        assert found == {"app": 1}


async def test_of_two_containers_of_a_service_the_newer_may_be_the_one_that_failed(
    stack: Stack, images: Any
) -> None:
    run = functools.partial(_run, stack, images.python, "app")
    async with assemble(stack.settings) as parts:
        app = await read(parts, installed_compose_file(parts))
        began = parts.clock()
        await asyncio.to_thread(run, "exec sleep 600")
        ended = await asyncio.to_thread(run, "echo boom; exit 3", number=2)
        await asyncio.to_thread(ended.wait)
        seen = (await look(parts, app, began)).services["app"]
        assert (seen.running, seen.exit_code) == (False, 3)
        with pytest.raises(StageFailed, match="app ended right after its start") as failed:
            await wait(parts, app, lambda _: None)
        assert failed.value.log == "boom"


async def test_what_ends_while_a_run_switches_is_expected_and_what_was_told_outlives_the_worker(
    stack: Stack, images: Any
) -> None:
    gone = await asyncio.to_thread(_run, stack, images.python, "gone", "exec sleep 600")
    store, project = stack.store, stack.project
    async with watched(stack, SHORT):
        await asyncio.to_thread(gone.kill)
        [before] = (await _told(stack, lambda told: "down/gone" in told)).values()
        run = await store.runs.request(project.id, RunKind.DEPLOY, source=Source.CLI, by="tester")
        claimed = await store.runs.claim(run.id)
        assert claimed is not None
        await store.runs.lay(run.id, claimed.epoch, [StageName.STOP])
        await store.runs.cross(run.id, claimed.epoch)
        serving = await asyncio.to_thread(_run, stack, images.python, "serving", "exec sleep 600")
        await asyncio.sleep(2 * PACES.production)
        await asyncio.to_thread(serving.remove, force=True)
        await asyncio.sleep(SHORT.down_after.total_seconds() + 2 * PACES.production)
    opened = await store.alerts.open(project.id)
    assert [(alert.id, alert.times) for alert in opened] == [(before.id, 1)]
    async with watched(stack, SHORT):
        await asyncio.sleep(2 * PACES.production)
        opened = await store.alerts.open(project.id)
        assert [(alert.id, alert.times) for alert in opened] == [(before.id, 1)]


async def test_what_was_told_of_a_certificate_is_over_once_there_is_none(stack: Stack) -> None:
    ends = Problem(
        fingerprint="certificate",
        severity=Severity.CRITICAL,
        title="The certificate has expired",
        what="It was valid until yesterday.",
        production="Browsers refuse it.",
        advice="Renew it.",
    )
    alerts, project = stack.store.alerts, stack.project
    await alerts.settle(project.id, "certificate", [ends], datetime.now(UTC))
    async with assemble(stack.settings) as parts:
        for address, left in (
            (f"https://127.0.0.1:{free_port()}", ["certificate"]),
            ("http://127.0.0.1", []),
        ):
            of_it = replace(parts, settings=parts.settings.model_copy(update={"api_url": address}))
            watch = _Watch(
                parts=of_it,
                sampler=Sampler(of_it, project),
                telling=Telling(stack.store, project.id),
                paces=PACES,
                patience=SHORT,
                whole=True,
            )
            await watch.certificate()
            assert [each.problem.fingerprint for each in await alerts.open(project.id)] == left


async def test_a_burst_of_deaths_is_a_few_writes(stack: Stack, images: Any) -> None:
    journal = stack.settings.journal
    writes = 0

    def note(*told: Any) -> None:
        nonlocal writes
        writes += str(told[-1]).startswith("alert:")

    connection = await asyncpg.connect(
        host=journal.host,
        port=journal.port,
        user=journal.user,
        password=journal.password,
        database=journal.database,
    )
    try:
        await connection.add_listener("pipeline", note)
        async with watched(stack):
            flapping = await asyncio.to_thread(_run, stack, images.python, "flapping", "exit 1")
            async with asyncio.timeout(PATIENCE):
                loop = asyncio.get_running_loop()
                began = loop.time()
                for _ in range(40):
                    await asyncio.to_thread(flapping.wait)
                    await asyncio.to_thread(flapping.start)
            spent = loop.time() - began
            found = await _told(
                stack, lambda told: "loop/flapping" in told and told["loop/flapping"].times >= 39
            )
            assert found.keys() == {"loop/flapping"}
            assert writes <= (loop.time() - began) / PACES.least + 4, spent
    finally:
        await connection.close()
