"""What is said where there are several projects: which one, and all in one card."""

from __future__ import annotations

from dataclasses import replace

from bot.cards.help import usage
from bot.cards.overview import Summed, Troubled, Watched, all_alerts_card, help_of_all_card, overview_card
from bot.cards.pause import PauseOf, all_paused_card, all_resumed_card
from bot.cards.which import Candidate, chosen_card, named, which_card
from bot.rights import Role
from pipeline.model.release import ProjectId
from tests.unit.bot.cards.gallery.example import of
from tests.unit.bot.cards.gallery.standings import FULL, QUIET, STANDING
from tests.unit.bot.cards.test_alert import DISK, DOWN
from tests.unit.bot.cards.test_releases_pause_settings import PAUSE
from tests.unit.bot.samples import START, after

SHOP, CONTROLLER = ProjectId(1), ProjectId(7)
BOTH = [Candidate(project_id=SHOP, name="shop"), Candidate(project_id=CONTROLLER, name="controller")]
_ALL = [
    Summed(project_id=SHOP, standing=replace(FULL, project="shop", paused=None)),
    Summed(project_id=CONTROLLER, standing=replace(STANDING, project="controller", alerts=[DOWN, DISK])),
    Summed(project_id=ProjectId(8), standing=replace(QUIET, project="billing", paused=PAUSE, live=None)),
]
_TROUBLED = [
    Troubled(project_id=SHOP, name="shop", lasting=[DOWN, DISK]),
    Troubled(project_id=CONTROLLER, name="controller", lasting=[]),
]
_PAUSES = [
    PauseOf(project="shop", pause=PAUSE),
    PauseOf(project="controller", pause=replace(PAUSE, reason=None)),
]

SEVERAL = {
    "which project": of(which_card, "/deploy release-2", 123456789, BOTH, pictured=False),
    "a project was chosen": of(chosen_card, "/deploy release-2", "controller", pictured=False),
    "chosen elsewhere": of(chosen_card, "/backup", "controller", elsewhere=True, pictured=False),
    "an answer about one of several": of(
        named, usage("backup", "now"), "controller", ours=(0,), pictured=False
    ),
    "status of several": of(overview_card, _ALL, START, pictured=False),
    "status of several for a viewer": of(overview_card, _ALL[:2], START, Role.VIEWER, pictured=False),
    "alerts of several": of(all_alerts_card, _TROUBLED, after(900), pictured=False),
    "no alerts of several": of(
        all_alerts_card, [replace(each, lasting=[]) for each in _TROUBLED], after(900), pictured=False
    ),
    "help for several": of(
        help_of_all_card,
        [Watched(name="shop", branch="main"), Watched(name="controller", branch="main")],
        pictured=False,
    ),
    "several are paused": of(all_paused_card, _PAUSES, START, pictured=False),
    "several are resumed": of(
        all_resumed_card,
        [PauseOf(project="shop", pause=replace(PAUSE, ended_at=after(7200)))],
        pictured=False,
    ),
    "none was paused": of(all_resumed_card, [], pictured=False),
}
