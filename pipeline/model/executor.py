"""Who carries runs out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pipeline.model.errors import PipelineError
from pipeline.model.moment import second
from pipeline.model.states import ExitCode


@dataclass(frozen=True, kw_only=True)
class Executor:
    """A process that holds, or wants, the executor's lock of a project.

    `name` is what it was started as (`worker`, `rollback --local`); `doing` is the run and stage it is at.
    """

    name: str
    host: str
    pid: int
    since: datetime | None
    doing: str | None = None

    def __str__(self) -> str:
        since = f" since {second(self.since)}" if self.since else ""
        return f"{self.name} on {self.host} (process {self.pid}){since}, {self.doing or 'at no run'}"


class Held(PipelineError):
    """Another executor holds the project; it frees the lock by its end, however that comes."""

    exit_code = ExitCode.HELD

    def __init__(self, holder: Executor) -> None:
        super().__init__(
            f"The project is held by {holder}.",
            production="Nothing was done here: only that one acts.",
            advice="Let it finish, or end it (for a worker: compose stop worker) and try again.",
        )
        self.holder = holder
