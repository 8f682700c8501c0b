"""Commands that ask the worker for a run and follow it, or call one off."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.running import run, settings
from pipeline.cli.which import PROJECT
from pipeline.model.states import RunKind

if TYPE_CHECKING:
    from pipeline.cli.way_back import Way

_TOO_LONG = 19  # digits of a number that the journal can hold
_DIGITS = 17
_BACKUP = click.IntRange(1, 10**_DIGITS - 1)


def _following(command: Callable[..., Any]) -> Callable[..., Any]:
    options = [
        click.option("--no-follow", is_flag=True, help="Only ask for the run."),
        click.option(
            "--json", "as_json", is_flag=True, help="One JSON object a line; the last is the report."
        ),
    ]
    for option in options:
        command = option(command)
    return command


_SURE = click.option(
    "--yes", "sure", is_flag=True, help="Approve the plan as the operator; the audit log says so."
)


@click.command()
@PROJECT
@click.argument("target", required=False, metavar="[BRANCH|SHA]")
@_SURE
@click.option("--despite-freeze", "despite", is_flag=True, help="Approve although a freeze (FREEZE) holds.")
@_following
def deploy(target: str | None, sure: bool, despite: bool, no_follow: bool, as_json: bool) -> None:
    """Deploy the watched branch, another branch or a commit.

    At the gate the plan is shown and asked about; an answer from the chat that comes first counts. With --yes
    it is approved. Without a terminal and without --yes it waits for the answer in the chat. Ctrl-C ends the
    following (exit code 130), not the run. While a freeze holds nothing is approved from here without
    --despite-freeze.

    \b
    Example:     vnext deploy main --yes
    Exit codes:  0 the release is live; 1 tests failed; 2 build failed; 3 another stage failed;
                 4 smoke test failed; 5 not approved or cancelled; 6 backup failed;
                 7 CRITICAL, the way back failed; 8 another run is under way; 64 wrong usage
    """
    _ask(RunKind.DEPLOY, target, sure=sure, no_follow=no_follow, as_json=as_json, despite_freeze=despite)


@click.command()
@PROJECT
@click.argument("target", required=False)
@_following
def test(target: str | None, no_follow: bool, as_json: bool) -> None:
    """Run the tests of a branch or commit; production is not touched.

    TARGET is a branch or a SHA, by default the watched branch. Ctrl-C ends the following (exit code 130), not
    the run.

    \b
    Example:     vnext test feature/login
    Exit codes:  0 the tests passed; 1 they failed, or coverage is too low; 3 the commit could not be had;
                 5 cancelled; 8 another run is under way; 64 wrong usage
    """
    _ask(RunKind.TEST, target, no_follow=no_follow, as_json=as_json)


@click.command()
@PROJECT
@click.argument("target", required=False)
@_following
def build(target: str | None, no_follow: bool, as_json: bool) -> None:
    """Build the images of a branch or commit; production is not touched.

    TARGET is a branch or a SHA, by default the watched branch. Ctrl-C ends the following (exit code 130), not
    the run.

    \b
    Example:     vnext build 8f2c1d0
    Exit codes:  0 built; 2 the build failed; 3 the commit could not be had; 5 cancelled;
                 8 another run is under way; 64 wrong usage
    """
    _ask(RunKind.BUILD, target, no_follow=no_follow, as_json=as_json)


@click.command()
@PROJECT
@_following
def backup(no_follow: bool, as_json: bool) -> None:
    """Back the application's database up, and read the backup back.

    Ctrl-C ends the following (exit code 130), not the run.

    \b
    Example:     vnext backup
    Exit codes:  0 the backup is kept; 5 cancelled; 6 it failed; 8 another run is under way; 64 wrong usage
    """
    _ask(RunKind.BACKUP, None, no_follow=no_follow, as_json=as_json)


@click.command()
@PROJECT
@click.argument("release", required=False)
@click.option("--code-only", is_flag=True, help="Leave the data as it is, also where the schema moved.")
@click.option("--with-data", is_flag=True, help="Bring the data that the release left back, too.")
@click.option("--local", is_flag=True, help="Carry it out here, without the worker; code only.")
@_SURE
@_following
def rollback(
    release: str | None,
    code_only: bool,
    with_data: bool,
    local: bool,
    sure: bool,
    no_follow: bool,
    as_json: bool,
) -> None:
    """Bring an earlier release back.

    RELEASE is its number or the first seven or more digits of its commit (see `vnext releases`); without it,
    the release that served before. It says what it will do and asks.

    Where the schema moved since, and the release that serves declares neither that this is harmless nor how
    it is undone, it wants to be told what happens to the data: --code-only, or --with-data, which brings the
    newest backup of what that release left back and loses what was written since. On a terminal it asks; with
    --yes or without a terminal it refuses.

    With --local, for the hour in which worker, PostgreSQL or Telegram are down: the release is found by image
    tags and the files below STATE_DIR; it is started, waited for and checked; if it is not well, what served
    before comes back. The journal is told of it as soon as it can be. A worker that is alive holds the
    project: end it first.

    \b
    Example:     vnext rollback 12
    Exit codes:  0 the release serves; 3 it could not be put in place; 4 its checks failed, or with --local
                 prove nothing because PostgreSQL is away; 5 not confirmed or cancelled;
                 7 CRITICAL, the way back failed; 8 another one holds the project; 64 wrong usage
    """
    if code_only and with_data:
        raise click.UsageError("--code-only or --with-data, but not both.")
    if not local:
        _roll_back(release, code_only, with_data, sure=sure, no_follow=no_follow, as_json=as_json)
        return
    if with_data:
        raise click.UsageError("--local brings the code back, never the data: leave --with-data out.")
    if no_follow or as_json:
        raise click.UsageError("--local carries the rollback out itself: leave --no-follow and --json out.")
    from pipeline.cli.rollback import roll_back
    from pipeline.logs import configure

    configure()
    run(roll_back(settings(), release, sure=sure))


@click.command()
@PROJECT
@click.argument("target", metavar="BACKUP")
@_SURE
@_following
def restore(target: str, sure: bool, no_follow: bool, as_json: bool) -> None:
    """Bring the data of a backup back.

    BACKUP is its number (see `vnext backups`), or `undo`: then the newest restore is taken back. The backup
    is checked and restored beside the live database; then the plan is shown and asked about. Only after that
    the application is stopped and the two databases change names. What was there is kept for an undo.

    \b
    Example:     vnext restore 12
    Exit codes:  0 restored; 3 or 4 it failed, and the database from before is back; 5 not approved or
                 cancelled; 6 the backup cannot be restored, nothing changed; 7 CRITICAL, the way back failed;
                 8 another run is under way; 64 wrong usage
    """
    from pipeline.model.run import UNDO

    if target != UNDO and not (target.isascii() and target.isdecimal() and len(target) < _TOO_LONG):
        raise click.UsageError(f"BACKUP is {target!r}; allowed: the number of a backup, or {UNDO}.")
    _ask(RunKind.RESTORE, target, sure=sure, no_follow=no_follow, as_json=as_json)


@click.command()
@PROJECT
@click.argument("target", required=False, metavar="[BACKUP]")
@click.option("--rollback", "back", is_flag=True, help="Prove the way back; the argument is a RELEASE then.")
@_following
@click.pass_context
def drill(context: click.Context, target: str | None, back: bool, no_follow: bool, as_json: bool) -> None:
    """Prove a backup: restore it into a throwaway PostgreSQL and compare it.

    BACKUP is its number (see `vnext backups`); without it, the newest that is not in quarantine. The
    throwaway server is of the live one's image and is gone afterwards; production is not touched. A backup
    that is not usable is put in quarantine: it is not restored, and not removed either. Ctrl-C ends the
    following (exit code 130), not the run.

    With --rollback the way back is proven: the previous release, or RELEASE (its number or the beginning of
    its commit), is started on a copy of the data, where it reaches nothing else, and checked.

    \b
    Example:     vnext drill 12
                 vnext drill --rollback
    Exit codes:  0 it is proven; 3 it could not be tried, and stays as it is; 5 cancelled;
                 6 it is not usable (a backup is in quarantine now), or the way back does not work;
                 8 another run is under way; 64 wrong usage
    """
    if back:
        return _ask(RunKind.ROLLBACK_DRILL, target, no_follow=no_follow, as_json=as_json)
    if target is not None:
        parameter = next(one for one in context.command.params if one.name == "target")
        target = str(_BACKUP(target, parameter, context))
    return _ask(RunKind.DRILL, target, no_follow=no_follow, as_json=as_json)


@click.command()
@PROJECT
@click.argument("number", required=False, type=click.IntRange(min=1), metavar="[RUN]")
@click.option("--json", "as_json", is_flag=True, help="The answer as one JSON object.")
def cancel(number: int | None, as_json: bool) -> None:
    """Call the run under way off, as long as it has not touched production.

    The worker ends it within a second, with what it has started; a worker that is down does so when it is
    back. Once the switch has begun it is refused. RUN makes sure that it is that run.

    \b
    Example:     vnext cancel
    Exit codes:  0 cancelled; 3 no such run, it has ended, or it switches already; 64 wrong usage
    """
    from pipeline.cli.cancel import call_off

    run(call_off(settings(), number, as_json=as_json), as_json=as_json)


def _roll_back(
    release: str | None, code_only: bool, with_data: bool, *, sure: bool, no_follow: bool, as_json: bool
) -> None:
    from pipeline.cli.way_back import Way

    way = Way.DATA if with_data else Way.CODE if code_only else None
    _ask(RunKind.ROLLBACK, release, sure=sure, no_follow=no_follow, as_json=as_json, way=way)


def _ask(
    kind: RunKind,
    target: str | None,
    *,
    sure: bool = False,
    no_follow: bool,
    as_json: bool,
    way: Way | None = None,
    despite_freeze: bool = False,
) -> None:
    if sure and no_follow:
        raise click.UsageError("--yes answers the plan while the run is followed: leave --no-follow out.")
    from pipeline.cli.follow import Wish, ask_and_follow

    wish = Wish(
        kind=kind,
        target=target,
        sure=sure,
        follow=not no_follow,
        as_json=as_json,
        way=way,
        despite_freeze=despite_freeze,
    )
    run(ask_and_follow(settings(), wish), as_json=as_json)
