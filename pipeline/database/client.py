"""Which PostgreSQL client to run, and how: the one of the server's own image where that can be found.

Dumps of one major version are unreadable to the client of an older one, so a client that merely lies
around is the second choice.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.containers.container import service_labels
from pipeline.containers.engine import RUN_LABEL, Container, Engine
from pipeline.process import Command
from pipeline.store.connect import Address

_SHARES = "256"  # of 1024: on a busy machine the application and the tests come first
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, kw_only=True)
class Client:
    """`server` is the container that the database runs in, None for one elsewhere."""

    address: Address
    server: Container | None

    def command(
        self, name: str, program: str, *arguments: str, run: int, volume: str | None = None
    ) -> Command:
        """`program` on the database's server; `name` is the one-off container's, where one is used, and
        `volume` a folder in it whose files lie on disk as long as it lives.

        The password goes by environment.
        """
        env = {"PGPASSWORD": self.address.password, "PGCONNECT_TIMEOUT": "10", "PGAPPNAME": "vnext-pipeline"}
        if self.server is None:
            env |= {
                "PGHOST": self.address.host,
                "PGPORT": str(self.address.port),
                "PGUSER": self.address.user,
            }
            return Command(argv=(program, *arguments), env=env)
        env |= {"PGHOST": "127.0.0.1", "PGPORT": "5432", "PGUSER": self.address.user}
        passed = [part for key in sorted(env) for part in ("--env", key)]
        argv = (
            *("docker", "run", "--rm", "--interactive", "--name", name, "--label", f"{RUN_LABEL}={run}"),
            *(
                "--log-driver",
                "none",
            ),  # else Docker writes the data that passes into a log of its own as well
            *("--cpu-shares", _SHARES, *(("--volume", volume) if volume else ())),
            *("--network", f"container:{self.server.id}", "--entrypoint", program, *passed),
            *(self.server.image, *arguments),
        )
        return Command(argv=argv, env=env)


async def find_client(engine: Engine, address: Address, compose_project: str) -> Client:
    """Looks for the container that serves `address`: by service name in the compose project, where a one-off
    container is not the service; or, where the address is this machine, by published port."""
    if address.host in LOOPBACK:
        everything = await engine.containers([], everything=False)
        server = next((c for c in everything if address.port in c.ports), None)
    else:
        services = await engine.containers(service_labels(compose_project), everything=False)
        server = next((c for c in services if address.host in (c.service, c.name)), None)
    return Client(address=address, server=server)
