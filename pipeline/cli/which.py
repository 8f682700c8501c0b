"""Which project a command is about: `--project NAME`, before the command or after it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import click

from pipeline.model.errors import ConfigurationError
from pipeline.of_project import NoSuchProject

_KEY = "pipeline.project"


def _remember(context: click.Context, _: click.Parameter, name: str | None) -> str | None:
    if name is not None and context.meta.setdefault(_KEY, name) != name:
        raise click.UsageError(f"--project is given twice: {context.meta[_KEY]} and {name}.")
    return name


PROJECT = click.option(
    "--project",
    metavar="NAME",
    expose_value=False,
    callback=_remember,
    help="One of PROJECTS; without it, that of PROJECT_NAME.",
)


@contextlib.contextmanager
def of_the_option() -> Iterator[None]:
    """A project that is not of the installation was named with the option: it is what is wrong then."""
    try:
        yield
    except NoSuchProject as error:
        raise ConfigurationError("--project", repr(error.project), error.allowed) from error


def chosen_project() -> str | None:
    """The name as it was given to the command that runs now; None where none was."""
    context = click.get_current_context(silent=True)
    name: str | None = context.meta.get(_KEY) if context else None
    return name


def vnext(command: str) -> str:
    """How a person calls another command about the same project."""
    name = chosen_project()
    return f"vnext {command} --project {name}" if name else f"vnext {command}"
