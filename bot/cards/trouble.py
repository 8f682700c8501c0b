"""What is told of the bot's own troubles."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards.card import Card
from pipeline.model.states import RunState
from pipeline.store.chat import OtherBot
from pipeline.store.copies import CopyTrouble
from pipeline.wording.markup import advice, code, joined, line
from pipeline.wording.words import RUN_SIGN, WARNING, day

_SHOWN = 5
_UNKNOWN = (
    "It does not use this journal: look for a bot elsewhere (another server, a test, an old container)"
    " with the same TELEGRAM_API_TOKEN."
)


def other_pollers(others: Sequence[OtherBot]) -> list[str]:
    """One sentence for each, without formatting."""
    return [
        f"the bot on {host} (process {pid or 'unknown'}), connected to this journal since {day(other.since)}"
        for other in others[:_SHOWN]
        for host, _, pid in [other.name.rpartition(" ")]
    ]


def conflict_card(others: Sequence[OtherBot]) -> Card:
    who = [f"It is {line(words)}." for words in other_pollers(others)]
    return Card(
        text=joined(
            f"{WARNING} <b>CRITICAL: another process fetches my messages</b>",
            "Telegram gives each command and tap to one of us only, so some of yours may not arrive here.",
            *(who or [_UNKNOWN]),
            "Production and runs are not touched by this.",
            "End the other process, or give it a bot of its own.",
        )
    )


def copies_card(trouble: CopyTrouble, project: str) -> Card:
    """Said once for failures in a row; edited when copies go well again."""
    where = f" · {line(project, 63)}"
    rest: list[str] = []
    if trouble.of_file:
        head = f"{WARNING} <b>Backup {trouble.backup_id} is damaged</b>{where}"
    elif trouble.over_at is None:
        head = f"{WARNING} <b>Backups are not copied off site</b>{where}"
        rest = ["It is tried again each hour and after each backup; this message then tells."]
    else:
        since, until = day(trouble.began_at), day(trouble.over_at)
        return Card(
            text=joined(
                f"{RUN_SIGN[RunState.SUCCEEDED]} <b>Backups are copied off site again</b>{where}",
                f"From {since} to {until} they were not. {line(trouble.problem, 400)}",
            )
        )
    return Card(
        text=joined(
            head,
            f"<b>What happened with backup {trouble.backup_id}:</b> {line(trouble.problem, 700)}",
            "<b>Production</b> was not touched, and runs go on.",
            f"<b>Next:</b> {advice(trouble.advice)}",
            *rest,
        )
    )


def mishap(update_id: int, problem: str) -> Card:
    return Card(
        text=f"{WARNING} <b>A message of yours could not be handled</b> and was set aside after three tries"
        f" (update {update_id}).\n{code(problem, 300)}\nIf it started something,"
        " that shows here as a run. Otherwise please send it again."
    )


def tap_too_old() -> Card:
    return Card(
        text=f"{WARNING} A button that you tapped while I was away reached me too late, and nothing was done."
        "\nIf it is still wanted, please tap it again."
    )


def undelivered(name: str, why: str, where: str) -> Card:
    """For a file; `why` goes on a sentence, `where` is one."""
    return Card(
        text=f"{WARNING} {code(name, 60)} could not be sent: {line(why, 300)}.\n"
        f"Production is not touched by this. {line(where, 300)}"
    )
