"""The controller's image, built once."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import docker
import pytest

from demo.machine.images import Images
from tests.integration.hand_over.stack import Stack, build, installed


@pytest.fixture(scope="session")
def base(images: Images) -> Iterator[str]:
    tag = build(images, f"vnext-test-controller:base-{secrets.token_hex(4)}")
    yield tag
    client = docker.from_env()
    client.images.remove(tag, force=True, noprune=True)
    client.close()


@pytest.fixture
async def stack(tmp_path: Path, images: Images, base: str) -> AsyncIterator[Stack]:
    async with installed(tmp_path, images, base) as found:
        yield found
