"""What a tap on a button carries: at most 64 bytes, typed; with the project that bot.belonging adds, too."""

from __future__ import annotations

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData

from pipeline.model.question import Way
from pipeline.model.schedule import ScheduleName


class Verdict(StrEnum):
    APPROVE = "yes"
    REJECT = "no"
    DESPITE = "despite"  # approves although a freeze holds
    DETAILS = "more"
    LATER = "later"


class PlanTap(CallbackData, prefix="plan"):
    """`nonce` is the plan's, up to 43 URL-safe characters; an answer works once."""

    verdict: Verdict
    nonce: str


class NewerTap(CallbackData, prefix="newer"):
    """Asks for a deploy of the commit that superseded the plan of run `run`."""

    run: int


class QuestionTap(CallbackData, prefix="ask"):
    """`nonce` is the question's, up to 43 URL-safe characters; it works once."""

    way: Way
    nonce: str


class PushAnswer(StrEnum):
    DEPLOY = "deploy"
    SKIP = "skip"
    PLAN = "plan"


class PushTap(CallbackData, prefix="push"):
    answer: PushAnswer
    push: int


class MuteFor(StrEnum):
    ASK = "ask"  # for how long
    HOUR = "1h"
    EIGHT_HOURS = "8h"
    MORNING = "morning"
    OPEN = "open"  # until somebody ends it
    KEEP = "keep"  # not muted after all
    END = "end"


class MuteTap(CallbackData, prefix="mute"):
    """Keeps prompts back for a time, or no longer. `push` is that of the card, 0 on another one."""

    span: MuteFor
    push: int


class Choice(StrEnum):
    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    BACKUP = "backup"
    STATUS = "status"
    LOGS = "logs"
    BRANCH = "branch"
    RELEASE = "release"
    ALERTS = "alerts"


class MenuTap(CallbackData, prefix="menu"):
    choice: Choice


class AgainTap(CallbackData, prefix="again"):
    """Asks for the same as run `run` once more."""

    run: int


class LogsTap(CallbackData, prefix="logs"):
    """Asks for the log of run `run`."""

    run: int


class RestoreTap(CallbackData, prefix="restore"):
    """Chooses backup `backup`; `sure` once it was said what would be lost."""

    backup: int
    sure: bool


class ProveTap(CallbackData, prefix="prove"):
    """Asks for a drill of backup `backup`."""

    backup: int


class UndoRestoreTap(CallbackData, prefix="unrestore"):
    """Puts the database from before the restore of run `run` back, if that was the newest."""

    run: int


class BackWay(StrEnum):
    CODE = "code"
    DATA = "data"
    CANCEL = "no"


class BackTap(CallbackData, prefix="back"):
    """Goes back to release `goal`, if `live` is still live, with the code only or with the data of then."""

    way: BackWay
    live: int
    goal: int


class UndoTap(CallbackData, prefix="undo"):
    """Goes back from release `release`, if that is still live."""

    release: int


class Turn(StrEnum):
    NEWER = "newer"
    OLDER = "older"


class HistoryTap(CallbackData, prefix="hist"):
    """The page of `lines` runs beside run `run`; 0 means the newest."""

    turn: Turn
    run: int
    lines: int


class RunTap(CallbackData, prefix="run"):
    """All that is known of run `run`."""

    run: int


class AuditTap(CallbackData, prefix="audit"):
    """The page beside line `line` of the audit log; 0 means the newest."""

    turn: Turn
    line: int


class ReleaseTap(CallbackData, prefix="rel"):
    """Goes back to release `release`, if `live` is still live."""

    release: int
    live: int


class Listed(StrEnum):
    SERVICES = "services"
    BRANCHES = "branches"
    RELEASES = "releases"
    SETTINGS = "settings"
    ALERTS = "alerts"


class PageTap(CallbackData, prefix="page"):
    """Turns a list to page `page`, from 0. `lines` are those wanted of a service."""

    of: Listed
    page: int
    lines: int = 0


class ServiceTap(CallbackData, prefix="service"):
    """Asks for the newest `lines` of the service that `mark` stands for (bot.cards.paging)."""

    mark: str
    lines: int


class Wish(StrEnum):
    REFRESH = "again"
    MORE = "more"
    FILE = "file"


class LinesTap(CallbackData, prefix="lines"):
    """What is wanted besides the answer to inquiry `inquiry`."""

    wish: Wish
    inquiry: int


class BranchTap(CallbackData, prefix="branch"):
    """Deploys the branch that `mark` stands for, with the tip that was shown."""

    mark: str


class Stays(StrEnum):
    KEEP = "keep"
    REVERT = "revert"


class ProbationTap(CallbackData, prefix="prob"):
    """Whether the release of probation `probation` stays, which asks."""

    answer: Stays
    probation: int


class CancelTap(CallbackData, prefix="cancel"):
    """Calls run `run` off; `sure` once it was asked, `keep` to let it go on."""

    run: int
    sure: bool = False
    keep: bool = False


class Deed(StrEnum):
    OPEN = "open"  # in a new message
    SHOW = "show"  # in the same one
    BACK = "back"
    LOGS = "logs"
    RESTART = "restart"
    SNOOZE = "snooze"
    ACKNOWLEDGE = "ack"


class AlertTap(CallbackData, prefix="alert"):
    """What is wanted of alert `alert`; a restart and a snooze ask once more."""

    deed: Deed
    alert: int


class SnoozeTap(CallbackData, prefix="snooze"):
    """No reminders of alert `alert` for so many minutes; 0 means until the morning."""

    alert: int
    minutes: int


class RestartTap(CallbackData, prefix="restart"):
    """Restarts the service that `mark` stands for, on behalf of alert `alert` or of none, 0; `asked` is when
    it was asked for, in seconds since 1970."""

    alert: int
    mark: str
    asked: int


class StormTap(CallbackData, prefix="storm"):
    """Acknowledges all that is gathered in storm `storm`."""

    storm: int


class AlertBackTap(CallbackData, prefix="aback"):
    """As BackTap, asked for because of an alert."""

    way: BackWay
    live: int
    goal: int


class ScheduleDeed(StrEnum):
    PAUSE = "pause"
    RESUME = "resume"
    RUN = "run"


class ScheduleTap(CallbackData, prefix="sched"):
    """Lets one schedule rest or go on, or asks for its run now."""

    schedule: ScheduleName
    deed: ScheduleDeed


class WhichTap(CallbackData, prefix="which"):
    """Chooses the project that the button belongs to for what was written or tapped in update `update`."""

    update: int
