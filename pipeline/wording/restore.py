"""What a restore brings and what it would lose, in words: for the plan, the lists and the question before."""

from __future__ import annotations

from datetime import datetime

from pipeline.model.plan import Restoring, TableChange
from pipeline.model.release import Backup
from pipeline.model.states import StageState
from pipeline.wording.markup import code, line
from pipeline.wording.words import STAGE_SIGN, WARNING, age, day, short, size, span

_TABLES = 6
_PROBLEM = 140


def restore_lines(restore: Restoring) -> list[str]:
    """HTML lines for the plan card."""
    what = f"backup {restore.backup_id}" if restore.backup_id else f"the kept {code(restore.database, 63)}"
    release = f", of release {code(short(restore.release))}" if restore.release else ""
    return [
        f"Data: {what} from {day(restore.taken_at)} ({size(restore.bytes)}{release})",
        f"<b>Lost: what was written in the {span(restore.until - restore.taken_at)} since then</b>",
        *_changes(restore.changes),
    ]


def kept_for_undo(restore: Restoring) -> str:
    safety = f"backup {restore.safety_id}" if restore.safety_id else "none"
    return (
        "The database of now is exchanged for it while the application is stopped, and kept whole as"
        f" {code(restore.kept_as, 63)} for an undo. Safety backup of now: {safety}."
    )


def removed(backup: Backup) -> str:
    """Of one that is pruned: why it cannot be restored."""
    when = day(backup.pruned_at) if backup.pruned_at else "earlier"
    return f"Backup {backup.id} was removed, {when}: it was older than BACKUP_DAYS."


def in_quarantine(backup: Backup) -> str:
    """Of one that was found not usable: why it is not restored."""
    since = day(backup.quarantined_at) if backup.quarantined_at else "earlier"
    return f"Backup {backup.id} is in quarantine since {since}: {backup.problem or 'not known why'}."


def trust(backup: Backup, now: datetime) -> str:
    """`proven 3 h ago`, `never proven`, `in quarantine: …`, as plain text."""
    if backup.quarantined_at is not None:
        return f"in quarantine: {backup.problem or 'not known why'}"
    return f"proven {age(backup.proven_at, now)}" if backup.proven_at is not None else "never proven"


def last_proven(backup: Backup | None, now: datetime) -> str:
    """`backup`: the newest that was proven and can still be had. Plain text, without a full stop."""
    if backup is None or backup.proven_at is None:
        return "No backup has been proven yet"
    return f"Last proven backup: number {backup.id}, {age(backup.proven_at, now)}"


def backup_line(backup: Backup, now: datetime) -> str:
    """`✅ 12 · 3 h ago · 1.2 MB · abc1234`, and below it when it was made and what is known of it. HTML."""
    parts = [f"{trust_sign(backup)} <b>{backup.id}</b>", age(backup.created_at, now), size(backup.bytes)]
    if backup.release:
        parts.append(code(short(backup.release)))
    if backup.manifest_sha256 is None:
        parts.append("no manifest")
    below = [day(backup.created_at), line(trust(backup, now), _PROBLEM)]
    if (told := copy_words(backup)) is not None:
        below.append(line(told, _PROBLEM))
    return f"{' · '.join(parts)}\n{' · '.join(below)}"


def trust_sign(backup: Backup) -> str:
    if backup.quarantined_at is not None:
        return WARNING
    return STAGE_SIGN[StageState.PENDING if backup.proven_at is None else StageState.SUCCEEDED]


def copy_words(backup: Backup) -> str | None:
    """`copied off site`, `not copied off site: …`, None where nothing was tried. Plain text."""
    if backup.copied_at is not None:
        return "copied off site"
    return None if backup.copy_problem is None else f"not copied off site: {backup.copy_problem}"


def would_lose(backup: Backup, now: datetime) -> str:
    """The question before a restore is asked for at all, as HTML."""
    release = f" It is of release {code(short(backup.release))}." if backup.release else ""
    return (
        f"Backup {backup.id} holds the data of {day(backup.created_at)} ({size(backup.bytes)}).{release}\n"
        f"<b>Everything written in the {span(now - backup.created_at)} since then would be gone from the"
        " database.</b> The database of now is kept beside it, so that the restore can be undone."
    )


def _changes(changes: list[TableChange] | None) -> list[str]:
    if changes is None:
        return []
    if not changes:
        return ["No table has changed since."]
    shown = [table_change(each) for each in changes[:_TABLES]]
    more = [f"and {len(changes) - _TABLES} more tables"] if len(changes) > _TABLES else []
    return [f"Changed since: {'; '.join([*shown, *more])}."]


def table_change(change: TableChange) -> str:
    """`public.note: 100 → 112 rows`, as HTML."""
    return f"{line(change.name, 80)}: {_rows(change)}"


def _rows(change: TableChange) -> str:
    if change.then is None:
        return f"new, {change.now} rows"
    if change.now is None:
        return f"{change.then} rows, removed since"
    if change.then == change.now:
        return f"other values in its {change.now} rows"
    return f"{change.then} → {change.now} rows"
