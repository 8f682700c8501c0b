"""Uploaded files: kept in memory, named and served as Telegram does."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from demo.botapi.errors import ApiError, bad_request
from demo.botapi.params import Call, Upload
from demo.botapi.values import StoredFile

if TYPE_CHECKING:
    from demo.botapi.world import World

MAX_DOCUMENT = 50_000_000
MAX_PHOTO = 10_000_000
MAX_DOWNLOAD = 20_000_000
_TEXTS = (".log", ".txt")


def stored_upload(world: World, call: Call, kind: str) -> StoredFile:
    """The file that the parameter `kind` carries, points at (`attach://name`) or names by file_id."""
    upload = call.files.get(kind)
    given = call.text(kind)
    if upload is None and given.startswith("attach://"):
        upload = call.files.get(given.removeprefix("attach://"))
    if upload is None:
        if not given:
            raise bad_request(f"There is no {kind} in the request")
        if given not in world.files:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return world.files[given]
    if not upload.content:
        raise bad_request("file must be non-empty")
    if len(upload.content) > MAX_DOCUMENT:
        raise ApiError(413, "Request Entity Too Large")
    width, height = (0, 0)
    if kind == "photo":
        width, height = _picture_size(upload.content)
        if not width or len(upload.content) > MAX_PHOTO:
            raise bad_request("IMAGE_PROCESS_FAILED" if not width else "PHOTO_SAVE_FILE_INVALID")
        if width + height > 10_000 or max(width, height) > 20 * min(width, height):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
    number = len(world.files) + 1
    folder, suffix = ("photos", ".jpg") if kind == "photo" else ("documents", _suffix(upload.name))
    file = StoredFile(
        file_id=f"local-{kind}-{number}",
        name=upload.name,
        path=f"{folder}/file_{number}{suffix}",
        mime_type=_mime_type(upload),
        content=upload.content,
        width=width,
        height=height,
    )
    world.files[file.file_id] = file
    return file


def get_file(world: World, call: Call) -> dict[str, Any]:
    file = world.files.get(call.text("file_id"))
    if file is None:
        raise bad_request("invalid file_id" if call.text("file_id") else "file_id not specified")
    if len(file.content) > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return {
        "file_id": file.file_id,
        "file_unique_id": f"u{file.file_id}",
        "file_size": len(file.content),
        "file_path": file.path,
    }


def _mime_type(upload: Upload) -> str:
    """Telegram knows a text by the ending of its name where the bot does not say."""
    unsaid = upload.mime_type == "application/octet-stream"
    return "text/plain" if unsaid and _suffix(upload.name) in _TEXTS else upload.mime_type


def _suffix(name: str) -> str:
    _, dot, ending = name.rpartition(".")
    return f".{ending}" if dot and ending.isalnum() and len(ending) <= 8 else ""


def _picture_size(content: bytes) -> tuple[int, int]:
    """Width and height of a PNG, GIF or JPEG; zeros for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    if content[:6] in (b"GIF87a", b"GIF89a") and len(content) >= 10:
        width, height = struct.unpack("<HH", content[6:10])
        return width, height
    at = 2
    while content.startswith(b"\xff\xd8") and at + 9 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return 0, 0
