"""What a database held at one moment: written beside its dump, and compared with what a restore brought back.

Pure; `survey.py` takes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from pipeline.model.plan import TableChange

FORMAT = 1
SEALED = 2
"""The form of a manifest that older versions would misread: the values of its settings are encrypted."""
_SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class Table:
    """`hash` is the sum of the hashes of all rows: the order of the rows does not count. It is empty where
    whoever looked may not read them."""

    rows: int
    hash: str

    def holds(self, other: Table) -> bool:
        """Whether both are the same, as far as both were read."""
        return self.rows == other.rows and (self.hash == other.hash or "" in (self.hash, other.hash))


@dataclass(frozen=True, kw_only=True)
class Sequence:
    value: int
    increment: int
    cycles: bool = False


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One of `ALTER DATABASE … SET`; `role` where it is that role's in this database alone."""

    name: str
    value: str
    role: str | None = None


@dataclass(frozen=True, kw_only=True, order=True)
class Grant:
    """A privilege on the database; `grantee` is `public` for everyone."""

    grantee: str
    privilege: str
    grantable: bool = False


@dataclass(frozen=True, kw_only=True)
class Properties:
    """What a database is made with, and what pg_dump leaves out. `grants` is None for the default ones.
    Beside an encrypted dump the values of `settings` are empty, and lie in `sealed` (sealing.py)."""

    owner: str
    encoding: str
    collate: str
    ctype: str
    provider: str = "c"
    locale: str | None = None
    icu_rules: str | None = None
    connection_limit: int = -1
    settings: list[Setting] = field(default_factory=list)
    grants: list[Grant] | None = None
    sealed: str | None = None


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """`server` is `server_version_num`; `bytes` the size of the database on disk; `roles` are those that own
    or may do something in it. Tables and sequences by their quoted names."""

    format: int = FORMAT
    database: str
    taken_at: datetime
    server: int
    bytes: int
    revision: str | None
    properties: Properties
    roles: list[str]
    extensions: dict[str, str]
    tables: dict[str, Table]
    sequences: dict[str, Sequence]
    large_objects: Table

    @property
    def major(self) -> int:
        return self.server // 10_000

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())

    def to_json(self) -> str:
        return _MANIFEST.dump_json(self, indent=1).decode() + "\n"

    @staticmethod
    def from_json(text: str) -> Manifest:
        """Raises ValueError where it is none, or one of a form that is not known here."""
        try:
            manifest = _MANIFEST.validate_json(text)
        except ValidationError as error:
            raise ValueError(f"{error.error_count()} of its fields cannot be read") from None
        if manifest.format not in (FORMAT, SEALED):
            raise ValueError(f"it has form {manifest.format}; this version knows {FORMAT} and {SEALED}")
        return manifest


_MANIFEST = TypeAdapter(Manifest)


def differences(wanted: Manifest, found: Manifest) -> list[str]:
    """What a restore did not bring back as it was, each in a few words; none where all is there."""
    return [
        *_tables(wanted, found),
        *_sequences(wanted, found),
        *(f"extension {name} is missing" for name in wanted.extensions if name not in found.extensions),
        *_properties(wanted.properties, found.properties),
    ]


def listed(words: list[str]) -> str:
    """The first of them, and how many more there are."""
    more = f"; and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return "; ".join(words[:_SHOWN]) + more


def changes(then: Manifest, now: Manifest) -> list[TableChange]:
    """The tables whose rows are not what they were, by name."""
    names = sorted(then.tables.keys() | now.tables.keys())
    return [
        TableChange(name=name, then=_rows(then, name), now=_rows(now, name))
        for name in names
        if then.tables.get(name) != now.tables.get(name)
    ]


def roles_of(manifest: Manifest) -> set[str]:
    """All that a server must have for the backup to come back: owners, and who may or sets something."""
    properties = manifest.properties
    named = {
        properties.owner,
        *(setting.role for setting in properties.settings),
        *(grant.grantee for grant in properties.grants or ()),
    }
    return {role for role in (*manifest.roles, *named) if role not in (None, "public")}


def _rows(manifest: Manifest, name: str) -> int | None:
    table = manifest.tables.get(name)
    return table.rows if table else None


def _tables(wanted: Manifest, found: Manifest) -> list[str]:
    told = []
    for name, table in wanted.tables.items():
        there = found.tables.get(name)
        if there is None:
            told.append(f"table {name} is missing")
        elif there.rows != table.rows:
            told.append(f"table {name} has {there.rows} rows, not {table.rows}")
        elif there.hash != table.hash:
            told.append(f"table {name} has other values in its {table.rows} rows")
    told += [f"table {name} is too much" for name in found.tables if name not in wanted.tables]
    if not found.large_objects.holds(wanted.large_objects):
        told.append(f"the {wanted.large_objects.rows} large objects are not the same")
    return told


def _sequences(wanted: Manifest, found: Manifest) -> list[str]:
    """They are not bound to the snapshot: pg_dump may have read them a moment later, so further on."""
    told = []
    for name, sequence in wanted.sequences.items():
        there = found.sequences.get(name)
        if there is None:
            told.append(f"sequence {name} is missing")
        elif not sequence.cycles and (there.value - sequence.value) * sequence.increment < 0:
            told.append(f"sequence {name} is at {there.value}, before {sequence.value}")
    return told


def _properties(wanted: Properties, found: Properties) -> list[str]:
    told = []
    for name in ("owner", "encoding", "collate", "ctype", "provider", "locale", "connection_limit"):
        before, now = getattr(wanted, name), getattr(found, name)
        if before != now:
            told.append(f"the database's {name.replace('_', ' ')} is {now}, not {before}")
    if _told(wanted.settings, wanted) != _told(found.settings, wanted):
        told.append("the settings of the database are not the same")
    if wanted.grants is not None and sorted(wanted.grants) != sorted(found.grants or []):
        told.append("the grants on the database are not the same")
    return told


def _told(settings: list[Setting], wanted: Properties) -> list[tuple[str, str, str]]:
    """What is known of them: of those that are encrypted the names alone."""
    return sorted((s.role or "", s.name, "" if wanted.sealed else s.value) for s in settings)
