"""Where a followed run is shown: a terminal, a pipe, a machine."""

from __future__ import annotations

import json
import os
import shutil
import sys
from datetime import datetime
from typing import Any, Protocol

import click

from pipeline.cli import screen
from pipeline.model.plan import Approval
from pipeline.model.run import RunView
from pipeline.report.document import Between, adapter, report_of
from pipeline.wording.markup import plain
from pipeline.wording.plan import plan_text


class Show(Protocol):
    """`begin` once, `change` at each look, `end` at the last one. `notice` is a sentence beside it."""

    def begin(self, view: RunView) -> None: ...
    def change(self, view: RunView, now: datetime) -> None: ...
    def notice(self, text: str) -> None: ...
    def plan(self, approval: Approval) -> None: ...
    def end(self, view: RunView, between: Between) -> None: ...
    def close(self) -> None: ...


class Lines:
    """One line for each change, without control codes."""

    def __init__(self) -> None:
        self._last: RunView | None = None

    def begin(self, view: RunView) -> None:
        click.echo(screen.asked(view))

    def change(self, view: RunView, _now: datetime) -> None:
        for line in screen.changes(self._last, view):
            click.echo(line)
        self._last = view

    def notice(self, text: str) -> None:
        click.echo(text)

    def plan(self, approval: Approval) -> None:
        click.echo(f"\n{plain(plan_text(approval.plan))}\n")

    def end(self, view: RunView, _between: Between) -> None:
        click.echo(screen.outcome(view))

    def close(self) -> None:
        pass


class Machine:
    """One JSON object a line; the last one is the report."""

    def __init__(self) -> None:
        self._last: RunView | None = None
        self._run = 0

    def begin(self, view: RunView) -> None:
        self._run = view.run.id
        self._say({"event": "asked", "run": self._run, "kind": view.run.kind})

    def change(self, view: RunView, _now: datetime) -> None:
        for event in screen.events(self._last, view):
            self._say(event)
        self._last = view

    def notice(self, text: str) -> None:
        self._say({"event": "notice", "run": self._run, "text": text})

    def plan(self, approval: Approval) -> None:
        expires = approval.expires_at.isoformat()
        self._say(
            {
                "event": "plan",
                "run": self._run,
                "expires_at": expires,
                "plan": json.loads(approval.plan.to_json()),
            }
        )

    def end(self, view: RunView, between: Between) -> None:
        self._say({"event": "report", **adapter().dump_python(report_of(view, between), mode="json")})

    def close(self) -> None:
        pass

    def _say(self, event: dict[str, Any]) -> None:
        click.echo(json.dumps(event, ensure_ascii=False))


class Terminal(Lines):
    """Stages redrawn in place."""

    def __init__(self) -> None:
        super().__init__()
        self._height = 0

    def begin(self, view: RunView) -> None:
        """The screen says it."""

    def change(self, view: RunView, now: datetime) -> None:
        size = shutil.get_terminal_size()
        lines = screen.fitted(screen.screen(view, now), size.columns, size.lines)
        up = f"\x1b[{self._height}F\x1b[J" if self._height else ""
        click.echo(up + "\n".join(lines))
        self._height = len(lines)

    def notice(self, text: str) -> None:
        self.close()
        super().notice(text)

    def plan(self, approval: Approval) -> None:
        self.close()
        super().plan(approval)

    def end(self, view: RunView, between: Between) -> None:
        self.close()
        super().end(view, between)

    def close(self) -> None:
        """What stands on the screen stays; a later change begins below it."""
        self._height = 0


def chosen(*, as_json: bool) -> Show:
    if as_json:
        return Machine()
    return Terminal() if on_terminal() else Lines()


def on_terminal() -> bool:
    """Whether a person sits before it who can read a redrawn screen and answer."""
    return sys.stdout.isatty() and sys.stdin.isatty() and os.environ.get("TERM", "dumb") != "dumb"
