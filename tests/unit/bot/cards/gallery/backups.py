"""Backups to choose from, and the questions before one comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.cards.restore import backups_card, sure_card
from bot.cards.way_back import choice_card
from pipeline.model.move import Move
from tests.unit.bot.cards.gallery.example import of
from tests.unit.bot.cards.test_restore import BACKUP
from tests.unit.bot.cards.test_way_back import WAYS
from tests.unit.bot.samples import START, after

_SPOILT = replace(
    BACKUP, id=9, created_at=after(-90_000), quarantined_at=START, problem="table public.thought is missing"
)
_BACKUPS = [
    replace(BACKUP, id=14, copied_at=after(9_000), created_at=after(8_000)),
    replace(BACKUP, proven_at=after(3_000), copied_at=after(100)),
    replace(BACKUP, id=11, created_at=after(-40_000), copy_problem="No route to the place of OFFSITE."),
    _SPOILT,
    replace(BACKUP, id=7, created_at=after(-900_000), release=None, manifest_sha256=None),
]
_LATER = START + timedelta(hours=3, minutes=20)
BACKUPS = {
    "the list": of(backups_card, _BACKUPS, _LATER, undo=21),
    "none yet": of(backups_card, [], _LATER),
    "really restore": of(sure_card, BACKUP, _LATER),
    "code, or data too": of(choice_card, WAYS, _LATER),
    "code only": of(choice_card, replace(WAYS, backup=None, move=Move.HARMLESS), _LATER),
}
