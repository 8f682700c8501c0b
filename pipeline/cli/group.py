"""A group of commands that lists them by purpose, and ends with 64 on wrong usage."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import click

from pipeline.model.states import ExitCode

HELP = {"help_option_names": ["-h", "--help"]}

_SENTENCE = 200  # the first of a command, whole: the formatter wraps it


class Commands(click.Group):
    """Wrong usage ends with 64: click's own 2 would tell of a failed build."""

    def __init__(self, *words: Any, **options: Any) -> None:
        super().__init__(*words, **options)
        self.sections: dict[str, list[click.Command]] = {}

    def add_section(self, title: str, *commands: click.Command) -> None:
        """Commands below a heading of the help, in this order."""
        self.sections.setdefault(title, []).extend(commands)
        for command in commands:
            self.add_command(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """By section. A command that was added without one is listed last."""
        placed = {command for commands in self.sections.values() for command in commands}
        others = [
            command for name in self.list_commands(ctx) if (command := self.commands[name]) not in placed
        ]
        width = max((len(name) for name in self.commands), default=0)
        for title, commands in [*self.sections.items(), *([("More", others)] if others else [])]:
            rows = [
                (f"{command.name or '':<{width}}", command.get_short_help_str(_SENTENCE))
                for command in commands
            ]
            with formatter.section(title):
                formatter.write_dl(rows)

    def make_context(self, *words: Any, **options: Any) -> click.Context:
        with _usage():
            return super().make_context(*words, **options)

    def invoke(self, ctx: click.Context) -> Any:
        with _usage():
            return super().invoke(ctx)


@contextlib.contextmanager
def _usage() -> Iterator[None]:
    try:
        yield
    except click.UsageError as error:
        error.show()
        raise click.exceptions.Exit(int(ExitCode.USAGE)) from error
