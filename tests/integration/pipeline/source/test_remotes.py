"""Remotes of every kind that can be had on the loopback: git daemon, HTTP with a password, a silent one."""

import asyncio
import base64
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer

from pipeline.source import RemoteUnreachable, Source, remote_tips

from .conftest import ENVIRONMENT, Repository

USER, PASSWORD = "deploy", "p@ss/word"
EXPECTED = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@asynccontextmanager
async def http_remote(root: Path, seen: list[str]) -> AsyncIterator[BaseTestServer]:
    """git's own HTTP backend behind basic authentication."""

    async def serve(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization", ""))
        if request.headers.get("Authorization") != EXPECTED:
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="git"'})
        body = await request.read()
        backend = await asyncio.create_subprocess_exec(
            "git",
            "-c",
            "safe.directory=*",
            "http-backend",
            env={
                **ENVIRONMENT,
                "GIT_PROJECT_ROOT": str(root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": request.path,
                "QUERY_STRING": request.query_string,
                "REQUEST_METHOD": request.method,
                "CONTENT_TYPE": request.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
                "REMOTE_USER": USER,
            },
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        answer, _ = await backend.communicate(body)
        head, _, content = answer.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        status = int(headers.pop("Status", "200").split()[0])
        return web.Response(status=status, headers=headers, body=content)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", serve)
    async with TestServer(app, host="127.0.0.1") as server:
        yield server


def secret_processes() -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if "p@ss" in line or "p%40ss" in line:
            found.append(line)
    return found


async def test_http_with_a_password_that_stands_in_no_argv(
    repository: Repository, mirror: Path, tmp_path: Path
) -> None:
    sha = repository.commit(a="x")
    repository.push()
    seen: list[str] = []
    spotted: list[str] = []

    async def watch() -> None:
        while True:
            spotted.extend(await asyncio.to_thread(secret_processes))
            await asyncio.sleep(0.005)

    async with http_remote(repository.remote.parent, seen) as server:
        url = f"http://{USER}:p%40ss%2Fword@127.0.0.1:{server.port}/remote.git"
        watcher = asyncio.create_task(watch())
        source = Source(url, mirror)
        assert await source.tips() == {"main": sha}
        await source.fetch()
        watcher.cancel()
        assert source.url == f"http://127.0.0.1:{server.port}/remote.git"
    assert EXPECTED in seen
    assert spotted == []
    written = b"".join(path.read_bytes() for path in mirror.rglob("*") if path.is_file())
    assert b"p@ss" not in written
    assert b"p%40ss" not in written
    await source.export(sha, tmp_path / "out")


async def test_a_wrong_password_is_refused_without_being_told(repository: Repository) -> None:
    repository.commit()
    repository.push()
    async with http_remote(repository.remote.parent, []) as server:
        for credentials in ("me:hunter2@", "hunter2@", ""):
            with pytest.raises(RemoteUnreachable) as caught:
                await remote_tips(f"http://{credentials}127.0.0.1:{server.port}/remote.git")
            assert "hunter2" not in str(caught.value)
            assert f"http://127.0.0.1:{server.port}/remote.git" in caught.value.what
            assert "tried git ls-remote" in caught.value.what


async def test_credentials_do_not_follow_a_redirect() -> None:
    leaked: list[str] = []

    async def stranger(request: web.Request) -> web.Response:
        leaked.append(request.headers.get("Authorization", ""))
        return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="x"'})

    elsewhere = web.Application()
    elsewhere.router.add_route("*", "/{path:.*}", stranger)
    async with TestServer(elsewhere, host="127.0.0.1") as other:

        async def redirect(request: web.Request) -> web.Response:
            raise web.HTTPFound(f"http://127.0.0.1:{other.port}{request.path_qs}")

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", redirect)
        async with TestServer(app, host="127.0.0.1") as server:
            with pytest.raises(RemoteUnreachable):
                await remote_tips(f"http://{USER}:secret@127.0.0.1:{server.port}/remote.git")
    assert leaked
    assert set(leaked) == {""}


async def test_git_daemon(repository: Repository, mirror: Path, unused_tcp_port: int) -> None:
    sha = repository.commit()
    repository.push()
    daemon = await asyncio.create_subprocess_exec(
        *("git", "-c", "safe.directory=*", "daemon", "--listen=127.0.0.1", f"--port={unused_tcp_port}"),
        *("--export-all", "--reuseaddr", "--verbose", f"--base-path={repository.remote.parent}"),
        env=ENVIRONMENT,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert daemon.stderr is not None
    try:
        await asyncio.wait_for(daemon.stderr.readuntil(b"Ready to rumble"), 60)
        source = Source(f"git://127.0.0.1:{unused_tcp_port}/remote.git", mirror)
        assert await source.tips() == {"main": sha}
        await source.fetch()
        assert (await source.resolve("main")).sha == sha
    finally:
        os.killpg(daemon.pid, 15)
        await daemon.wait()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a repository to someone else")
@pytest.mark.parametrize("scheme", ["", "file://"])
async def test_a_local_remote_of_another_user(repository: Repository, mirror: Path, scheme: str) -> None:
    sha = repository.commit()
    repository.push()
    for path in (repository.remote, *repository.remote.rglob("*")):
        os.chown(path, 65534, 65534)
    source = Source(f"{scheme}{repository.remote}", mirror)
    assert await source.tip("main") == sha
    await source.fetch()


@contextmanager
def silent_remote() -> Iterator[int]:
    """The kernel lets in whoever comes; nobody ever reads or answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def git_children(port: int) -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if f":{port}/" in line:
            found.append(line)
    return found


async def test_a_silent_remote_runs_into_the_time_out() -> None:
    with silent_remote() as port:
        started = time.monotonic()
        with pytest.raises(RemoteUnreachable, match="no answer within 1 s"):
            await remote_tips(f"http://127.0.0.1:{port}/remote.git", timeout=1)
        assert time.monotonic() - started < 30
        assert git_children(port) == []


async def test_cancelling_ends_git() -> None:
    with silent_remote() as port:
        asking = asyncio.create_task(remote_tips(f"http://127.0.0.1:{port}/remote.git", timeout=60))
        while not git_children(port):  # noqa: ASYNC110 - another process tells by being there only
            await asyncio.sleep(0.02)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        for _ in range(100):
            if not git_children(port):
                break
            await asyncio.sleep(0.02)
        assert git_children(port) == []


async def test_nobody_there(unused_tcp_port: int) -> None:
    with pytest.raises(RemoteUnreachable):
        await remote_tips(f"http://127.0.0.1:{unused_tcp_port}/remote.git")


async def test_a_repository_around_the_working_directory_has_no_say(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where git itself has set its variables, as in a hook."""
    sha = repository.commit()
    repository.push()
    stranger = Repository(repository.clone.parent / "stranger")
    stranger.run("config", "url./nowhere.insteadOf", str(repository.remote))
    monkeypatch.setenv("GIT_DIR", str(stranger.clone / ".git"))
    monkeypatch.chdir(stranger.clone)
    assert await remote_tips(str(repository.remote)) == {"main": sha}
