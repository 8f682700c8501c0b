"""The card of a push: which commits arrived, and what became of them."""

from __future__ import annotations

from bot.callbacks import PushAnswer, PushTap
from bot.cards.card import Button, Card, copying
from pipeline.model.states import PushState
from pipeline.store.chat import Push
from pipeline.wording.markup import code, joined, line, quote
from pipeline.wording.plan import commit_line
from pipeline.wording.words import PUSH_SIGN, clock, short

_BUDGET = 2500


def push_card(push: Push, project: str) -> Card:
    items = [commit_line(commit) for commit in push.commits]
    count = f"{len(items)} commit{'s' if len(items) != 1 else ''}" if items else "Commits not known"
    asks = push.state is PushState.SEEN
    commits = quote(items, total=len(items), budget=_BUDGET)
    return Card(
        text=joined(
            f"{PUSH_SIGN[push.state]} <b>Push</b> · {line(project, 63)}",
            f"{line(push.branch, 100)} {code(short(push.sha))} · {count} · {clock(push.seen_at)}",
            *((commits, _end(push)) if asks else (_end(push), commits)),
        ),
        rows=_buttons(push) if asks else (),
    )


def _end(push: Push) -> str:
    at = f" at {clock(push.answered_at)}" if push.answered_at else ""
    match push.state:
        case PushState.SEEN:
            return "Deploy it? The plan comes for your approval first."
        case PushState.DEPLOYED:
            return f"Deploy asked for{at}" + (f": run {push.run_id}." if push.run_id else ".")
        case PushState.SKIPPED:
            return f"Skipped{at}."
        case PushState.SUPERSEDED:
            return f"A newer push took its place{at}."


def _buttons(push: Push) -> tuple[tuple[Button, ...], ...]:
    return (
        (
            Button(
                text="Deploy",
                data=PushTap(answer=PushAnswer.DEPLOY, push=push.id).pack(),
                style="success",
            ),
            Button(text="Skip", data=PushTap(answer=PushAnswer.SKIP, push=push.id).pack()),
        ),
        *copying(push.sha),
    )
