"""The parameters of an HTTP message: query string, form, multipart or JSON."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, ClientResponse, MultipartReader, web

from demo.botapi.errors import bad_request
from demo.botapi.params import Upload


async def read_request(request: web.Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    """Parameters (the body's win over the query's) and files by field name. Raises ApiError 400."""
    params: dict[str, Any] = dict(request.query)
    files: dict[str, Upload] = {}
    if request.content_type == "application/json":
        params.update(_object(await request.text()))
    elif request.method == "POST":
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                with value.file as content:
                    files[name] = Upload(
                        name=value.filename, content=content.read(), mime_type=value.content_type
                    )
            else:
                params[name] = value if isinstance(value, str) else bytes(value).decode("utf-8", "replace")
    return params, files


async def read_reply(response: ClientResponse) -> tuple[dict[str, Any], dict[str, Upload]]:
    """What a webhook answered, if it carries a method call; no `method` key when it does not."""
    if response.content_type == "application/json":
        text = await response.text()
        return (_object(text) if text.strip() else {}), {}
    if response.content_type == "application/x-www-form-urlencoded":
        return dict(parse_qsl(await response.text())), {}
    if not response.content_type.startswith("multipart/"):
        return {}, {}
    params: dict[str, Any] = {}
    files: dict[str, Upload] = {}
    reader = MultipartReader.from_response(response)
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader) or not part.name:
            continue
        if part.filename:
            files[part.name] = Upload(name=part.filename, content=bytes(await part.read()))
        else:
            params[part.name] = await part.text()
    return params, files


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        raise bad_request("Can't parse JSON object") from None
    if not isinstance(value, dict):
        raise bad_request("Object expected as the body")
    return value
