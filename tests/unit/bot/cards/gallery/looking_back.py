"""Runs that were, the audit log, kept releases and settings."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.cards.audit import audit_card
from bot.cards.history import Story, history_card, no_run, story_card
from bot.cards.releases import releases_card
from bot.cards.settings import Chosen, settings_card
from bot.paging import Page
from pipeline.model.push import Mute
from pipeline.model.release import Kept
from pipeline.model.states import ApprovalState, ExitCode, RunKind, RunState, StageName, StageState
from pipeline.model.told import ToldSetting
from tests.unit.bot.cards.gallery.example import of
from tests.unit.bot.cards.gallery.progress import ALL, DONE
from tests.unit.bot.cards.test_history import entry
from tests.unit.bot.cards.test_releases_pause_settings import MOMENTS
from tests.unit.bot.samples import GOAL, START, after, approval, ended, failure, past_run, release, stage

PROJECT = "server-agent-vnext"
ADA, LIN = "Ada (42)", "Lin (43)"
_LATER = START + timedelta(hours=3, minutes=20)

_RUNS = [
    past_run(id=14, state=RunState.RUNNING, exit_code=None, requested_at=after(11_000), finished_at=None),
    past_run(
        id=13,
        kind=RunKind.DRILL,
        sha=None,
        requested_by="the schedule",
        requested_at=after(-23_400),
        started_at=after(-23_390),
        finished_at=after(-23_330),
    ),
    past_run(id=12),
    past_run(id=11, state=RunState.REVERTED, exit_code=ExitCode.SMOKE_FAILED, requested_by=LIN),
    past_run(id=10, state=RunState.CANCELLED, exit_code=ExitCode.NOT_APPROVED, sha=None),
]
_APPROVED = {"state": ApprovalState.APPROVED, "answered_by": ADA, "answered_at": after(85)}
_TRAIL = [
    entry(9, "tap", seconds=85, detail={"data": "plan:yes:n0nce", "said": "Approved."}),
    entry(8, "plan approved", seconds=85, chat=None),
    entry(3, "command", detail={"text": "/deploy", "said": "taken up"}),
    entry(2, "run requested", chat=None, detail={"kind": "deploy", "source": "telegram"}),
]
_STORY = Story(
    view=ended(ALL, state=RunState.SUCCEEDED, exit_code=ExitCode.SUCCESS),
    approvals=[approval(**_APPROVED)],
    lines=_TRAIL,
    log=True,
)
_FAILED = Story(
    view=ended(
        [*DONE[:2], stage(StageName.TEST, StageState.FAILED, 3, 95)],
        state=RunState.FAILED,
        exit_code=ExitCode.TEST_FAILED,
        failure=failure(),
    ),
    approvals=[],
    lines=_TRAIL[2:],
    log=True,
)
_ANSWERS = [
    approval(state=ApprovalState.SUPERSEDED, what_changed="Commit 7777777 was pushed to main."),
    approval(**{**_APPROVED, "state": ApprovalState.VOIDED}, what_changed="The image of app changed."),
    approval(state=ApprovalState.EXPIRED),
    approval(**_APPROVED, despite_freeze=True, reason="the fix for the outage"),
]
_AUDIT = [
    entry(9, "paused", seconds=900, run=None, detail={"reason": "moving house"}),
    entry(8, "ignored", seconds=600, actor="telegram:666", run=None, detail={"said": "/deploy now"}),
    entry(7, "ignored", seconds=600, actor="telegram:666", run=None, chat=None, detail={"more": 8}),
    entry(6, "question answered", seconds=300, chat=None, detail={"way": "back"}),
    *_TRAIL,
]
_KEPT = Kept(
    live=release(id=14, sha=GOAL, schema_revision="0008", backup_id=12, live_since=START),
    previous=release(id=12, schema_revision="0007", backup_id=9, live_since=START - timedelta(days=3)),
    others=[
        release(id=9, sha="77" * 20, branch="feature/mood", live_since=START - timedelta(days=20)),
        release(id=5, sha=None, branch=None, images={"app": "sha256:77aa01bcdef"}, live_since=None),
    ],
)
_MANY = replace(_KEPT, others=[release(id=each) for each in range(11, 1, -1)])
_BOT = [
    ToldSetting(key="TELEGRAM_API_TOKEN", value="set", default=False, secret=True),
    ToldSetting(key="TELEGRAM_PROXY", value=None, default=True, secret=True),
    ToldSetting(key="GIT_BRANCH", value="main", default=True),
    ToldSetting(key="DRILL_CRON", value="30 3 * * sun", default=True),
    ToldSetting(key="TIME_ZONE", value="Europe/Berlin", default=False),
]
_WORKER = [
    ToldSetting(key="GIT_BRANCH", value="main", default=True),
    ToldSetting(key="BACKUP_DAYS", value="14", default=False),
    ToldSetting(key="DEPLOYMENT_TIMEOUT", value="300", default=True),
    ToldSetting(key="KEEP_RELEASES", value="9", default=False),
]
_CHOSEN = Chosen(project=PROJECT, bot=_BOT, worker=_WORKER, moments=MOMENTS)

LOOKING_BACK = {
    "the runs": of(history_card, PROJECT, Page(items=_RUNS, newer=True, older=True), 5, ours=(2,)),
    "no run yet": of(history_card, PROJECT, Page(items=[]), 8, ours=(2,), pictured=False),
    "one run": of(story_card, _STORY, _LATER),
    "one run that failed": of(story_card, _FAILED, _LATER),
    "one run whose plans were many": of(
        story_card, replace(_STORY, approvals=_ANSWERS, log=False), _LATER, pictured=False
    ),
    "a run that is not there": of(no_run, 19, 14, 20, ours=(2,)),
    "a run before there was any": of(no_run, 19, None, 20, ours=(2,), pictured=False),
    "the audit log": of(audit_card, Page(items=_AUDIT, newer=True, older=True)),
    "an empty audit log": of(audit_card, Page(items=[]), pictured=False),
    "kept releases": of(
        releases_card, PROJECT, _KEPT, _LATER, 0, {one.id: START for one in (_KEPT.previous,) if one}
    ),
    "many kept releases": of(releases_card, PROJECT, _MANY, _LATER, 1, ours=(3,), pictured=False),
    "the live release alone": of(releases_card, PROJECT, Kept(live=_KEPT.live), _LATER, pictured=False),
    "no release yet": of(releases_card, PROJECT, Kept(), _LATER, pictured=False),
    "settings": of(settings_card, _CHOSEN),
    "settings while prompts are muted": of(
        settings_card,
        replace(_CHOSEN, bot=_BOT[:3], mute=Mute(began_at=START, began_by=ADA, until=None)),
        pictured=False,
    ),
    "settings that differ": of(
        settings_card,
        replace(_CHOSEN, worker=[ToldSetting(key="GIT_BRANCH", value="develop", default=False)], paused=True),
        pictured=False,
    ),
    "settings of a silent worker": of(
        settings_card, replace(_CHOSEN, bot=_BOT[:3], worker=None), pictured=False
    ),
}
