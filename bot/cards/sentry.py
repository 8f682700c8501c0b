"""What the bot's own watch says: of a journal that is away in a card, of the rest as problems."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.cards.card import Card
from pipeline.model.alert import Problem, Severity
from pipeline.model.states import RunState
from pipeline.wording.markup import joined
from pipeline.wording.words import RUN_SIGN, WARNING, day, duration, span


def journal_away() -> Card:
    return Card(
        text=joined(
            f"{WARNING} <b>CRITICAL: the journal cannot be reached</b>",
            "PostgreSQL has not answered me for a minute. Until it does I can neither act nor tell anything.",
            "<b>Production</b> is not known from here; where the application uses the same PostgreSQL, it is"
            " likely to fail too.",
            "<b>Next:</b> on the server, see docker compose ps and the log of postgres. If production must go"
            " back now, run the rollback with --local there.",
        )
    )


def journal_back(seconds: float) -> Card:
    return Card(
        text=joined(
            f"{RUN_SIGN[RunState.SUCCEEDED]} <b>The journal is back</b>",
            f"It was away for {duration(seconds)}. What you wrote meanwhile is handled now; /status shows how"
            " production is.",
        )
    )


def worker_silent(last: datetime | None, quiet: timedelta) -> Problem:
    since = f" since {day(last)}" if last else f" for {span(quiet)}"
    return Problem(
        fingerprint="worker",
        severity=Severity.CRITICAL,
        title="The worker is silent",
        what=f"The worker has told nothing{since}.",
        production="What runs goes on by itself, but nobody watches it, and no run goes on.",
        advice="See docker compose -f docker-compose-vnext.yml logs worker on the server; start it again.",
    )


def telegram_away() -> Problem:
    return Problem(
        fingerprint="telegram",
        severity=Severity.WARNING,
        title="Telegram was away",
        what="The bot has not reached Telegram for two minutes or more.",
        production="It is not touched by this, and runs go on; what is to be told waits.",
        advice="If it stays so, see /health of the bot, and TELEGRAM_PROXY and TELEGRAM_API_URL.",
    )
