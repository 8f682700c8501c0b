"""GET with a bounded body."""

from __future__ import annotations

import asyncio
import functools
import json
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

BODY_BYTES = 1024 * 1024
HEAD_CHARACTERS = 500
MAX_PORT = 65535


@dataclass(frozen=True)
class Answer:
    """An HTTP answer of any status. `json` is None when the body is not JSON or was over 1 MiB;
    `text_head` is the first 500 characters of the body."""

    status: int
    json: object | None
    text_head: str
    milliseconds: int


@dataclass(frozen=True)
class Unreachable:
    """No HTTP answer; `reason` is a phrase for a person."""

    reason: str


async def get_json(
    url: str,
    *,
    timeout: float,
    transport: httpx.AsyncBaseTransport | None = None,
    through: Path | None = None,
) -> Answer | Unreachable:
    """Ask once, within `timeout` seconds for the whole answer; `through` a Unix socket, wherever the address
    leads. Redirects are not followed, and proxies
    of the environment not used: the question is what this very address answers."""
    import httpx  # not needed until something is asked, and slow to import

    if through is not None:
        transport = httpx.AsyncHTTPTransport(verify=_trusted(), uds=str(through), trust_env=False)
    started = time.monotonic()
    try:
        if (httpx.URL(url).port or 0) > MAX_PORT:
            raise httpx.InvalidURL(f"there is no port beyond {MAX_PORT}")  # noqa: TRY301 - told as httpx would
        async with (
            asyncio.timeout(timeout),
            httpx.AsyncClient(
                verify=_trusted(),
                timeout=None,  # noqa: S113 - asyncio.timeout bounds the whole
                trust_env=False,
                transport=transport,
            ) as client,
            client.stream("GET", url) as response,
        ):
            body, whole = await _bounded(response)
    except TimeoutError:
        return Unreachable(f"no answer within {timeout:g} s")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Unreachable(_reason(error))
    return Answer(
        status=response.status_code,
        json=_parsed(body) if whole else None,
        text_head=body[: 4 * HEAD_CHARACTERS].decode(errors="replace")[:HEAD_CHARACTERS],
        milliseconds=round((time.monotonic() - started) * 1000),
    )


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Made once: it reads every certificate authority, 30 ms of a processor, and each probe needs it."""
    import httpx

    return httpx.create_ssl_context(trust_env=False)


async def _bounded(response: httpx.Response) -> tuple[bytes, bool]:
    body = bytearray()
    async for chunk in response.aiter_bytes(64 * 1024):
        body += chunk
        if len(body) > BODY_BYTES:
            return bytes(body[:BODY_BYTES]), False
    return bytes(body), True


def _parsed(body: bytes) -> object | None:
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value


def _reason(error: httpx.HTTPError | httpx.InvalidURL) -> str:
    import httpx

    match error:
        case httpx.ConnectError():
            return f"connection failed ({error})"
        case httpx.RemoteProtocolError():
            return f"what answered does not speak HTTP properly ({error})"
        case httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return f"not an address that can be asked ({error})"
        case _:
            return f"connection broke ({type(error).__name__}: {error})"
