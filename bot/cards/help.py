"""The help, the menu, and what is said where a command is not understood."""

from __future__ import annotations

from bot.callbacks import Choice, MenuTap
from bot.cards.card import Button, Card, Style
from bot.rights import Role, offered
from pipeline.model.errors import PipelineError
from pipeline.wording.markup import advice, code, line, told_of_production
from pipeline.wording.words import WARNING

COMMANDS = {
    "deploy": "Deploy the watched branch, another branch or a SHA",
    "rollback": "Bring the previous release back, or another kept one",
    "backup": "Back the database up",
    "restore": "Bring the data of a backup back, or undo that",
    "drill": "Prove a backup, or that the way back works, on a copy",
    "approve": "Approve the plan that waits",
    "reject": "Reject the plan that waits, with a reason if you like",
    "status": "What serves, what runs, how it is",
    "alerts": "What is wrong, and what was lately",
    "ack": "You see to an alert: no more reminders",
    "snooze": "No reminders of an alert for a while",
    "restart": "Restart a service, the release stays",
    "history": "The runs that were, all of one, or the audit log",
    "releases": "Kept releases, each with a way back",
    "stats": "How deploys go: 30 days in figures, and a picture",
    "settings": "What is set, and when schedules come next",
    "schedules": "What begins by itself: when, and what came of it",
    "pause": "Let pushes and schedules rest",
    "resume": "Let them go on",
    "cancel": "Call a run off, before it touches production",
    "logs": "The newest log lines of a service",
    "whoami": "Your id, your role, and the ids of this chat",
    "help": "What I can do",
}
_USAGE = {
    "deploy": "/deploy [branch|sha|?]",
    "rollback": "/rollback [number|sha|?]",
    "restore": "/restore [number|undo]",
    "drill": "/drill [number | rollback [release]]",
    "ack": "/ack ALERT",
    "snooze": "/snooze ALERT [30m|2h|1d|tomorrow]",
    "restart": "/restart SERVICE",
    "history": "/history [run | last N | audit]",
    "stats": "/stats [light|dark]",
    "pause": "/pause [reason]",
    "cancel": "/cancel [run]",
    "logs": "/logs [service] [lines]",
    "approve": "/approve [run] [code] [override reason]",
    "reject": "/reject [run] [reason]",
}


def menu(role: Role = Role.OWNER) -> tuple[tuple[Button, ...], ...]:
    looking = (_choice("Logs", Choice.LOGS), _choice("Status", Choice.STATUS))
    if role is not Role.OWNER:
        return (looking,)
    return (
        (_choice("Deploy", Choice.DEPLOY, "primary"), _choice("Roll back", Choice.ROLLBACK, "danger")),
        (_choice("Another branch", Choice.BRANCH), _choice("Another release", Choice.RELEASE)),
        (_choice("Back up", Choice.BACKUP), *looking),
    )


def help_card(project: str, branch: str, role: Role = Role.OWNER) -> Card:
    you = "you have" if role is Role.OWNER else "an owner has"
    return Card(
        text=f"<b>{line(project)}</b>\n"
        f"I deploy what is pushed to {code(branch)}, and nothing that {you} not approved.\n\n"
        f"{what_there_is(role)}",
        rows=menu(role),
    )


def what_there_is(role: Role) -> str:
    """The commands of the role, and how a run goes."""
    shown = offered(role, COMMANDS)
    commands = "\n".join(f"{_USAGE.get(name, '/' + name)} – {words}" for name, words in shown.items())
    your = "your" if role is Role.OWNER else "an owner's"
    return (
        f"{commands}\n\n"
        "A run shows its progress in one message. Before production is touched I send the plan and wait for"
        f" {your} answer; silence means no."
    )


def usage(command: str, found: str) -> Card:
    form = _USAGE.get(command, f"/{command}")
    return Card(text=f"{WARNING} I cannot read {code(found, 100)}.\nIt goes like this: {form}")


def unknown(found: str) -> Card:
    return Card(text=f"I do not know {code(found, 100)}. /help lists what I can do.")


def refusal(error: PipelineError) -> Card:
    """Nothing was started: what stands in the way, how production is, what to do."""
    return Card(
        text=f"{WARNING} <b>Not started.</b> {line(error.what, 1000)}\n"
        f"{told_of_production(error.production)}\n<b>Next:</b> {advice(error.advice)}"
    )


def _choice(text: str, choice: Choice, style: Style | None = None) -> Button:
    return Button(text=text, data=MenuTap(choice=choice).pack(), style=style)
