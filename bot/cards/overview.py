"""Several projects in one card: how each is, what is wrong with each, and the help."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.belonging import NONE_CHOSEN, belonging
from bot.callbacks import AlertTap, Choice, Deed, MenuTap
from bot.cards.alert import SEVERITY_SIGN
from bot.cards.alerts import alert_label, alert_line, counted
from bot.cards.card import Button, Card, labelled
from bot.cards.help import menu, what_there_is
from bot.cards.status import Standing, serving, state_of, under_way, waits
from bot.rights import Role
from pipeline.model.alert import Alert, Severity
from pipeline.model.release import ProjectId
from pipeline.model.states import RunState
from pipeline.wording.markup import GAP, TEXT_LIMIT, code, joined, line, shown_length
from pipeline.wording.pause import paused
from pipeline.wording.words import RUN_SIGN

_PROJECTS = 8
"""So many find room; the others are named by their buttons."""

_BUTTONS = 20
_LINES = 5
_NAME = 63
_ASK = "Where a command is about one project, write its name behind it, or I ask which."


@dataclass(frozen=True, kw_only=True)
class Summed:
    project_id: ProjectId
    standing: Standing


@dataclass(frozen=True, kw_only=True)
class Troubled:
    """`lasting` are the project's open alerts, the worst first."""

    project_id: ProjectId
    name: str
    lasting: Sequence[Alert]


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A project and its branch."""

    name: str
    branch: str


def overview_card(projects: Sequence[Summed], now: datetime, role: Role = Role.OWNER) -> Card:
    """Each in short; its button shows its own card."""
    blocks = (_summed(each.standing, now) for each in projects[:_PROJECTS])
    buttons = [_to(Choice.STATUS, each.project_id, each.standing.project) for each in projects[:_BUTTONS]]
    return Card(
        text=_blocks(blocks, len(projects)),
        rows=(*((button,) for button in buttons), *menu(role)),
        project=NONE_CHOSEN,
    )


def all_alerts_card(projects: Sequence[Troubled], now: datetime) -> Card:
    """What lasts, project by project, the first ones of each; what is over is told by each project's own."""
    count = sum(len(each.lasting) for each in projects)
    critical = sum(alert.critical for each in projects for alert in each.lasting)
    head = f"{RUN_SIGN[RunState.SUCCEEDED]} <b>No problem lasts</b>"
    if count:
        sign = SEVERITY_SIGN[Severity.CRITICAL if critical else Severity.WARNING]
        head = f"{sign} <b>{counted(count)} last{'' if count > 1 else 's'}</b>"
        head += f", {critical:,} critical" if critical else ""
    troubled = [each for each in projects if each.lasting]
    shown = [(each.project_id, alert) for each in troubled[:_PROJECTS] for alert in each.lasting[:_LINES]]
    alerts = [
        Button(
            text=alert_label(alert),
            data=belonging(AlertTap(deed=Deed.OPEN, alert=alert.id).pack(), project),
        )
        for project, alert in shown[:_BUTTONS]
    ]
    whole = [_to(Choice.ALERTS, each.project_id, f"All of {each.name}") for each in projects[:_BUTTONS]]
    blocks = (_troubled(each, now) for each in troubled[:_PROJECTS])
    return Card(
        text=_blocks(blocks, len(troubled), f"{head} · {len(projects):,} projects"),
        rows=tuple((button,) for button in (*alerts, *whole)),
        project=NONE_CHOSEN,
    )


def help_of_all_card(projects: Sequence[Watched], role: Role = Role.OWNER) -> Card:
    names = ", ".join(f"<b>{line(each.name, 20)}</b> from {code(each.branch, 20)}" for each in projects[:6])
    more = f" and {len(projects) - 6} more" if len(projects) > 6 else ""
    you = "you have" if role is Role.OWNER else "an owner has"
    return Card(
        text=f"I deploy what is pushed, {names}{more}, and nothing that {you} not approved. {_ASK}\n\n"
        f"{what_there_is(role)}",
        rows=menu(role),
        project=NONE_CHOSEN,
    )


def _summed(standing: Standing, now: datetime) -> list[str]:
    critical = sum(alert.critical for alert in standing.alerts)
    among = f", {critical:,} critical" if critical else ""
    sign = SEVERITY_SIGN[Severity.CRITICAL if critical else Severity.WARNING]
    return [
        state_of(standing, now),
        f"Live: {serving(standing.live, now)}" if standing.live else "Live: nothing yet",
        *([under_way(standing.active)] if standing.active else []),
        *waits(standing, now),
        *([f"{sign} <b>{counted(len(standing.alerts))}</b>{among}: /alerts"] if standing.alerts else []),
        *([paused(standing.paused, now)] if standing.paused else []),
    ]


def _troubled(project: Troubled, now: datetime) -> list[str]:
    more = len(project.lasting) - _LINES
    return [
        f"<b>{line(project.name, _NAME)}</b>",
        *(alert_line(alert, now) for alert in project.lasting[:_LINES]),
        *([f"… and {more:,} more"] if more > 0 else []),
    ]


def _blocks(blocks: Iterable[list[str]], total: int, head: str = "") -> str:
    """Of each its first lines: the others find no room, all together, in a message."""
    told = [*([head] if head else [])]
    found = list(blocks)
    budget = (TEXT_LIMIT - 200) // max(1, len(found))
    for lines in found:
        left, kept = budget, []
        for text in lines:
            left -= shown_length(text) + 2
            if left < 0:
                break
            kept.append(text)
        told += [*([GAP] if told else []), *kept]
    if total > len(found):
        told += [GAP, f"… and {total - len(found)} more"]
    return joined(*told)


def _to(choice: Choice, project: ProjectId, text: str) -> Button:
    return Button(text=labelled(text), data=belonging(MenuTap(choice=choice).pack(), project))
