"""Facts of a compose file in; out, whether the application can be led to a copy, and the file for it."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.project.rehearsal import Surroundings, aliases, cut_down, hosts, obstacle

LIVE = Surroundings(
    names={"postgres", "agent-postgres-1", "0123456789ab"},
    addresses={"172.18.0.2"},
    mounts={"agent_data", "/var/lib/docker/volumes/agent_data/_data", "agent_socket"},
)
VOLUMES = {"socket": {"name": "agent_socket"}, "files": {"name": "agent_files"}}


def config(**service: Any) -> dict[str, Any]:
    return {"name": "agent", "services": {"app": service, "other": {"image": "x"}}, "volumes": VOLUMES}


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({"DB_HOST": "postgres", "DB_PORT": "5432"}, [("postgres", 5432)]),
        ({"DB_HOST": "postgres"}, [("postgres", None)]),
        ({"PGHOST": "db", "PGPORT": "6432"}, [("db", 6432)]),
        ({"POSTGRES_HOST": "db:5433"}, [("db", 5433)]),
        ({"APP_DATABASE_HOST": "db"}, [("db", None)]),
        ({"DB_READ_HOST": "replica"}, [("replica", None)]),
        ({"DATABASE_URL": "postgresql+pg8000://me:a@b@db:5432/agent"}, [("db", 5432)]),
        ({"URL": "jdbc:postgresql://db/agent?user=me"}, [("db", None)]),
        ({"DSN": "host=db port=5433 dbname=agent"}, [("db", 5433)]),
        ({"DB_HOST": "db", "DATABASE_URL": "postgres://db/agent"}, [("db", None)]),
        ({"DATABASE_URL": "postgres://[::1"}, []),
        ({"DATABASE_URL": "postgres:///agent"}, []),
        ({"DB_HOST": ""}, []),
        ({"MYSQL_HOST": "db", "REDIS_HOST": "cache", "API_URL": "http://127.0.0.1:8000"}, []),
    ],
)
def test_the_databases_that_an_environment_names(
    environment: dict[str, str], found: list[tuple[str, int | None]]
) -> None:
    assert hosts(environment) == found


BY_ADDRESS = "service app is told the database by its address {} and not by a name"


@pytest.mark.parametrize(
    ("service", "why"),
    [
        ({}, None),
        ({"environment": {"DB_HOST": "postgres", "API_URL": "http://127.0.0.1:8000"}}, None),
        ({"environment": {"DB_HOST": None, "EMPTY": ""}}, None),
        ({"network_mode": "host"}, "service app has network_mode host"),
        ({"network_mode": "service:proxy"}, "service app has network_mode service:proxy"),
        ({"network_mode": "bridge"}, None),
        ({"environment": {"DB_HOST": "127.0.0.1"}}, BY_ADDRESS.format("127.0.0.1")),
        ({"environment": {"DB_HOST": "localhost"}}, BY_ADDRESS.format("localhost")),
        ({"environment": {"PGHOST": "host.docker.internal"}}, BY_ADDRESS.format("host.docker.internal")),
        ({"environment": {"PGHOST": "/var/run/postgresql"}}, BY_ADDRESS.format("/var/run/postgresql")),
        ({"environment": {"DSN": "postgres://me:x@10.0.0.7/agent"}}, BY_ADDRESS.format("10.0.0.7")),
        (
            {"environment": {"BACKENDS": "172.18.0.2;cache"}},
            "service app is told the database by its address and not by a name",
        ),
        ({"environment": {"BACKENDS": "172.18.0.20"}}, None),
        (
            {"environment": {"DB_HOST": "pooler", "DB_PORT": "6432"}},
            "service app is told the database at port 6432",
        ),
        (
            {"volumes": [{"type": "volume", "source": "socket", "target": "/run"}]},
            "service app and the database share agent_socket",
        ),
        ({"volumes": [{"type": "volume", "source": "files", "target": "/files"}]}, None),
        ({"environment": {"DB_SSLMODE": "require"}}, "service app insists on TLS"),
        ({"environment": {"DSN": "postgres://db/a?sslmode=verify-full"}}, "service app insists on TLS"),
        ({"environment": {"DB_SSLMODE": "prefer"}}, None),
    ],
)
def test_what_stands_in_the_way(service: dict[str, Any], why: str | None) -> None:
    assert obstacle(config(**service), "app", LIVE) == why


def test_the_copy_has_every_name_that_the_live_server_may_be_called_by() -> None:
    told = config(environment={"DATABASE_URL": "postgres://pooler/agent"})
    assert aliases(told, "app", LIVE, "database") == [
        *("0123456789ab", "agent-postgres-1", "database", "pooler", "postgres")
    ]
    assert "127.0.0.1" not in aliases(told, "app", LIVE, "127.0.0.1")


def test_nothing_but_the_service_in_that_network_alone() -> None:
    whole = config(
        image="old",
        build={"context": "."},
        command=["serve"],
        container_name="app",
        depends_on={"other": {"condition": "service_started"}},
        environment={"DB_HOST": "postgres", "PRICE": "5 $$"},
        extra_hosts=["postgres=172.18.0.2"],
        labels={"deployment.group": "agent"},
        links=["other"],
        network_mode="bridge",
        networks={"default": {"aliases": ["x"]}},
        ports=[{"target": 80}],
        restart="always",
        volumes=[
            {"type": "volume", "source": "files", "target": "/files"},
            {"type": "bind", "source": "/etc/app", "target": "/etc/app"},
            {"type": "bind", "source": "/var/run/docker.sock", "target": "/var/run/docker.sock"},
            {"type": "volume", "target": "/scratch"},
            {"type": "tmpfs", "target": "/tmp"},
        ],
    )
    assert cut_down(whole, "app", "sha256:1", "run-7-network") == {
        "name": "agent",
        "volumes": VOLUMES,
        "services": {
            "app": {
                "image": "sha256:1",
                "pull_policy": "never",
                "command": ["serve"],
                "environment": {"DB_HOST": "postgres", "PRICE": "5 $$"},
                "labels": {"deployment.group": "agent"},
                "restart": "no",
                "healthcheck": {"disable": True},
                "networks": {"rehearsal": None},
                "volumes": [
                    {"type": "volume", "source": "files", "target": "/files", "read_only": True},
                    {"type": "bind", "source": "/etc/app", "target": "/etc/app", "read_only": True},
                    {"type": "volume", "target": "/scratch"},
                    {"type": "tmpfs", "target": "/tmp"},
                ],
            }
        },
        "networks": {"rehearsal": {"name": "run-7-network", "external": True}},
    }
