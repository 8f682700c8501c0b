"""The statements that make a database as another one was. Pure."""

from __future__ import annotations

import re

from pipeline.database.manifest import Properties, Setting

_LISTS = frozenset(
    {
        "local_preload_libraries",
        "search_path",
        "session_preload_libraries",
        "shared_preload_libraries",
        "temp_tablespaces",
        "unix_socket_directories",
    }
)
"""Settings that PostgreSQL keeps as a list of quoted names, see makeAlterConfigCommand of pg_dump."""

_NAME = re.compile(r'"((?:[^"]|"")*)"|([^",\s]+)')
_PUBLIC = "public"


def name(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def text(value: str) -> str:
    """A literal, also where standard_conforming_strings is off."""
    quoted = value.replace("'", "''")
    return "E'" + quoted.replace("\\", "\\\\") + "'" if "\\" in value else f"'{quoted}'"


def create(database: str, like: Properties, major: int) -> str:
    """An empty database, of nothing but what every server has."""
    parts = [
        f"CREATE DATABASE {name(database)} TEMPLATE template0 OWNER {name(like.owner)}",
        f"ENCODING {text(like.encoding)} LC_COLLATE {text(like.collate)} LC_CTYPE {text(like.ctype)}",
    ]
    if like.provider == "i":
        parts.append(f"LOCALE_PROVIDER icu ICU_LOCALE {text(like.locale or 'und')}")
        if like.icu_rules:
            parts.append(f"ICU_RULES {text(like.icu_rules)}")
    elif like.provider == "b":
        parts.append(f"LOCALE_PROVIDER builtin BUILTIN_LOCALE {text(like.locale or 'C')}")
    elif major >= 15:
        parts.append("LOCALE_PROVIDER libc")
    return " ".join(parts)


def finish(database: str, like: Properties) -> list[str]:
    """What a dump does not hold: settings, grants and the limit of connections."""
    db = name(database)
    made = [_setting(db, setting) for setting in like.settings]
    if like.grants is not None:
        made += [f"REVOKE ALL ON DATABASE {db} FROM {who}" for who in ("PUBLIC", name(like.owner))]
        for grant in like.grants:
            who = "PUBLIC" if grant.grantee == _PUBLIC else name(grant.grantee)
            option = " WITH GRANT OPTION" if grant.grantable else ""
            made.append(f"GRANT {grant.privilege} ON DATABASE {db} TO {who}{option}")
    return [*made, f"ALTER DATABASE {db} CONNECTION LIMIT {like.connection_limit}"]


def rename(database: str, to: str) -> str:
    return f"ALTER DATABASE {name(database)} RENAME TO {name(to)}"


def allow(database: str, *, connections: bool) -> str:
    return f"ALTER DATABASE {name(database)} ALLOW_CONNECTIONS {str(connections).lower()}"


def drop(database: str) -> str:
    return f"DROP DATABASE IF EXISTS {name(database)} WITH (FORCE)"


def role_setting(role: str, key: str, value: str) -> str:
    """A setting of a role in every database."""
    return _set(f"ALTER ROLE {name(role)}", key, value)


def _setting(db: str, setting: Setting) -> str:
    whose = f"ALTER ROLE {name(setting.role)} IN DATABASE {db}" if setting.role else f"ALTER DATABASE {db}"
    return _set(whose, setting.name, setting.value)


def _set(whose: str, setting: str, value: str) -> str:
    key = ".".join(name(part) for part in setting.split("."))
    if setting not in _LISTS:
        return f"{whose} SET {key} TO {text(value)}"
    values = [
        text(found[1].replace('""', '"') if found[2] is None else found[2]) for found in _NAME.finditer(value)
    ]
    return f"{whose} SET {key} TO {', '.join(values) or text('')}"
