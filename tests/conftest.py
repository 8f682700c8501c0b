"""Real parts that tests of several folders share: made once, when first asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from demo.machine.images import Images, ensure_images
from tests.postgres_server import PostgresServer, running_postgres

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def images() -> Images:
    """Names of the base images, pulled or made."""
    return ensure_images()


@pytest.fixture(scope="session")
def postgres(images: Images) -> Iterator[PostgresServer]:
    with running_postgres(images.postgres) as server:
        yield server
