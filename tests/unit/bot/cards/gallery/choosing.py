"""Lists to choose from, calling a run off, and a pause."""

from __future__ import annotations

from dataclasses import replace

from bot.cards.cancel import cancelled_card, goes_on_card, not_cancelled_card, sure_card
from bot.cards.choosing import asked_card, branches_card
from bot.cards.pause import paused_card, resumed_card
from pipeline.model.errors import TooLateToCancel
from pipeline.model.run import Cancellation
from pipeline.model.states import RunState
from tests.unit.bot.cards.gallery.example import of
from tests.unit.bot.cards.test_choosing import branch
from tests.unit.bot.cards.test_releases_pause_settings import PAUSE
from tests.unit.bot.samples import GOAL, START, after, run

_PAUSE = replace(PAUSE, reason="moving house")
_BRANCHES = [
    branch("main", sha=GOAL),
    branch("feature/mood", hours=26),
    branch("renovate/python-3.13", hours=90, sha="77" * 20),
    branch("before-the-split", hours=None, sha="ab" * 20),
]
_TOO_LATE = TooLateToCancel(
    "Run 12 (deploy) is switching production already and cannot be cancelled any more.",
    production="It ends with the new release or, if that fails, with the one from before.",
    advice="Wait for its result; a rollback brings the release from before back.",
)

CHOOSING = {
    "which branch": of(branches_card, _BRANCHES, "main", START),
    "many branches": of(
        branches_card, [branch(f"feature/{n}") for n in range(20)], "main", START, page=1, pictured=False
    ),
    "no branch": of(branches_card, [], "main", START, pictured=False),
    "chosen": of(asked_card, run(), "<code>main</code>", ours=(1,)),
    "really cancel": of(sure_card, run()),
    "cancelled": of(cancelled_card, run(), Cancellation(by="Lin (43)", at=after(60))),
    "let go on": of(goes_on_card, run()),
    "ended meanwhile": of(goes_on_card, run(state=RunState.SUCCEEDED), pictured=False),
    "too late to cancel": of(not_cancelled_card, _TOO_LATE),
    "paused": of(paused_card, _PAUSE, START),
    "paused before": of(paused_card, replace(_PAUSE, reason=None), START, kept=True, pictured=False),
    "resumed": of(resumed_card, replace(_PAUSE, ended_at=START, ended_by="Ada (42)")),
    "nothing was paused": of(resumed_card, None),
}
