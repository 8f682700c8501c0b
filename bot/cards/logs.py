"""The application's log lines: whose are wanted, what they are, and why there are none."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime

from bot.callbacks import Choice, LinesTap, Listed, LogsTap, MenuTap, PageTap, ServiceTap, Wish
from bot.cards.card import Button, Card
from bot.cards.paging import BY_NAME, mark, page_of, turning
from pipeline.model.inquiry import MOST_LINES, Inquiry, LogsFound, LogsWanted, NotFound, Restarted
from pipeline.model.release import Observation, ServiceState
from pipeline.model.states import StageState
from pipeline.store.history import PastRun
from pipeline.wording.markup import advice, clean_line, code, cut, escape, joined, line
from pipeline.wording.words import ANSWER_WANTED, KIND, RUN_WORD, STAGE_SIGN, WARNING, age, clock

LINES = 50
"""So many where none are named."""

_MORE = 4
_BUDGET = 3400
_LABEL = 40


def services_card(seen: Observation | None, failed: PastRun | None, *, lines: int, page: int = 0) -> Card:
    """`failed` is the newest run that ended badly and whose log is kept."""
    services = list({each.service: each for each in seen.services}.values()) if seen else []
    shown = page_of(services, page)
    rows = [
        (Button(text=_label(each), data=ServiceTap(mark=mark(each.service), lines=lines).pack()),)
        for each in shown.items
    ]
    turn = turning(shown, lambda to: PageTap(of=Listed.SERVICES, page=to, lines=lines), BY_NAME)
    run = []
    if failed is not None:
        words = f"Run {failed.id}: {KIND[failed.kind].lower()}, {RUN_WORD[failed.state].lower()}"
        run.append((Button(text=words, data=LogsTap(run=failed.id).pack()),))
    unknown = "No service is known: the worker has not told of any." if not services else ""
    return Card(
        text=joined(
            f"{ANSWER_WANTED} <b>Whose log?</b> The newest {_counted(lines)} of a service{shown.place}."
            if services
            else f"{WARNING} {unknown}",
            "The whole log of the newest run that failed comes as a file." if failed else "",
        ),
        rows=(*rows, *turn, *run),
    )


def logs_card(inquiry: Inquiry, seen: Observation | None, now: datetime) -> Card:
    """What the worker answered, or that it did not."""
    wanted = inquiry.wanted
    if not isinstance(wanted, LogsWanted) or isinstance(inquiry.answer, Restarted):
        raise TypeError(f"inquiry {inquiry.id} did not ask for logs")
    match inquiry.answer:
        case LogsFound():
            return _lines(inquiry, wanted, inquiry.answer)
        case NotFound(what=what, advice=next_, services=services):
            names = f" {line(', '.join(services), 1000)}" if services else ""
            return _nothing(inquiry, line(what, 700), f"{advice(next_)}{names}")
        case _:
            return _nothing(inquiry, *no_answer(inquiry, seen, now))


def no_answer(inquiry: Inquiry, seen: Observation | None, now: datetime) -> tuple[str, str]:
    """Why there is none, and what to do."""
    if inquiry.taken_at is not None:
        return (
            "The worker took the question and did not answer.",
            "Try again in a moment. Where it stays so, see its own log on the server: docker compose logs"
            " worker.",
        )
    heard = f"it was last heard of {age(seen.at, now)}" if seen else "it has not told anything yet"
    return (
        f"The worker does not answer; {heard}.",
        "See on the server why it is away: docker compose ps worker, docker compose logs worker.",
    )


def newest(lines: Sequence[str], budget: int = _BUDGET) -> list[str]:
    """As many of the newest as fit into so many code points; of one that is too long alone, its beginning."""
    kept: deque[str] = deque()
    room = budget
    for text in map(clean_line, reversed(lines)):
        room -= len(text) + 1
        if room < 0:
            return list(kept) or [cut(text, budget)]
        kept.appendleft(text)
    return list(kept)


def is_cut(found: LogsFound) -> bool:
    """Whether a card cannot hold all of it."""
    shown = newest(found.lines)
    return len(shown) < len(found.lines) or shown[:1] != [clean_line(text) for text in found.lines[:1]]


def not_allowed(found: str) -> Card:
    return Card(
        text=f"{WARNING} LINES is {code(found, 40)}; allowed is a number from 1 to {MOST_LINES}.\n"
        "It goes like this: /logs [service] [lines]"
    )


def more(wanted: LogsWanted) -> LogsWanted:
    lines = min(wanted.lines * _MORE, MOST_LINES)
    return LogsWanted(service=wanted.service, lines=lines, file=True)


def refreshed(wanted: LogsWanted) -> LogsWanted:
    """Without a file: Refresh may be tapped often."""
    return LogsWanted(service=wanted.service, lines=wanted.lines)


def _lines(inquiry: Inquiry, wanted: LogsWanted, found: LogsFound) -> Card:
    shown = newest(found.lines)
    at = f" · {clock(inquiry.answered_at)}" if inquiry.answered_at else ""
    head = f"<b>{line(wanted.service, 60)}</b> · newest {_counted(len(found.lines))}{at}"
    if not found.lines:
        head = f"<b>{line(wanted.service, 60)}</b> has written nothing yet{at}"
    left = "More were wanted than I may hand on." if found.left_out else ""
    some = f"Shown are the last {len(shown)}; File brings all {len(found.lines)}." if is_cut(found) else ""
    rows = [_button("Refresh", Wish.REFRESH, inquiry)]
    if wanted.lines < MOST_LINES and found.older:
        rows.append(_button("More", Wish.MORE, inquiry))
    if is_cut(found):
        rows.append(_button("File", Wish.FILE, inquiry))
    body = f"<pre>{escape(chr(10).join(shown))}</pre>" if any(text.strip() for text in shown) else ""
    return Card(text=joined(head, body, some, left), rows=(tuple(rows),))


def _nothing(inquiry: Inquiry, what: str, next_: str) -> Card:
    return Card(
        text=f"{WARNING} <b>No log of {line(of_logs(inquiry).service, 60)}.</b> {what}\n"
        f"<b>Production</b> goes on by itself; nothing was done to it.\n<b>Next:</b> {next_}",
        rows=(
            (
                _button("Try again", Wish.REFRESH, inquiry),
                Button(text="Services", data=MenuTap(choice=Choice.LOGS).pack()),
            ),
        ),
    )


def of_logs(inquiry: Inquiry) -> LogsWanted:
    if not isinstance(inquiry.wanted, LogsWanted):
        raise TypeError(f"inquiry {inquiry.id} is not about log lines")
    return inquiry.wanted


def _button(text: str, wish: Wish, inquiry: Inquiry) -> Button:
    return Button(text=text, data=LinesTap(wish=wish, inquiry=inquiry.id).pack())


def _label(service: ServiceState) -> str:
    sign = STAGE_SIGN[StageState.SUCCEEDED if service.well else StageState.FAILED]
    return f"{sign} {cut(clean_line(service.service), _LABEL)}"


def _counted(lines: int) -> str:
    return f"{lines} line{'' if lines == 1 else 's'}"
