"""Real parts that tests of several folders share: made once, when first asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from demo.machine.images import Images, ensure_images
from tests.postgres_server import PostgresServer, running_postgres


@pytest.fixture(scope="session")
def images() -> Images:
    """Names of the base images, pulled or made."""
    return ensure_images()


@pytest.fixture(scope="session")
def postgres(images: Images) -> Iterator[PostgresServer]:
    with running_postgres(images.postgres) as server:
        yield server
