"""The database server among the containers of its compose project."""

from __future__ import annotations

import secrets
from typing import Any

import docker

from pipeline.containers.engine import Engine
from pipeline.database.client import find_client
from pipeline.store.connect import Address


async def test_who_looks_at_the_database_by_hand_is_not_taken_for_it(images: Any) -> None:
    """`docker compose run postgres psql` makes a container of the same service, and Docker lists it first."""
    project = f"vnext-test-{secrets.token_hex(4)}"
    address = Address(host="postgres", port=5432, user="agent", password="correct horse", database="agent")
    client, engine, made = docker.from_env(), Engine(), []
    try:
        for oneoff in ("False", "True"):
            labels = {"project": project, "service": "postgres", "oneoff": oneoff}
            made.append(
                client.containers.run(
                    images.python,
                    ["/bin/sleep", "600"],
                    labels={f"com.docker.compose.{key}": value for key, value in labels.items()},
                    init=True,
                    detach=True,
                )
            )
        found = (await find_client(engine, address, project)).server
        assert found is not None
        assert found.id == made[0].id
    finally:
        for container in made:
            container.remove(force=True)
        engine.close()
        client.close()
