"""A real handshake with a certificate made on the fly."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.probe import Certificate, Unreachable, certificate
from pipeline.probe.tls import valid_until
from tests.ports import free_port


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificate and key, valid for two days."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ),
            *("-days", "2", "-subj", "/CN=localhost", "-keyout", path, "-out", path.with_suffix(".crt")),
        ],
        check=True,
        capture_output=True,
    )
    path.write_text(path.read_text() + path.with_suffix(".crt").read_text())
    return path


@pytest.fixture
async def port(pem: Path) -> AsyncIterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    left = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.read()
            writer.close()
            await writer.wait_closed()
        left.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server, asyncio.timeout(30):
        yield _port_of(server)
        await left.wait()


def _port_of(server: asyncio.Server) -> int:
    number: int = server.sockets[0].getsockname()[1]
    return number


@pytest.fixture(scope="module")
def told(pem: Path) -> str:
    """What openssl says of it."""
    argv = ["openssl", "x509", "-noout", "-enddate", "-in", pem]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


async def test_until_when_a_certificate_nobody_trusts_is_valid(port: int, told: str) -> None:
    found = await certificate("localhost", port, timeout=10)
    assert isinstance(found, Certificate)
    assert found.until == datetime.strptime(told.strip(), "notAfter=%b %d %H:%M:%S %Y GMT").replace(
        tzinfo=UTC
    )
    assert timedelta(days=1) < found.until - datetime.now(UTC) <= timedelta(days=2)


async def test_a_server_without_tls_and_none_at_all() -> None:
    left = asyncio.Event()

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        left.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server, asyncio.timeout(30):
        found = await certificate("127.0.0.1", _port_of(server), timeout=10)
        await left.wait()
    assert isinstance(found, Unreachable)
    assert found.reason.startswith("handshake failed (")
    assert isinstance(await certificate("127.0.0.1", free_port(), timeout=10), Unreachable)


async def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    left = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        left.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server, asyncio.timeout(30):
        found = await certificate("127.0.0.1", _port_of(server), timeout=0.3)
        assert found == Unreachable("no handshake within 0.3 s")
        await left.wait()


@pytest.mark.parametrize("der", [b"", b"\x30", b"\x30\x82\x01", b"\x30\x03\x30\x01\x05", b"\x00" * 40])
def test_what_is_no_certificate_is_refused(der: bytes) -> None:
    with pytest.raises((ValueError, IndexError)):
        valid_until(der)
