"""The certificate that a TLS server shows."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.probe.http import Unreachable

_SEQUENCE, _UTC_TIME, _GENERALIZED_TIME, _VERSION = 0x30, 0x17, 0x18, 0xA0
_LONG = 0x80


@dataclass(frozen=True)
class Certificate:
    """Until when the server's own certificate is valid."""

    until: datetime


async def certificate(host: str, port: int, *, timeout: float) -> Certificate | Unreachable:
    """Make one handshake, within `timeout` seconds. Whether the certificate is trusted is not asked: an
    expired one is to be seen too."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(timeout):
            _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
    except TimeoutError:
        return Unreachable(f"no handshake within {timeout:g} s")
    except (OSError, OverflowError, ValueError) as error:  # ssl.SSLError is an OSError
        return Unreachable(f"handshake failed ({error})")
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.transport.abort()
    with suppress(OSError):
        await writer.wait_closed()
    try:
        return Certificate(valid_until(shown or b""))
    except (ValueError, IndexError) as error:
        return Unreachable(f"its certificate cannot be read ({error})")


def valid_until(der: bytes) -> datetime:
    """`notAfter` of an X.509 certificate in DER (RFC 5280, section 4.1). Raises ValueError, IndexError."""
    _, whole, _ = _element(der)
    _, rest, _ = _element(whole)
    kind, _, after = _element(rest)
    if kind == _VERSION:
        rest = after
    for _ in ("serial number", "signature", "issuer"):
        _, _, rest = _element(rest)
    kind, validity, _ = _element(rest)
    if kind != _SEQUENCE:
        raise ValueError("no validity where it should be")
    _, _, rest = _element(validity)
    kind, text, _ = _element(rest)
    return _moment(kind, text.decode("ascii"))


def _element(der: bytes) -> tuple[int, bytes, bytes]:
    """The first element: its tag, its content, and what follows it."""
    length, begin = der[1], 2
    if length >= _LONG:
        begin += length - _LONG
        length = int.from_bytes(der[2:begin], "big")
    if len(der) < begin + length:
        raise ValueError("it ends too early")
    return der[0], der[begin : begin + length], der[begin + length :]


def _moment(kind: int, text: str) -> datetime:
    """Years of two digits from 50 on are of the century before."""
    if kind == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    elif kind != _GENERALIZED_TIME:
        raise ValueError("no time where it should be")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
