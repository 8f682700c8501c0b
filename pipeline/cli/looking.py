"""Commands that show what is and was; they change nothing."""

from __future__ import annotations

import click

from pipeline.cli.running import run, settings
from pipeline.cli.which import PROJECT

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document.")
_LIMIT = click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many."
)


@click.command()
@PROJECT
@_JSON
def status(as_json: bool) -> None:
    """What serves and how it is, the run under way, the newest runs.

    Where there are several projects and none is named, the others stand below with a line each.

    \b
    Example:     vnext status
    Exit codes:  0 shown; 3 the journal is away; 64 wrong usage
    """
    from pipeline.cli.standing import show_status

    run(show_status(settings(), as_json=as_json), as_json=as_json)


@click.command()
@PROJECT
@_JSON
def stats(as_json: bool) -> None:
    """DORA's four keys of the last 30 days and the 30 before, and how stages, tests and backups change.

    \b
    Example:     vnext stats --json
    Exit codes:  0 shown; 3 the journal is away; 64 wrong usage
    """
    from pipeline.cli.stats import show_stats

    run(show_stats(settings(), as_json=as_json), as_json=as_json)


@click.command()
@PROJECT
@_LIMIT
@_JSON
def history(limit: int, as_json: bool) -> None:
    """The newest runs, what came of them and who asked.

    \b
    Example:     vnext history --limit 50
    Exit codes:  0 shown; 3 the journal is away; 64 wrong usage
    """
    from pipeline.cli.standing import show_history

    run(show_history(settings(), limit, as_json=as_json), as_json=as_json)


@click.command()
@PROJECT
@_LIMIT
@_JSON
def releases(limit: int, as_json: bool) -> None:
    """Releases that were live, newest first; `vnext rollback RELEASE` brings one back.

    \b
    Example:     vnext releases
    Exit codes:  0 shown; 3 the journal is away; 64 wrong usage
    """
    from pipeline.cli.standing import show_releases

    run(show_releases(settings(), limit, as_json=as_json), as_json=as_json)


@click.command()
@PROJECT
@_LIMIT
@_JSON
def backups(limit: int, as_json: bool) -> None:
    """Backups of the application's database, newest first.

    \b
    Example:     vnext backups
    Exit codes:  0 shown; 3 the journal is away; 64 wrong usage
    """
    from pipeline.cli.standing import show_backups

    run(show_backups(settings(), limit, as_json=as_json), as_json=as_json)


@click.command()
@PROJECT
@_LIMIT
@_JSON
def alerts(limit: int, as_json: bool) -> None:
    """What is wrong now, and what was: open alerts first, then the newest that are over.

    \b
    Example:     vnext alerts
    Exit codes:  0 shown; 3 the journal is away; 64 wrong usage
    """
    from pipeline.cli.alerts import show_alerts

    run(show_alerts(settings(), limit, as_json=as_json), as_json=as_json)


@click.command()
@PROJECT
@click.argument("number", required=False, type=click.IntRange(min=1), metavar="[RUN]")
@_JSON
def report(number: int | None, as_json: bool) -> None:
    """The report of a run, without RUN of the newest that has ended.

    \b
    Example:     vnext report 12 --json
    Exit codes:  0 shown; 3 no such run, or the journal is away; 64 wrong usage
    """
    from pipeline.cli.standing import show_report

    run(show_report(settings(), number, as_json=as_json), as_json=as_json)


@click.command()
@PROJECT
@click.option("--run", "number", type=click.IntRange(min=1), help="Only what is about this run.")
@click.option("--since", metavar="WHEN", help="Only from then on: 2026-03-09, or 90m, 24h, 7d ago.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 100_000), help="How many.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, the oldest first.")
def audit(number: int | None, since: str | None, limit: int, as_json: bool) -> None:
    """Who asked, approved, rejected, tapped or was refused, when and from which chat; newest first.

    With --project only what is about runs of that project.

    \b
    Example:     vnext audit --run 12
                 vnext audit --since 7d --limit 100000 --json
    Exit codes:  0 shown; 3 the journal is away; 64 wrong usage
    """
    from datetime import UTC, datetime

    from pipeline.cli.audit import moment, show_audit

    try:
        begin = moment(since, datetime.now(UTC)) if since else None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--since") from None
    run(show_audit(settings(), run=number, since=begin, limit=limit, as_json=as_json), as_json=as_json)


@click.command()
@PROJECT
@click.argument("service", required=False)
@click.option("--lines", default=100, show_default=True, type=click.IntRange(0, 100_000), help="How many.")
@click.option("--follow", is_flag=True, help="Go on with new lines until Ctrl-C.")
@click.option("--run", "number", type=click.IntRange(min=1), help="The log of this run instead.")
def logs(service: str | None, lines: int, follow: bool, number: int | None) -> None:
    """The application's newest log lines, or the log of a run.

    SERVICE is one of the group's; without it, all of them.

    \b
    Example:     vnext logs app --follow
                 vnext logs --run 12
    Exit codes:  0 shown; 3 Docker is away, or there is no such log; 64 wrong usage
    """
    if number is not None:
        if service or follow:
            raise click.UsageError("--run shows the log of a run: leave SERVICE and --follow out.")
        from pipeline.cli.logs import show_log_of_run

        run(show_log_of_run(settings(), number, lines))
        return
    from pipeline.cli.logs import show_logs

    run(show_logs(settings(), service, lines, follow=follow))
