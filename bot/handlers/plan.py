"""Approve and Reject on the card of a plan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from aiogram import Router
from aiogram.types import CallbackQuery, User

from bot.answer import Answer
from bot.auth import shown_name
from bot.callbacks import PlanTap, Verdict
from bot.permission import Terms, may_tap
from pipeline.model.states import ApprovalState
from pipeline.store.store import Store
from pipeline.wording.plan import too_late


async def answered(
    _query: CallbackQuery,
    callback_data: PlanTap,
    event_from_user: User,
    store: Store,
    terms: Terms,
    now: Callable[[], datetime],
) -> Answer:
    answer: Literal[ApprovalState.APPROVED, ApprovalState.REJECTED] = (
        ApprovalState.APPROVED if callback_data.verdict is Verdict.APPROVE else ApprovalState.REJECTED
    )
    by = shown_name(event_from_user)
    if refusal := await may_tap(store, terms, callback_data.nonce, event_from_user.id, answer, now()):
        return Answer(toast=refusal, alert=True)
    if await store.approvals.answer(callback_data.nonce, answer, by):
        await store.audit.write(by, f"plan {answer}", nonce=callback_data.nonce)
        return Answer(toast="Approved." if answer is ApprovalState.APPROVED else "Rejected. Nothing changed.")
    return Answer(toast=too_late(await store.approvals.by_nonce(callback_data.nonce), now()))


def setup() -> Router:
    router = Router(name="plan")
    router.callback_query.register(answered, PlanTap.filter())
    return router
