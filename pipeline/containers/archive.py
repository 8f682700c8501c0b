"""A folder of a container as the Engine API sends it: a tar archive in chunks."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable

LIMIT_BYTES = 64 * 1024 * 1024


class TooLarge(Exception):
    """The archive is larger than LIMIT_BYTES."""


def files_of(chunks: Iterable[bytes]) -> dict[str, bytes]:
    """The regular files, by path relative to the folder. Raises TooLarge."""
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > LIMIT_BYTES:
            raise TooLarge
    found = {}
    with tarfile.open(fileobj=io.BytesIO(bytes(data))) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None:
                found[member.name.partition("/")[2]] = content.read()
    return found
