"""`python -m pipeline`, also installed as `vnext`: the commands by purpose.

A command's module imports at its top what its options need, and what carries it out where it is called: the
help of all of them is then there at once.
"""

from __future__ import annotations

import click

from pipeline.cli.group import HELP, Commands
from pipeline.cli.handing_over import hand_over
from pipeline.cli.looking import alerts, audit, backups, history, logs, releases, report, stats, status
from pipeline.cli.migrating import migrate
from pipeline.cli.pushing import hook, setup_git
from pipeline.cli.resting import pause, resume, schedules
from pipeline.cli.runs import backup, build, cancel, deploy, drill, restore, rollback, test
from pipeline.cli.service import check, health, worker
from pipeline.cli.trying import plan, smoke
from pipeline.cli.which import PROJECT


@click.group(cls=Commands, context_settings=HELP)
@PROJECT
def main() -> None:
    """Deploys, rolls back and backs up a Docker Compose application.

    The worker carries runs out, one at a time for each project; these commands ask for them and follow them.
    Settings come from the environment; .env.vnext.example explains each. `vnext COMMAND --help` shows a
    command's options, an example and its exit codes.
    """


main.add_section("Runs", deploy, test, build, rollback, backup, restore, drill, cancel)
main.add_section("Without a run", plan, smoke)
main.add_section("What is and was", status, alerts, stats, history, report, logs, releases, backups, audit)
main.add_section("Pushes", setup_git, hook)
main.add_section("What comes by itself", schedules, pause, resume)
main.add_section("Service", worker, check, health, migrate, hand_over)
