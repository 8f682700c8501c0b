"""Judgement over a bot and a worker that have just been started: whether they prove themselves. Pure.

What was not well with the bot before them either, and is no code's doing (a home chat that takes no messages,
a repository that is away), is told and does not count against the new one: no other release would mend it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pipeline.model.json_path import MISSING, at
from pipeline.model.moment import clock
from pipeline.model.running import Process, Running, Written
from pipeline.model.tried import CheckLine
from pipeline.probe import Answer, Unreachable
from pipeline.smoke.answers import phrase, shown

BOT_HEALTH, BOT_REVISION = "bot: health", "bot: revision"
BOT_JOURNAL, WORKER_JOURNAL = "bot: journal", "worker: journal"
UPDATES, CARD = "Telegram: updates", "Telegram: this card"

LAST_WORD = timedelta(hours=1)
"""An earlier bot that told nothing for longer before the new one's start says nothing of how it was then."""

_OWN = frozenset({"database", "worker"})
"""Parts that are never excused: without them nothing works."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """What was seen of it. `sha` is the commit that it is to be of, where that is known; `hosts` are those of
    its running containers; `processes` are all that the journal knows, the newest start first; `observers`
    are hosts of workers that saw production last; `written` tells who wrote the run's card."""

    sha: str | None
    hosts: frozenset[str]
    health: Answer | Unreachable
    processes: Sequence[Running]
    observers: frozenset[str]
    written: Sequence[Written]

    @property
    def bot(self) -> Running | None:
        return self._new("bot")

    @property
    def worker(self) -> Running | None:
        return self._new("worker")

    @property
    def before(self) -> Running | None:
        """The last word of the bot before."""
        others = (p for p in self.processes if p.process == "bot" and p.host not in self.hosts)
        newest = max(others, key=lambda process: process.told_at, default=None)
        bot = self.bot
        if newest is None or bot is None or newest.told_at < bot.started_at - LAST_WORD:
            return None
        return newest

    @property
    def shut(self) -> str | None:
        """Why the home chat takes no messages, where it took none from the bot before either."""
        bot, before = self.bot, self.before
        return bot.shut if bot and before and before.shut else None

    def _new(self, process: Process) -> Running | None:
        return next((p for p in self.processes if p.process == process and p.host in self.hosts), None)


def judge_pair(pair: Pair) -> list[CheckLine]:
    """A line for each thing that is to be proven."""
    return [
        _health(pair),
        _revision(pair),
        _journal(BOT_JOURNAL, pair, pair.bot, wrote=pair.bot is not None),
        _journal(
            WORKER_JOURNAL,
            pair,
            pair.worker,
            wrote=pair.worker is not None and pair.worker.host in pair.observers,
        ),
        _updates(pair),
        _card(pair),
    ]


def _health(pair: Pair) -> CheckLine:
    limit = "ok in every part"
    if isinstance(pair.health, Unreachable):
        return _line(BOT_HEALTH, "no answer", limit, f"Its health endpoint gave {phrase(pair.health)}.")
    checks = at(pair.health.json, "checks")
    if not isinstance(checks, Mapping) or not checks:
        return _line(BOT_HEALTH, str(pair.health.status), limit, "Its health endpoint names no parts.")
    ill = {str(name): _detail(entry) for name, entry in checks.items() if at(entry, "status") != "ok"}
    excused = {name for name in ill if _was_so_before(pair, name)}
    told = "; ".join(f"{name}: {why}" for name, why in ill.items())
    if left := sorted(ill.keys() - excused):
        return _line(BOT_HEALTH, f"not ok: {', '.join(left)}", limit, f"It says of itself {told}.")
    if ill:
        figure = f"ok but for {', '.join(sorted(excused))}"
        detail = f"Not counted, for it was so with the bot before: {told}."
        return _line(BOT_HEALTH, figure, limit, detail, ok=True)
    return _line(BOT_HEALTH, "ok", limit, ok=True)


def _was_so_before(pair: Pair, part: str) -> bool:
    if part == "telegram":
        return pair.shut is not None
    return part not in _OWN and pair.before is not None and part in pair.before.ill


def _detail(entry: object) -> str:
    detail = at(entry, "detail")
    return shown(at(entry, "status") if detail is MISSING else detail)


def _revision(pair: Pair) -> CheckLine:
    limit = pair.sha[:7] if pair.sha else "any"
    if isinstance(pair.health, Unreachable):
        return _line(BOT_REVISION, "no answer", limit, f"Its health endpoint gave {phrase(pair.health)}.")
    found = at(pair.health.json, "revision")
    told = found if isinstance(found, str) and found else "none"
    ok = pair.sha is None or (len(told) >= len(limit) and pair.sha.startswith(told))
    detail = "" if ok else "The bot that answers is not of the commit that was to be put in place."
    return _line(BOT_REVISION, shown(told[:7]), limit, detail, ok=ok)


def _journal(name: str, pair: Pair, process: Running | None, *, wrote: bool) -> CheckLine:
    limit = f"written since its start, by {pair.sha[:7]}" if pair.sha else "written since its start"
    if process is None:
        return _line(name, "nothing", limit, "It has told the journal nothing since its start.")
    if not process.is_of(pair.sha):
        return _line(name, f"written by {process.code}", limit, "It is of another commit.")
    if not wrote:
        started = f"started {clock(process.started_at)}"
        return _line(name, started, limit, "It has told the journal nothing of production since its start.")
    return _line(name, f"written by {process.code}", limit, ok=True)


def _updates(pair: Pair) -> CheckLine:
    limit, bot = "getUpdates is answered", pair.bot
    if bot is not None and bot.polled_at is not None and bot.polled_at >= bot.started_at:
        return _line(UPDATES, f"answered {clock(bot.polled_at)}", limit, ok=True)
    why = bot.ill.get("telegram") if bot else None
    said = f"Telegram has not answered the new bot's getUpdates{f': {why}' if why else ''}."
    return _line(UPDATES, "no answer", limit, said)


def _card(pair: Pair) -> CheckLine:
    limit, bot = "written by the new bot", pair.bot
    own = [w for w in pair.written if bot and w.by == bot.host and w.at >= bot.started_at]
    if own:
        return _line(CARD, f"written {clock(own[0].at)}", limit, ok=True)
    if pair.shut is not None:
        detail = f"Not counted, for it was so with the bot before: the chat takes no messages ({pair.shut})."
        return _line(CARD, "refused", limit, detail, ok=True)
    why = bot.ill.get("telegram") if bot else None
    said = f"The new bot has not written this run's card{f': {why}' if why else ''}."
    return _line(CARD, "not written", limit, said)


def _line(name: str, figure: str, limit: str, detail: str = "", *, ok: bool = False) -> CheckLine:
    return CheckLine(name=name, ok=ok, figure=figure, limit=limit, detail=detail)
