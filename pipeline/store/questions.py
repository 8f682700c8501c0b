"""Questions to Master about a run that was cut, and the answers."""

from __future__ import annotations

from datetime import datetime

import asyncpg
from pydantic import TypeAdapter

from pipeline.model.errors import StaleEpoch
from pipeline.model.question import Choice, Question, Way
from pipeline.model.release import ProjectId, QuestionId, RunId
from pipeline.model.states import StageName
from pipeline.store.queries import load

_SQL = load("questions")
_CHOICES = TypeAdapter(list[Choice])


class Questions:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def open(
        self,
        run: RunId,
        epoch: int,
        stage: StageName,
        what: str,
        choices: list[Choice],
        fallback: Way,
        nonce: str,
        expires_at: datetime,
    ) -> Question:
        """Asks Master. Raises StaleEpoch."""
        text = _CHOICES.dump_json(choices).decode()
        row = await self._pool.fetchrow(
            _SQL["open_question"], run, epoch, stage, what, text, fallback, nonce, expires_at
        )
        if row is None:
            raise StaleEpoch(run, epoch)
        return _question(row)

    async def of_run(self, run: RunId) -> Question | None:
        row = await self._pool.fetchrow(_SQL["question_of_run"], run)
        return _question(row) if row else None

    async def by_nonce(self, nonce: str) -> Question | None:
        row = await self._pool.fetchrow(_SQL["question_by_nonce"], nonce)
        return _question(row) if row else None

    async def answer(self, nonce: str, way: Way, by: str) -> Question | None:
        """Master's answer. None where nothing changes: unknown, not offered, answered, expired."""
        row = await self._pool.fetchrow(_SQL["answer_question"], nonce, way, by)
        return _question(row) if row else None

    async def close(self, run: RunId, epoch: int, question: QuestionId) -> bool:
        """Takes silence for the fallback; False where an answer came first or the epoch is stale."""
        return await self._pool.fetchval(_SQL["close_question"], run, epoch, question) is not None

    async def to_tell(self, project: ProjectId, chat: int) -> list[Question]:
        """Questions whose card is not sent yet, or does not show their end yet."""
        return [_question(row) for row in await self._pool.fetch(_SQL["questions_to_tell"], chat, project)]


def _question(row: asyncpg.Record) -> Question:
    values = dict(row)
    return Question(
        **{
            **{key: value for key, value in values.items() if key != "options"},
            "choices": _CHOICES.validate_json(values["options"]),
            "stage": StageName(values["stage"]),
            "fallback": Way(values["fallback"]),
            "answer": Way(values["answer"]) if values["answer"] else None,
        }
    )
