"""A rollback on the command line as it stands on disk: one file of JSON lines, each synced before what it
tells of goes on. The journal is told of it later (catch_up.py)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from pydantic import TypeAdapter

from pipeline.engine.disk import append_line, whole_lines
from pipeline.engine.ending import Ending, StageError
from pipeline.model.errors import StageFailed
from pipeline.model.release import Release
from pipeline.model.results import Result, from_json, to_json
from pipeline.model.run import Failure, StageRow
from pipeline.model.states import ExitCode, RunState, StageName, StageState

_RELEASE = TypeAdapter(Release)
_FAILURE = TypeAdapter(Failure)
_DONE = "done"

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Began:
    """Who asked for what, and what served then. `target` is what was typed."""

    at: datetime
    by: str
    target: str | None
    goal: Release
    before: Release | None


@dataclass(kw_only=True)
class LocalRun:
    """`failed` is set once the way there has failed; `paused` once its checks could prove nothing, because
    PostgreSQL was away. Open until it has an `ending`."""

    path: Path
    began: Began
    rows: dict[StageName, StageRow] = field(default_factory=dict)
    failed: StageError | None = None
    paused: bool = False
    ending: Ending | None = None
    last_at: datetime

    @property
    def key(self) -> str:
        """Names it in the journal, which is told of it once."""
        return f"{self.path.parent.name}:{self.path.stem}"

    @staticmethod
    def begin(directory: Path, began: Began) -> LocalRun:
        """The intent is on disk when it returns. Raises OSError."""
        path = directory / f"{began.at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}.jsonl"
        words = {
            "by": began.by,
            "target": began.target,
            "goal": _plain(_RELEASE, began.goal),
            "before": _plain(_RELEASE, began.before) if began.before else None,
        }
        append_line(path, _line("began", began.at, words))
        return LocalRun(path=path, began=began, last_at=began.at)

    def step(
        self,
        stage: StageName,
        state: StageState,
        at: datetime,
        *,
        result: Result | None = None,
        failure: StageFailed | None = None,
    ) -> None:
        told = (
            Failure(
                stage=stage,
                what=failure.what,
                production=failure.production,
                advice=failure.advice,
                log=failure.log,
            )
            if failure
            else None
        )
        self._write(
            "stage",
            at,
            {
                "stage": stage,
                "state": state,
                "result": json.loads(to_json(result)) if result else None,
                "failure": _plain(_FAILURE, told) if told else None,
            },
        )

    def pause(self, at: datetime) -> None:
        self._write("paused", at, {})

    def end(self, ending: Ending, at: datetime) -> None:
        self._write(
            "ended",
            at,
            {
                "state": ending.state,
                "code": int(ending.code),
                "failure": _plain(_FAILURE, ending.failure) if ending.failure else None,
            },
        )

    def put_away(self) -> None:
        """The journal knows it. Raises OSError."""
        done = self.path.parent / _DONE
        done.mkdir(exist_ok=True)
        self.path.replace(done / self.path.name)

    def _write(self, kind: str, at: datetime, words: dict[str, Any]) -> None:
        """A disk that refuses after the beginning does not leave production half-way: what was done is then
        found out by looking."""
        try:
            append_line(self.path, _line(kind, at, words))
        except OSError as error:
            log.warning("local_step_not_kept", file=self.path.name, problem=str(error))
        self._take(kind, at, words)

    def _take(self, kind: str, at: datetime, words: dict[str, Any]) -> None:
        self.last_at = at
        match kind:
            case "stage":
                self._take_stage(at, words)
            case "paused":
                self.paused = True
            case "ended":
                failure = _FAILURE.validate_python(words["failure"]) if words["failure"] else None
                self.ending = Ending(RunState(words["state"]), ExitCode(words["code"]), failure)

    def _take_stage(self, at: datetime, words: dict[str, Any]) -> None:
        name, state = StageName(words["stage"]), StageState(words["state"])
        row = self.rows.get(name) or StageRow(
            name=name,
            position=len(self.rows) + 1,
            state=state,
            started_at=at,
            finished_at=None,
            last_line=None,
            result=None,
        )
        if state is StageState.RUNNING:
            row = replace(row, state=state, started_at=at, finished_at=None, last_line=None, result=None)
        else:
            result = from_json(name, json.dumps(words["result"])) if words["result"] else None
            row = replace(row, state=state, finished_at=at, result=result)
        if words["failure"]:
            failure = _FAILURE.validate_python(words["failure"])
            row = replace(row, last_line=failure.what)
            error = StageFailed(
                failure.what, production=failure.production, advice=failure.advice, log=failure.log
            )
            self.failed = self.failed or StageError(name, error)
        self.rows[name] = row


def local_runs(directory: Path) -> list[LocalRun]:
    """Those that the journal was not told of yet, oldest first. A file that cannot be read is set aside."""
    found = []
    for path in sorted(directory.glob("*.jsonl")):
        try:
            run = _read(path)
        except (ValueError, KeyError, TypeError) as error:
            log.exception("local_file_unreadable", file=str(path), problem=str(error))
            path.replace(path.with_suffix(".unreadable"))
            continue
        if run is None:
            path.unlink()  # cut before its intent was whole: nothing was done
        else:
            found.append(run)
    return found


def _read(path: Path) -> LocalRun | None:
    lines = [json.loads(line) for line in whole_lines(path)]
    if not lines:
        return None
    first, *rest = lines
    began = Began(
        at=datetime.fromisoformat(first["at"]),
        by=first["by"],
        target=first["target"],
        goal=_RELEASE.validate_python(first["goal"]),
        before=_RELEASE.validate_python(first["before"]) if first["before"] else None,
    )
    run = LocalRun(path=path, began=began, last_at=began.at)
    for words in rest:
        run._take(words["kind"], datetime.fromisoformat(words["at"]), words)
    return run


def _line(kind: str, at: datetime, words: dict[str, Any]) -> str:
    return json.dumps({"kind": kind, "at": at.isoformat(), **words}) + "\n"


def _plain(adapter: TypeAdapter[Any], value: object) -> Any:
    return adapter.dump_python(value, mode="json")
