"""What a worker that resumes a run cannot know, and asks Master."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pipeline.model.release import QuestionId, RunId
from pipeline.model.states import StageName


class Way(StrEnum):
    """How a run goes on from a stage that was cut."""

    AGAIN = "again"  # the stage is done again
    ON = "on"  # the stage counts as done
    BACK = "back"  # the previous release is brought back
    LEAVE = "leave"  # production stays as it was found, the run ends


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One button: `label` is what it says."""

    way: Way
    label: str


@dataclass(frozen=True, kw_only=True)
class Question:
    """`what` says what was found and why it cannot be known; `fallback` is what silence until
    `expires_at` means. `nonce` is what a tap carries; it works once."""

    id: QuestionId
    run_id: RunId
    stage: StageName
    what: str
    choices: list[Choice]
    fallback: Way
    nonce: str
    asked_at: datetime
    expires_at: datetime
    answer: Way | None
    answered_by: str | None
    answered_at: datetime | None
