"""How PostgreSQL's client is run; the password is never part of a command line."""

import pytest

from pipeline.containers.engine import Container
from pipeline.database.client import Client, find_client
from pipeline.process import Command
from pipeline.store.connect import Address
from tests.unit.pipeline.samples import IMAGE, NOW

ADDRESS = Address(host="postgres", port=5433, user="agent", password="correct horse", database="server_agent")


def _container(name: str, *, service: str | None = None, ports: frozenset[int] = frozenset()) -> Container:
    return Container(
        id=f"id-of-{name}",
        name=name,
        service=service,
        image=IMAGE,
        image_name="postgres:17",
        running=True,
        health=None,
        restarts=0,
        exit_code=None,
        started_at=NOW,
        ports=ports,
        mounts={},
    )


def test_on_this_machine_where_the_server_is_no_container() -> None:
    command = Client(address=ADDRESS, server=None).command(
        "run-7-backup", "pg_dump", "--format=custom", "--dbname=server_agent", run=7
    )
    env = {
        "PGHOST": "postgres",
        "PGPORT": "5433",
        "PGUSER": "agent",
        "PGPASSWORD": "correct horse",
        "PGCONNECT_TIMEOUT": "10",
        "PGAPPNAME": "vnext-pipeline",
    }
    assert command == Command(argv=("pg_dump", "--format=custom", "--dbname=server_agent"), env=env)
    assert command.env == env


def test_beside_the_server_with_the_client_of_its_own_image() -> None:
    server = _container("agent_postgres", service="postgres")
    command = Client(address=ADDRESS, server=server).command(
        "run-7-backup", "pg_dump", "--format=custom", "--dbname=server_agent", run=7
    )
    assert " ".join(command.argv) == (
        "docker run --rm --interactive --name run-7-backup --label deployment.run=7"
        " --log-driver none --cpu-shares 256"
        " --network container:id-of-agent_postgres --entrypoint pg_dump"
        " --env PGAPPNAME --env PGCONNECT_TIMEOUT --env PGHOST --env PGPASSWORD --env PGPORT --env PGUSER"
        f" {IMAGE} --format=custom --dbname=server_agent"
    )
    assert command.env == {
        "PGHOST": "127.0.0.1",
        "PGPORT": "5432",
        "PGUSER": "agent",
        "PGPASSWORD": "correct horse",
        "PGCONNECT_TIMEOUT": "10",
        "PGAPPNAME": "vnext-pipeline",
    }
    assert "correct horse" not in repr(command)
    spacious = Client(address=ADDRESS, server=server).command("name", "sh", run=7, volume="/room")
    assert "--cpu-shares 256 --volume /room --network" in " ".join(spacious.argv)


class Machine:
    """Stands for the engine: the containers of a machine, found by the labels of their compose project's
    services."""

    def __init__(self, **projects: list[Container]) -> None:
        self._projects = projects

    async def containers(self, labels: list[str], *, everything: bool = True) -> list[Container]:
        assert not everything
        return [
            container
            for project, found in self._projects.items()
            for container in found
            if not labels
            or labels == [f"com.docker.compose.project={project}", "com.docker.compose.oneoff=False"]
        ]


DATABASE = _container("agent_postgres", service="postgres", ports=frozenset({5433}))
OTHERS = _container("other_postgres", service="postgres", ports=frozenset({6000}))


@pytest.mark.parametrize(
    ("host", "port", "server"),
    [
        ("postgres", 5432, DATABASE),
        ("agent_postgres", 5432, DATABASE),
        ("other_postgres", 5432, None),
        ("db.example.org", 5432, None),
        ("127.0.0.1", 5433, DATABASE),
        ("localhost", 6000, OTHERS),
        ("::1", 5432, None),
    ],
)
async def test_the_container_that_serves_an_address(host: str, port: int, server: Container | None) -> None:
    address = Address(host=host, port=port, user="agent", password="correct horse", database="server_agent")
    machine = Machine(agent=[_container("agent_app", service="app"), DATABASE], other=[OTHERS])
    assert await find_client(machine, address, "agent") == Client(address=address, server=server)
