"""The Engine API on a real daemon, with one small container at a time."""

import asyncio
import gc
import secrets
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from pipeline.containers.engine import Engine, EngineRefused, EngineUnreachable
from pipeline.containers.events import container_events
from pipeline.redact import redactor

RUN = 4711
Make = Callable[..., Awaitable[str]]


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


@pytest.fixture
async def make(engine: Engine, images: Any) -> AsyncIterator[Make]:
    """Creates containers that run a line of shell; all are gone afterwards."""
    names = []

    async def make(line: str, *, start: bool = True) -> str:
        name = f"vnext-test-{secrets.token_hex(4)}"
        names.append(name)
        await engine.create(images.python, name, ["sh", "-c", line], RUN)
        if start:
            await engine.start(name)
        return name

    yield make
    for name in names:
        await engine.remove(name)


async def test_from_creation_to_removal(engine: Engine, make: Make, images: Any) -> None:
    name = await make("exec sleep 60", start=False)
    made = await engine.container(name)
    assert made is not None
    image = await engine.image(images.python)
    assert image is not None
    assert (made.name, made.service, made.running, made.health, made.exit_code, made.started_at) == (
        name,
        None,
        False,
        None,
        0,
        None,
    )
    assert (made.image, made.image_name, made.restarts) == (image.id, images.python, 0)
    await engine.start(name)
    running = await engine.container(name)
    assert running is not None
    assert (running.id, running.running, running.exit_code) == (made.id, True, None)
    assert running.started_at is not None
    assert [c.name for c in await engine.containers([f"deployment.run={RUN}"]) if c.name == name] == [name]
    assert await engine.containers([f"deployment.run={RUN}", "deployment.group=none"]) == []
    await engine.stop(name)
    stopped = await engine.container(name)
    assert stopped is not None
    assert not stopped.running
    assert stopped.exit_code in (143, 137)  # its grace may be too short on a busy machine
    listed = await engine.containers([f"deployment.run={RUN}"], everything=False)
    assert name not in [c.name for c in listed]
    await engine.remove(name)
    await engine.remove(name)
    assert await engine.container(name) is None


async def test_the_same_name_gives_the_same_container(engine: Engine, make: Make, images: Any) -> None:
    name = await make("exit 0", start=False)
    first = await engine.container(name)
    assert first is not None
    assert await engine.create(images.python, name, ["sh", "-c", "exit 1"], RUN) == first.id
    await engine.start(name)
    await engine.start(name)
    assert await engine.wait(name, timeout=30) == 0


async def test_what_a_container_says_is_followed_line_by_line(engine: Engine, make: Make) -> None:
    name = await make("echo one; echo two >&2; printf 'thr'; sleep 0.2; printf 'ee\\r\\n\\n'; echo ü; exit 7")
    lines: list[str] = []
    async with asyncio.timeout(30):
        await engine.follow(name, lines.append)
    assert await engine.wait(name, timeout=30) == 7
    assert sorted(lines) == sorted(["one", "two", "three", "", "ü"])
    assert sorted(await engine.logs(name)) == sorted(lines)
    assert len(await engine.logs(name, tail=2)) == 2


async def test_a_secret_that_comes_in_two_parts_is_masked(engine: Engine, make: Make) -> None:
    name = await make("printf 'see hunt'; sleep 0.2; printf 'er22 and '; sleep 0.2; echo aHVudGVyMjI=")
    lines: list[str] = []
    async with asyncio.timeout(30):
        await engine.follow(name, lines.append, redactor(["hunter22"]))
    assert lines == ["see *** and ***="]


async def test_following_may_begin_after_the_end(engine: Engine, make: Make) -> None:
    name = await make("printf 'over\\nand out'")
    await engine.wait(name, timeout=30)
    lines: list[str] = []
    await engine.follow(name, lines.append)
    assert lines == ["over", "and out"]


async def test_following_ends_when_it_is_cancelled(engine: Engine, make: Make) -> None:
    name = await make("echo up; exec sleep 60")
    heard = asyncio.Event()
    threads = threading.active_count()
    following = asyncio.create_task(engine.follow(name, lambda _: heard.set()))
    async with asyncio.timeout(30):
        await heard.wait()
    began = time.monotonic()
    following.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following
    assert time.monotonic() - began < 5
    found = await engine.container(name)
    assert found is not None
    assert found.running
    assert threading.active_count() <= threads + 1  # a thread of the pool stays, idle


async def test_following_within_a_time_limit(engine: Engine, make: Make) -> None:
    name = await make("exec sleep 60")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await engine.follow(name, lambda _: None)


async def test_waiting_has_an_end(engine: Engine, make: Make) -> None:
    name = await make("exec sleep 60")
    with pytest.raises(TimeoutError):
        await engine.wait(name, timeout=1)


async def test_files_of_a_container_that_has_ended(engine: Engine, make: Make) -> None:
    name = await make(
        "mkdir -p /reports/deep/er && printf '<a/>' > /reports/junit.xml && : > /reports/empty"
        " && printf '\\000\\377' > /reports/deep/er/bytes && ln -s /etc/passwd /reports/link"
    )
    assert await engine.wait(name, timeout=30) == 0
    assert await engine.files(name, "/reports") == {
        "junit.xml": b"<a/>",
        "empty": b"",
        "deep/er/bytes": b"\x00\xff",
    }
    assert await engine.files(name, "/reports/deep") == {"er/bytes": b"\x00\xff"}
    assert await engine.files(name, "/nowhere") == {}


async def test_more_than_a_report_is_refused(engine: Engine, make: Make) -> None:
    name = await make("mkdir /reports && truncate -s 65M /reports/core")
    assert await engine.wait(name, timeout=30) == 0
    with pytest.raises(EngineRefused, match=r"/reports in .* holds more than 64 MiB"):
        await engine.files(name, "/reports")


async def test_a_tag_moves(engine: Engine, images: Any) -> None:
    image = await engine.image(images.python)
    assert image is not None
    assert image.id.startswith("sha256:")
    assert image.bytes > 1_000_000
    repository = f"vnext-test-{secrets.token_hex(4)}"
    assert await engine.image(f"{repository}:live") is None
    try:
        await engine.tag(image.id, repository, "live")
        await engine.tag(image.id, repository, "live")
        assert await engine.image(f"{repository}:live") == image
    finally:
        await engine._call(lambda client: client.images.remove(f"{repository}:live"))
    assert await engine.image(image.id) == image


async def test_what_the_daemon_refuses_is_said(engine: Engine) -> None:
    with pytest.raises(EngineRefused, match="No such container: vnext-test-nobody"):
        await engine.start("vnext-test-nobody")
    with pytest.raises(EngineRefused, match=r"^Docker refused: .*vnext-test-nothing"):
        await engine.create("vnext-test-nothing:never", "vnext-test-nobody", None, RUN)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # docker leaves the socket
async def test_where_no_daemon_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    engine = Engine()
    with pytest.raises(EngineUnreachable, match=r"^Docker does not answer: "):
        await engine.ping()
    engine.close()
    async with container_events(["deployment.run"]) as news:
        await asyncio.sleep(0.1)
        assert not news.is_set()
    gc.collect()


async def test_events_wake_whoever_waits(engine: Engine, make: Make) -> None:
    await engine.ping()
    name = await make("exec sleep 60", start=False)
    async with container_events([f"deployment.run={RUN}"]) as news:
        async with asyncio.timeout(30):
            while not news.is_set():  # from when on the daemon tells is not told by it
                await engine.start(name)
                await asyncio.sleep(0.2)
                await engine.stop(name)
        news.clear()
        await asyncio.sleep(0.3)
        news.clear()
        await engine.start(name)
        async with asyncio.timeout(30):
            await news.wait()


async def test_events_of_others_wake_nobody_and_leaving_leaves_nothing(engine: Engine, make: Make) -> None:
    name = await make("exec sleep 60", start=False)
    async with container_events(["deployment.run=another"]) as news:
        await asyncio.sleep(0.5)
        await engine.start(name)
        await asyncio.sleep(0.5)
        assert not news.is_set()
        leaving = time.monotonic()
    assert time.monotonic() - leaving < 30  # a stream that is silent ends by itself after 600 s


async def test_events_left_at_once(engine: Engine) -> None:
    await engine.ping()
    async with asyncio.timeout(30):
        for _ in range(5):
            async with container_events(["deployment.run"]):
                pass


async def test_only_the_one_offs_of_a_run_are_removed(engine: Engine, images: Any) -> None:
    project = f"vnext-test-{secrets.token_hex(4)}"
    image = images.python
    services = {"com.docker.compose.oneoff": "False", "deployment.run": "7"}
    names = {
        f"{project}-run-7-test": {"deployment.run": "7"},
        f"{project}-run-7-migrate": {"deployment.run": "7", "com.docker.compose.oneoff": "True"},
        f"{project}-run-77-test": {"deployment.run": "77"},
        f"other-{project}-run-7-test": {"deployment.run": "7"},
        f"{project}-app-1": services,  # its image was built by the run and bears its label
        f"{project}-run-7-1": services,  # of a service that is called so
    }

    def lay(client: Any) -> None:
        for name, labels in names.items():
            client.api.create_container(image, command=["sleep", "60"], name=name, labels=labels)
        client.api.start(f"{project}-run-7-migrate")

    try:
        await engine._call(lay)
        removed = await engine.remove_one_offs(project, 7)
        assert sorted(removed) == [f"{project}-run-7-migrate", f"{project}-run-7-test"]
        assert await engine.remove_one_offs(project, 7) == []
        left = [name for name in names if await engine.container(name)]
        assert left == [name for name in names if name not in removed]
    finally:
        for name in names:
            await engine.remove(name)
