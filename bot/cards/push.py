"""The card of a prompt: which commits arrived, what they touch, and what became of them."""

from __future__ import annotations

from datetime import datetime

from bot.callbacks import MuteFor, MuteTap, PushAnswer, PushTap
from bot.cards.card import Button, Card, copying
from pipeline.model.ci import Ci
from pipeline.model.push import Mute, Push, PushedCommit, PushFacts
from pipeline.model.states import PushState, RunState
from pipeline.wording.markup import code, joined, line, quote
from pipeline.wording.plan import commit_line
from pipeline.wording.words import MUTED, PUSH_SIGN, RUN_SIGN, WARNING, age, clock, day, short

_BUDGET = 2500
_NAMES = 3
_CI = {
    Ci.PASSED: f"{RUN_SIGN[RunState.SUCCEEDED]} CI passed",
    Ci.FAILED: f"{RUN_SIGN[RunState.FAILED]} CI failed",
    Ci.PENDING: f"{RUN_SIGN[RunState.RUNNING]} CI still runs",
}
_SPANS = {
    MuteFor.HOUR: "1 h",
    MuteFor.EIGHT_HOURS: "8 h",
    MuteFor.MORNING: "Until 8:00",
    MuteFor.OPEN: "No end",
}


def push_card(push: Push, project: str, *, mute: Mute | None = None, choosing: bool = False) -> Card:
    """`mute` is the one in force; `choosing` offers for how long prompts may be muted."""
    asks = push.state is PushState.SEEN
    details = _details(push)
    told = [*_warnings(push.facts), *_facts(push)]
    return Card(
        text=joined(
            f"{PUSH_SIGN[push.state]} <b>Push</b> · {line(project, 63)}",
            f"{line(push.branch, 100)} {code(short(push.sha))} · {_figures(push)} · {clock(push.seen_at)}",
            *((*told, details, _muted(mute), _end(push)) if asks else (_end(push), details)),
        ),
        rows=_buttons(push, mute, choosing) if asks else (),
    )


def _figures(push: Push) -> str:
    shown = len(push.commits)
    count = max(push.facts.commit_count, shown) if push.facts else shown
    files = push.facts.file_count if push.facts else None
    parts = [
        _counted(count, "commit") if shown else "Commits not known",
        "" if files is None else _counted(files, "file"),
        f"gathers {push.gathered} pushes" if push.gathered > 1 else "",
    ]
    return " · ".join(filter(None, parts))


def _warnings(facts: PushFacts | None) -> list[str]:
    if facts is None or not facts.rewritten:
        return []
    lost = "commits" if not facts.lost else _counted(facts.lost, "commit")
    one = facts.lost == 1
    among = " (the live one)" if one else ", among them the live one,"
    live = among if facts.live_lost else ""
    return [
        f"{WARNING} <b>The branch was rewritten: {lost} that {'was' if one else 'were'} there{live}"
        f" {'is' if one else 'are'} gone.</b>"
    ]


def _facts(push: Push) -> list[str]:
    facts = push.facts
    ci = [_CI[push.ci]] if push.ci else []
    if facts is None or facts.file_count is None:
        return ci
    touched = [
        *([_migrations(facts)] if facts.migration_count else []),
        *(["Dockerfile"] if facts.dockerfile else []),
        *(["compose file"] if facts.compose_file else []),
    ]
    if touched:
        return [f"{WARNING} Touches: {', '.join(touched)}", *ci]
    where = "" if facts.declared else " (looked for in common places)"
    return [f"No migration{where}, Dockerfile or compose file is touched.", *ci]


def _migrations(facts: PushFacts) -> str:
    count = facts.migration_count or 0
    names = [path.rpartition("/")[2] for path in facts.migrations[-_NAMES:]]
    more = ", …" if count > len(names) else ""
    what = _counted(count, "migration") if facts.declared else f"{_counted(count, 'file')} like a migration"
    return f"{what} ({line(', '.join(names), 150)}{more})"


def _details(push: Push) -> str:
    """Commits, then some of the files, folded."""
    facts = push.facts
    items = [_commit(commit, push.seen_at) for commit in push.commits]
    hidden = max(facts.commit_count if facts else 0, len(items)) - len(items)
    if hidden:
        items.append(f"… and {hidden} more commits")
    files = [line(path, 100) for path in facts.files] if facts else []
    left = (facts.file_count or 0) - len(files) if facts else 0
    if files:
        items += ["<b>Files</b>", *files, *([f"… and {left} more files"] if left > 0 else [])]
    return quote(items, total=len(items), budget=_BUDGET)


def _commit(commit: PushedCommit, seen_at: datetime) -> str:
    """Its age is that at the push, so that a card does not change by itself."""
    when = f", {age(commit.when, seen_at)}" if commit.when else ""
    return f"{commit_line(commit)}{when}"


def _muted(mute: Mute | None) -> str:
    return muted(mute) if mute else ""


def muted(mute: Mute) -> str:
    until = f"until {day(mute.until)}" if mute.until else "until somebody ends it"
    return f"{MUTED} No new prompts {until} ({line(mute.began_by, 80)})."


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


def _buttons(push: Push, mute: Mute | None, choosing: bool) -> tuple[tuple[Button, ...], ...]:
    def tap(text: str, span: MuteFor) -> Button:
        return Button(text=text, data=MuteTap(span=span, push=push.id).pack())

    last = tap("Mute", MuteFor.ASK)
    if choosing:
        last = tap("Do not mute", MuteFor.KEEP)
    elif mute is not None:
        last = tap("Unmute", MuteFor.END)
    return (
        (
            Button(
                text="Deploy",
                data=PushTap(answer=PushAnswer.DEPLOY, push=push.id).pack(),
                style="success",
            ),
            Button(text="Skip", data=PushTap(answer=PushAnswer.SKIP, push=push.id).pack()),
        ),
        (Button(text="Plan", data=PushTap(answer=PushAnswer.PLAN, push=push.id).pack()), last),
        *((tuple(tap(text, span) for span, text in _SPANS.items()),) if choosing else ()),
        *copying(push.sha),
    )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
