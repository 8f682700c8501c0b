"""A dump encrypted for its keepers, and opened again where one of their keys is at hand."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.database.archive import Locked, decrypting, encrypting, wrong_key
from pipeline.database.faults import tells_of_the_backup
from pipeline.database.manifest import SEALED, Manifest, Properties
from pipeline.model.errors import PipelineError
from pipeline.process import Command, CommandFailed, run_chain, scratch

_CHUNK = 1024 * 1024


class BackupFailed(PipelineError):
    """No dump could be made, or it cannot be read back."""


@dataclass(frozen=True, kw_only=True)
class Seal:
    """A dump is kept encrypted for `recipients`. It is written plain and proven in the folder `scratch`, and
    stays there where no `identity` is at hand to open the kept one with."""

    recipients: tuple[str, ...]
    identity: Path | None
    scratch: Path


async def encrypt(
    seal: Seal, plain: Path, into: Path, *, timeout: float, redact: Callable[[str], str]
) -> None:
    """Raises CommandFailed."""
    await run_chain(
        [encrypting(seal.recipients)],
        timeout=timeout,
        stdin_from=plain,
        stdout_to=into,
        redact=redact,
        check=True,
    )


async def opened(
    identity: Path, sealed: Path, plain: Path, *, timeout: float, redact: Callable[[str], str]
) -> str | None:
    """What is wrong with `sealed`, made of `plain`, once it is opened again; None where nothing is.

    Raises BackupFailed where it is encrypted for other keys, CommandFailed where it could not be tried.
    """
    try:
        chain = [decrypting(identity), Command(("sha256sum",))]
        done = await run_chain(chain, timeout=timeout, stdin_from=sealed, redact=redact, check=True)
    except CommandFailed as error:
        if wrong_key(error):
            raise BackupFailed(
                "The backup is encrypted for other keys than that of BACKUP_IDENTITY, so it could not be"
                " restored here.",
                advice="Add the public key of that one to BACKUP_RECIPIENTS, or take BACKUP_IDENTITY away.",
            ) from error
        if not tells_of_the_backup(error):
            raise
        return f"the encrypted copy cannot be opened: {error.what}"
    if done[-1].stdout.split()[:1] != [await asyncio.to_thread(sha256_of, plain)]:
        return "the encrypted copy does not open to what was encrypted"
    return None


async def sealed(
    manifest: Manifest, recipients: tuple[str, ...], *, timeout: float, redact: Callable[[str], str]
) -> Manifest:
    """The same with the values of the database's settings encrypted, for a secret may be among them. Raises
    CommandFailed."""
    properties = manifest.properties
    if not properties.settings:
        return manifest
    values = json.dumps([setting.value for setting in properties.settings]).encode()
    hidden = replace(
        properties,
        settings=[replace(setting, value="") for setting in properties.settings],
        sealed=base64.b64encode(await _through(encrypting(recipients), values, timeout, redact)).decode(),
    )
    return replace(manifest, format=SEALED, properties=hidden)


async def unsealed(
    properties: Properties, identity: Path | None, *, timeout: float, redact: Callable[[str], str]
) -> Properties:
    """With the values of the settings again, where they are encrypted. Raises Locked, CommandFailed."""
    if properties.sealed is None:
        return properties
    if identity is None:
        raise Locked("The settings of the database are encrypted, and BACKUP_IDENTITY is not set.")
    raw = await _through(decrypting(identity), base64.b64decode(properties.sealed), timeout, redact)
    settings = [
        replace(setting, value=value)
        for setting, value in zip(properties.settings, json.loads(raw), strict=True)
    ]
    return replace(properties, settings=settings, sealed=None)


async def _through(command: Command, data: bytes, timeout: float, redact: Callable[[str], str]) -> bytes:
    with scratch() as folder:
        given, made = folder / "given", folder / "made"
        given.touch(mode=0o600)
        given.write_bytes(data)
        await run_chain(
            [command], timeout=timeout, stdin_from=given, stdout_to=made, redact=redact, check=True
        )
        return made.read_bytes()


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
