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
from pipeline.model.plan import Approval
from pipeline.model.states import ApprovalState
from pipeline.store.store import Store


async def answered(
    _query: CallbackQuery,
    callback_data: PlanTap,
    event_from_user: User,
    store: Store,
    now: Callable[[], datetime],
) -> Answer:
    answer: Literal[ApprovalState.APPROVED, ApprovalState.REJECTED] = (
        ApprovalState.APPROVED if callback_data.verdict is Verdict.APPROVE else ApprovalState.REJECTED
    )
    by = shown_name(event_from_user)
    if await store.approvals.answer(callback_data.nonce, answer, by):
        await store.audit.write(by, f"plan {answer}", nonce=callback_data.nonce)
        return Answer(toast="Approved." if answer is ApprovalState.APPROVED else "Rejected. Nothing changed.")
    return Answer(toast=too_late(await store.approvals.by_nonce(callback_data.nonce), now()))


def too_late(approval: Approval | None, now: datetime) -> str:
    """Why a tap changed nothing."""
    if approval is None:
        return "This plan is not known. Ask again with /deploy."
    at = f" at {approval.answered_at:%H:%M} UTC" if approval.answered_at else ""
    match approval.state:
        case ApprovalState.APPROVED:
            return f"Approved already by {approval.answered_by}{at}."
        case ApprovalState.REJECTED:
            return f"Rejected already by {approval.answered_by}{at}."
        case ApprovalState.VOIDED:
            return "This plan no longer fits what is there. Ask again with /deploy."
        case ApprovalState.EXPIRED:
            return f"This plan expired at {approval.expires_at:%H:%M} UTC. Ask again with /deploy."
        case ApprovalState.PENDING if approval.expires_at <= now:
            return f"This plan expired at {approval.expires_at:%H:%M} UTC. Ask again with /deploy."
        case ApprovalState.PENDING:
            return "That did not arrive. Please tap once more."


def setup() -> Router:
    router = Router(name="plan")
    router.callback_query.register(answered, PlanTap.filter())
    return router
