"""How the agent reaches PostgreSQL, and what counts as PostgreSQL being away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypedDict

import asyncpg

from .errors import DatabaseAwayError
from .settings import Settings

CONNECT_SECONDS = 3.0
COMMAND_SECONDS = 10.0

AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.OperatorInterventionError,
    asyncpg.ObjectNotInPrerequisiteStateError,  # a database that takes no connections
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what a call meets when the server ends its connection at that moment
)


class ConnectArguments(TypedDict):
    """Keyword arguments of `asyncpg.connect` and `asyncpg.create_pool`."""

    host: str
    port: int
    database: str
    user: str
    password: str
    timeout: float
    command_timeout: float


def connect_arguments(settings: Settings, command_seconds: float = COMMAND_SECONDS) -> ConnectArguments:
    """Where to connect and how long anything may take, in seconds."""
    return {
        "host": settings.db_host,
        "port": settings.db_port,
        "database": settings.db_name,
        "user": settings.db_user,
        "password": settings.db_password,
        "timeout": CONNECT_SECONDS,
        "command_timeout": command_seconds,
    }


@contextmanager
def away_translated() -> Iterator[None]:
    """Turns the driver's connection errors into `DatabaseAwayError`; errors of a statement pass unchanged."""
    try:
        yield
    except AWAY as error:
        raise DatabaseAwayError(f"PostgreSQL is away: {describe(error)}") from error


def describe(error: BaseException) -> str:
    """One line about `error`, never empty."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    first_line = (str(error).splitlines() or [""])[0].strip()
    return first_line or type(error).__name__
