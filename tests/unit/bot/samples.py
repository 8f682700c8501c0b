"""Values as the journal gives them, with a clock that stands still."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.model.inquiry import Found, Inquiry, InquiryId, PlanWanted
from pipeline.model.plan import Approval, Plan, Side
from pipeline.model.push import Push, PushedCommit, PushFacts, PushId
from pipeline.model.question import Choice, Question, Way
from pipeline.model.release import ApprovalId, ProjectId, QuestionId, Release, ReleaseId, RunId
from pipeline.model.results import BackedUp, Built, CheckLine, CommitLine, Pulled, Result, Smoked, Tested
from pipeline.model.run import Failure, Run, RunView, StageRow
from pipeline.model.states import (
    ApprovalState,
    ExitCode,
    PushState,
    RunKind,
    RunState,
    Source,
    StageName,
    StageState,
)
from pipeline.store.history import PastRun

START = datetime(2026, 3, 9, 10, 0, tzinfo=UTC)
LIVE = "1a2b3c4d5e" * 4
GOAL = "9f8e7d6c5b" * 4
COMMITS = [
    CommitLine(sha=GOAL, author="Ada", subject="Answer faster & <better>"),
    CommitLine(sha="77" * 20, author="Eve", subject="See /rollback or ask @master"),
]
RESULTS: dict[StageName, Result] = {
    StageName.PULL: Pulled(sha=GOAL, branch="main", subject="Answer faster & <better>", source="/s"),
    StageName.BACKUP: BackedUp(backup_id=None, path="/b", bytes=12_900_000, sha256="0"),
    StageName.TEST: Tested(ran=True, tests=143, coverage=87.46, threshold=70),
    StageName.BUILD: Built(images={}, bytes=190_000_000, live_bytes=188_000_000, version="1"),
    StageName.SMOKE: Smoked(
        checks=[CheckLine(name="ping", ok=True, figure="", limit="", detail="")] * 8, attempts=1
    ),
}


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def run(**changes: Any) -> Run:
    plain = Run(
        id=RunId(12),
        project_id=ProjectId(1),
        kind=RunKind.DEPLOY,
        state=RunState.RUNNING,
        source=Source.TELEGRAM,
        requested_by="Ada (42)",
        requested_at=START,
        target=None,
        branch="main",
        sha=GOAL,
        live_release_id=None,
        release_id=None,
        epoch=1,
        exit_code=None,
        failure=None,
        started_at=after(1),
        finished_at=None,
    )
    return replace(plain, **changes)


def past_run(**changes: Any) -> PastRun:
    plain = PastRun(
        id=RunId(12),
        kind=RunKind.DEPLOY,
        state=RunState.SUCCEEDED,
        exit_code=ExitCode.SUCCESS,
        sha=GOAL,
        branch="main",
        requested_by="Ada (42)",
        requested_at=START,
        started_at=after(1),
        finished_at=after(90),
    )
    return replace(plain, **changes)


def stage(
    name: StageName, state: StageState, begun: float | None = None, took: float = 0, said: str | None = None
) -> StageRow:
    """`begun` in seconds after START."""
    over = state in (StageState.SUCCEEDED, StageState.FAILED)
    return StageRow(
        name=name,
        position=list(StageName).index(name),
        state=state,
        started_at=None if begun is None else after(begun),
        finished_at=after(begun + took) if over and begun is not None else None,
        last_line=said,
        result=RESULTS.get(name) if state is StageState.SUCCEEDED else None,
    )


def view(stages: list[StageRow] | None = None, **changes: Any) -> RunView:
    return RunView(run=run(**changes), project="server-agent-vnext", stages=stages or [])


def ended(stages: list[StageRow] | None = None, **changes: Any) -> RunView:
    return view(stages, **{"finished_at": after(193), **changes})


def failure(**changes: Any) -> Failure:
    plain = Failure(
        stage=StageName.TEST,
        what="2 of 143 tests failed.",
        production="Production was not touched: the live release keeps serving.",
        advice="Mend them, push, then /deploy again.",
        log="FAILED tests/test_it.py::test_one - assert 1 < 0\n\n\x1b[31m2 failed\x1b[0m",
    )
    return replace(plain, **changes)


def release(**changes: Any) -> Release:
    plain = Release(
        id=ReleaseId(3),
        project_id=ProjectId(1),
        run_id=None,
        sha=LIVE,
        branch="main",
        images={"app": "sha256:0"},
        compose_file="/c",
        compose_hash="0",
        schema_revision=None,
        backup_id=None,
        created_at=START,
        live_since=START,
    )
    return replace(plain, **changes)


def plan(**changes: Any) -> Plan:
    plain = Plan(
        run_id=RunId(12),
        kind=RunKind.DEPLOY,
        project="server-agent-vnext",
        live=Side(sha=LIVE, branch="main", images={}, compose_hash="1", since=START - timedelta(days=2)),
        goal=Side(sha=GOAL, branch="main", images={}, compose_hash="2"),
        subject="Answer faster & <better>",
        services=["app", "queue"],
        migration=["python", "-m", "agent.migrate", "--to", "head of it"],
        commits=COMMITS,
        commit_count=31,
        tests=Tested(ran=True, tests=143, coverage=87.46, threshold=70),
        backup=BackedUp(backup_id=None, path="/b", bytes=12_900_000, sha256="0"),
        image_bytes=190_000_000,
        live_image_bytes=188_000_000,
        downtime_seconds=6.4,
        warnings=["The live commit is not part of this branch's history."],
    )
    return replace(plain, **changes)


def approval(what: Plan | None = None, **changes: Any) -> Approval:
    plain = Approval(
        id=ApprovalId(5),
        run_id=RunId(12),
        plan=what or plan(),
        plan_hash="0",
        nonce="n0nce-of_the-plan",
        state=ApprovalState.PENDING,
        requested_at=START,
        expires_at=after(1800),
        answered_by=None,
        answered_at=None,
    )
    return replace(plain, **changes)


def question(**changes: Any) -> Question:
    plain = Question(
        id=QuestionId(4),
        run_id=RunId(12),
        stage=StageName.MIGRATE,
        what="Its container is gone & nobody saw how it ended. Production: app <old> is stopped.",
        choices=[
            Choice(way=Way.AGAIN, label="Migrate again"),
            Choice(way=Way.BACK, label="Roll back"),
            Choice(way=Way.LEAVE, label="Leave it as it is"),
        ],
        fallback=Way.LEAVE,
        nonce="n0nce-of_the-question",
        asked_at=START,
        expires_at=after(1800),
        answer=None,
        answered_by=None,
        answered_at=None,
    )
    return replace(plain, **changes)


PUSHED = [
    PushedCommit(sha=each.sha, author=each.author, subject=each.subject, when=START - timedelta(minutes=5))
    for each in COMMITS
]
FACTS = PushFacts(
    commit_count=2,
    file_count=3,
    files=["README.md", "app/a.py", "app/b.py"],
    migration_count=0,
    declared=True,
)


def push(**changes: Any) -> Push:
    plain = Push(
        id=PushId(8),
        project_id=ProjectId(1),
        branch="main",
        sha=GOAL,
        state=PushState.SEEN,
        commits=PUSHED,
        seen_at=START,
        answered_at=None,
        run_id=None,
    )
    return replace(plain, **changes)


def inquiry(answer: Found | None, **changes: Any) -> Inquiry:
    """About the plan of a push, unless it is said otherwise."""
    plain = Inquiry(
        id=InquiryId(4),
        project_id=ProjectId(1),
        chat=42,
        topic=None,
        message=None,
        wanted=PlanWanted(target=GOAL),
        asked_at=START,
        taken_at=START,
        answered_at=after(3) if answer else None,
        answer=answer,
    )
    return replace(plain, **changes)
