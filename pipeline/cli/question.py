"""A question at the terminal. Silence means no."""

from __future__ import annotations

import asyncio
import sys

import click

_YES = frozenset({"y", "yes"})


async def confirmed() -> bool:
    """Asks and waits for a line; a signal can end the wait. False without a terminal."""
    if not sys.stdin.isatty():
        click.echo(
            "Nothing was done: production was not touched. There is no terminal, so nobody can be asked; add"
            " --yes to carry it out.",
            err=True,
        )
        return False
    if (await typed("Carry it out? [y/N] ")).strip().lower() in _YES:
        return True
    click.echo("Nothing was done: production was not touched.", err=True)
    return False


async def typed(question: str) -> str:
    """The line that is typed after it, empty at the end of the input. A cancellation ends the wait."""
    click.echo(question, nl=False)
    loop = asyncio.get_running_loop()
    typed: asyncio.Future[str] = loop.create_future()

    def read() -> None:
        if not typed.done():
            typed.set_result(sys.stdin.readline())

    loop.add_reader(sys.stdin, read)
    try:
        return await typed
    finally:
        loop.remove_reader(sys.stdin)
