"""Whether a person may approve the plan of a run: two persons, and a one-time code, where they are set."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.codes import step_of
from bot.rights import Rights, Role
from pipeline.model.moment import second
from pipeline.model.run import Run
from pipeline.model.states import RunKind
from pipeline.store.people import CodeRefused
from pipeline.store.store import Store

WITH_CODE = frozenset({RunKind.RESTORE, RunKind.REWIND})
"""What takes data back: a stolen, unlocked phone must not be enough for that."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """`two_persons`: who asked for a run may not approve it. `secret`: of one-time codes, in base32."""

    rights: Rights
    two_persons: bool = False
    secret: str | None = field(default=None, repr=False)

    def want_code(self, kind: RunKind) -> bool:
        return self.secret is not None and kind in WITH_CODE


async def may_answer(
    store: Store, terms: Terms, run: Run, user_id: int, code: str | None, now: datetime
) -> str | None:
    """The sentence that refuses to let this person approve the plan of `run`; None where they may.

    `code` None where none was given. A right one is used up by this: call it when nothing else stands in the
    way. Asked again for the same run and person, the same code holds. Refusals are audited, codes never.
    """
    actor = f"telegram:{user_id}"
    if terms.rights.role(user_id) is not Role.OWNER:
        await store.audit.write(actor, "approval refused", run=run.id, why="no owner")
        return "Not approved. Only owners answer plans."
    if terms.two_persons and await store.runs.asker(run.id) == user_id:
        await store.audit.write(actor, "approval refused", run=run.id, why="asked for by the same person")
        return f"Not approved. You asked for run {run.id} yourself: another owner has to approve it."
    if not terms.want_code(run.kind):
        return None
    if code is None:
        return f"Not approved yet. This takes data back and wants a one-time code: /approve {run.id} CODE"
    return await _judge(store, terms.secret or "", run, user_id, code, now)


async def _judge(store: Store, secret: str, run: Run, user_id: int, code: str, now: datetime) -> str | None:
    actor = f"telegram:{user_id}"
    try:
        await store.codes.use(step_of(secret, code, now), run=run.id, user=user_id, now=now)
    except CodeRefused as refused:
        if refused.until is not None:
            await store.audit.write(actor, "code refused", run=run.id, why="too many wrong ones")
            return f"Not approved. Too many wrong codes: none is taken before {second(refused.until)}."
        if refused.used:
            await store.audit.write(actor, "code refused", run=run.id, why="used before")
            return "Not approved. This code was used already: wait for the next one, at most 30 seconds."
        await store.audit.write(actor, "code refused", run=run.id, why="wrong")
        return "Not approved. The code is wrong. Is the clock of your phone right?"
    await store.audit.write(actor, "code accepted", run=run.id)
    return None
