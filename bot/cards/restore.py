"""The backups to choose from, and the question before one is restored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.callbacks import ProveTap, RestoreTap, UndoRestoreTap
from bot.cards.card import Button, Card
from pipeline.model.release import Backup
from pipeline.model.states import StageState
from pipeline.wording.markup import GAP, joined
from pipeline.wording.restore import backup_line, would_lose
from pipeline.wording.words import ANSWER_WANTED, STAGE_SIGN, WARNING, age

_SHOWN = 8
_IN_A_ROW = 2


def backups_card(backups: Sequence[Backup], now: datetime, *, undo: int | None = None) -> Card:
    """One in quarantine is shown and cannot be chosen; the newest is offered for a drill where it had none.
    `undo` is the run of the newest restore that went well, if there was one."""
    if not backups:
        return Card(text=f"{STAGE_SIGN[StageState.SKIPPED]} There is no backup yet. /backup makes one.")
    shown = backups[:_SHOWN]
    usable = [each for each in shown if each.quarantined_at is None]
    offered = [
        Button(
            text=f"{each.id}: {age(each.created_at, now)}", data=RestoreTap(backup=each.id, sure=False).pack()
        )
        for each in usable
    ]
    rows = [tuple(offered[at : at + _IN_A_ROW]) for at in range(0, len(offered), _IN_A_ROW)]
    newest = usable[0] if usable else None
    if newest is not None and newest.proven_at is None:
        rows.append((Button(text=f"Prove backup {newest.id}", data=ProveTap(backup=newest.id).pack()),))
    if undo is not None:
        data = UndoRestoreTap(run=undo).pack()
        rows.append((Button(text=f"Undo the restore of run {undo}", data=data, style="danger"),))
    return Card(
        text=joined(
            f"{ANSWER_WANTED} <b>Which backup is to be restored?</b>",
            GAP,
            *(backup_line(each, now) for each in shown),
            f"… and {len(backups) - _SHOWN} more" if len(backups) > _SHOWN else "",
            GAP,
            "Nothing happens yet: what would be lost is said first.",
        ),
        rows=tuple(rows),
    )


def sure_card(backup: Backup, now: datetime) -> Card:
    return Card(
        text=f"{WARNING} <b>Really restore?</b>\n\n{would_lose(backup, now)}\n\n"
        "If you go on, the backup is checked and brought back beside the live database; production is touched"
        " only after you have approved the plan.",
        rows=(
            (
                Button(
                    text=f"Restore backup {backup.id}",
                    data=RestoreTap(backup=backup.id, sure=True).pack(),
                    style="danger",
                ),
            ),
        ),
    )
