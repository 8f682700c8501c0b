"""A container registry as `docker push` and `docker pull` need one: blobs and manifests, in memory."""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from aiohttp import web

_DIGEST = "Docker-Content-Digest"
_BLOB_BYTES = 256 * 1024 * 1024


@dataclass
class Registry:
    """`address` is host:port on loopback, where Docker speaks plain HTTP. `manifests` are kept by repository
    and by tag or digest: their kind and bytes."""

    address: str = ""
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[tuple[str, str], tuple[str, bytes]] = field(default_factory=dict)
    uploads: dict[str, bytearray] = field(default_factory=dict)

    def digest(self, repository: str, tag: str) -> str:
        """Of the manifest that a tag names now."""
        return _digest(self.manifests[repository, tag][1])

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/v2/":
            return web.json_response({})
        match = re.fullmatch(r"/v2/(.+)/(blobs|manifests)/(.+?)/?", request.path)
        if match is None:
            raise web.HTTPNotFound
        repository, kind, reference = match.groups()
        if request.method in ("GET", "HEAD"):
            return self._read(repository, kind, reference)
        if kind == "manifests" and request.method == "PUT":
            return await self._keep_manifest(request, repository, reference)
        return await self._upload(request, repository, reference)

    def _read(self, repository: str, kind: str, reference: str) -> web.Response:
        if kind == "blobs" and reference in self.blobs:
            body, media = self.blobs[reference], "application/octet-stream"
        elif (repository, reference) in self.manifests:
            media, body = self.manifests[repository, reference]
        else:
            raise web.HTTPNotFound
        return web.Response(body=body, headers={"Content-Type": media, _DIGEST: _digest(body)})

    async def _keep_manifest(self, request: web.Request, repository: str, reference: str) -> web.Response:
        body = await request.read()
        for name in (reference, _digest(body)):
            self.manifests[repository, name] = (request.headers["Content-Type"], body)
        return web.Response(status=201, headers={_DIGEST: _digest(body)})

    async def _upload(self, request: web.Request, repository: str, reference: str) -> web.Response:
        token = reference.removeprefix("uploads").strip("/") or secrets.token_hex(8)
        received = self.uploads.setdefault(token, bytearray())
        received += await request.read()
        place = {"Location": f"/v2/{repository}/blobs/uploads/{token}"}
        if request.method != "PUT":
            return web.Response(status=202, headers={**place, "Range": f"0-{max(len(received) - 1, 0)}"})
        body = bytes(self.uploads.pop(token))
        if _digest(body) != request.query["digest"]:
            raise web.HTTPBadRequest
        self.blobs[_digest(body)] = body
        return web.Response(status=201, headers={**place, _DIGEST: _digest(body)})


@contextlib.asynccontextmanager
async def running_registry() -> AsyncIterator[Registry]:
    """Serves on any port of 127.0.0.1."""
    registry = Registry()
    application = web.Application(client_max_size=_BLOB_BYTES)
    application.router.add_route("*", "/{path:.*}", registry.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        registry.address = "{}:{}".format(*runner.addresses[0])
        yield registry
    finally:
        await runner.cleanup()


def _digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"
