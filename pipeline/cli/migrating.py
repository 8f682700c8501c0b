"""`migrate`: the journal's own schema, up to what this version knows, or down for an older one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.running import run, told

if TYPE_CHECKING:
    from pipeline.settings import JournalSettings


@click.command()
@click.option(
    "--to",
    "code",
    type=click.IntRange(min=0),
    metavar="NUMBER",
    help="So that the version which knows the schema NUMBER works with it.",
)
def migrate(code: int | None) -> None:
    """Bring the journal's schema to what this version knows.

    Bot, worker and commands do that themselves when they start. With --to it goes down, for an older version:
    only migrations are undone that the older one cannot work with, and what only they can hold is lost. Stop
    bot and worker before that: started again, this version brings the schema up again.

    \b
    Example:     vnext migrate --to 26
    Exit codes:  0 done, or nothing to do; 3 the journal is away, a migration failed, or nothing undoes one;
                 64 a number above what this version knows, or a wrong setting
    """
    from pipeline.reading import read
    from pipeline.settings import JournalSettings

    with told():
        run(_migrate(read(JournalSettings), code))


async def _migrate(settings: JournalSettings, code: int | None) -> None:
    from pipeline.model.errors import ConfigurationError
    from pipeline.store.schema import go_down_for, go_up, newest, standing

    if code is not None and code > newest():
        raise ConfigurationError("--to", str(code), f"a number up to {newest()}, which this version knows")
    before = await standing(settings.journal)
    if code is None or code > before.at:
        done = await go_up(settings.journal, to=code)
    else:
        done = await go_down_for(settings.journal, code)
    after = await standing(settings.journal)
    for number in done:
        click.echo(f"{number:04} {'applied' if after.at >= number else 'undone'}")
    click.echo(_said(before.at, after.at))
    if code is not None and after.at > code:
        click.echo(f"The version that knows {code} works with it.")
    elif after.at > newest():
        click.echo(f"A newer version made it so; this one, which knows {newest()}, works with it.")
    elif after.pending:
        click.echo(f"This version would bring it to {newest()} again: start the one that knows {after.at}.")


def _said(before: int, after: int) -> str:
    if before == after:
        return f"The journal's schema is at {after}: nothing to do."
    return f"The journal's schema was at {before} and is at {after} now."
