"""/approve and /reject, for when the buttons are gone, and a reason that is given by replying to a plan."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message, User

from bot.answer import Answer
from bot.answering import NoPlan, Said, answer_plan, plan_of
from bot.auth import shown_name
from bot.cards.card import Card
from bot.cards.help import usage
from bot.codes import hidden
from bot.known import is_number
from bot.permission import Terms
from bot.rights import of_all
from pipeline.freeze import Freeze
from pipeline.model.plan import Approval
from pipeline.model.release import Project
from pipeline.model.states import ApprovalState
from pipeline.store.store import Store
from pipeline.wording.markup import advice, clean, cut, joined, line
from pipeline.wording.plan import REASON, standing
from pipeline.wording.words import APPROVAL_SIGN, WARNING

_CODE = re.compile(r"[0-9]{6,10}")
_GROUP = re.compile(r"[0-9]{3}")
_OVERRIDE = "override"
_IN_THE_CHAT = re.compile(r"\(([0-9]+)\)$")  # bot.auth.shown_name
_KEPT = 500


@dataclass(frozen=True, kw_only=True)
class Words:
    """What stands behind a command: the number of a run, a code, and why."""

    run: int | None = None
    code: str | None = None
    reason: str | None = None


def approval_words(text: str) -> Words | None:
    """`[RUN] [CODE] [override REASON]`; a number of six digits or more that stands alone is a code, and so
    are two groups of three at the end, as phones show it. None for what is not of that form."""
    words = text.split()
    at = next((i for i, word in enumerate(words) if word.lower() == _OVERRIDE), len(words))
    first, reason = words[:at], " ".join(words[at + 1 :])
    if at < len(words) and not reason:
        return None
    if len(first) > 1 and all(_GROUP.fullmatch(word) for word in first[-2:]):
        first[-2:] = ["".join(first[-2:])]
    alone = len(first) == 1 and _CODE.fullmatch(first[0])
    run = int(first.pop(0)) if first and is_number(first[0]) and not alone else None
    code = first.pop(0) if first and _CODE.fullmatch(first[0]) else None
    return None if first else Words(run=run, code=code, reason=reason or None)


def rejection_words(text: str) -> Words:
    """`[RUN] [REASON]`; a number at the beginning is the run's."""
    first, _, rest = text.strip().partition(" ")
    if is_number(first):
        return Words(run=int(first), reason=rest.strip() or None)
    return Words(reason=text.strip() or None)


async def approve(
    message: Message,
    command: CommandObject,
    event_from_user: User,
    store: Store,
    project: Project,
    freeze: Freeze,
    terms: Terms,
    now: Callable[[], datetime],
) -> Answer:
    words = approval_words(command.args or "")
    if words is None:
        return Answer(card=usage("approve", hidden(command.args or "")))
    said = Said(
        by=shown_name(event_from_user),
        user=event_from_user.id,
        answer=ApprovalState.APPROVED,
        written=message.date,
        code=words.code,
        reason=_kept(words.reason),
        despite_freeze=words.reason is not None,
    )
    run = await _meant(message, store, words.run)
    return await _answered(store, project, freeze, terms, now(), run, said)


async def reject(
    message: Message,
    command: CommandObject,
    event_from_user: User,
    store: Store,
    project: Project,
    freeze: Freeze,
    terms: Terms,
    now: Callable[[], datetime],
) -> Answer:
    words = rejection_words(command.args or "")
    said = Said(
        by=shown_name(event_from_user),
        user=event_from_user.id,
        answer=ApprovalState.REJECTED,
        written=message.date,
        reason=_kept(words.reason),
    )
    run = await _meant(message, store, words.run)
    return await _answered(store, project, freeze, terms, now(), run, said)


async def _meant(message: Message, store: Store, named: int | None) -> int | None:
    """The run that was `named`, else that of the card replied to; None: the one whose plan waits."""
    to = message.reply_to_message
    if named is not None or to is None:
        return named
    return await store.approvals.run_in_message(to.chat.id, to.message_id)


async def _answered(
    store: Store, project: Project, freeze: Freeze, terms: Terms, now: datetime, run: int | None, said: Said
) -> Answer:
    try:
        approval = await plan_of(store, project, run)
    except NoPlan as error:
        return _told(f"{error.what} {error.advice}")
    late = said.answer is ApprovalState.REJECTED and approval.state is ApprovalState.REJECTED
    if late and said.reason:
        return await _because(store, approval, said.reason, said.by)
    told = await answer_plan(store, freeze, terms, now, approval, said)
    sign = APPROVAL_SIGN[said.answer] if told.counted else WARNING
    return Answer(
        card=Card(text=f"{sign} Run {approval.run_id}: {line(told.text, _KEPT)}"), run=approval.run_id
    )


async def about_a_plan(message: Message, store: Store) -> dict[str, Approval] | bool:
    """Whether it replies to a message of ours that shows a plan, with what is no command. In a group, where
    people talk to each other, it has to be wanted: the first reply of who rejected the plan."""
    to, text = message.reply_to_message, message.text
    if to is None or not text or text.startswith("/"):
        return False
    approval = await store.approvals.in_message(message.chat.id, to.message_id)
    if approval is None or (
        message.chat.type != "private" and not _wanted(approval, text, message.from_user)
    ):
        return False
    return {"approval": approval}


def _wanted(approval: Approval, reason: str, of: User | None) -> bool:
    """Where it was rejected on the command line, that of any owner. Handled twice, it is wanted twice."""
    by = _IN_THE_CHAT.search(approval.answered_by or "")
    is_theirs = by is None or (of is not None and int(by[1]) == of.id)
    return approval.state is ApprovalState.REJECTED and approval.reason in (None, _kept(reason)) and is_theirs


async def reason_given(message: Message, approval: Approval, event_from_user: User, store: Store) -> Answer:
    if approval.state is ApprovalState.PENDING:
        return _told(f"This plan still waits. Tap Reject first, or write /reject {approval.run_id} REASON.")
    if approval.state is not ApprovalState.REJECTED:
        return Answer(
            card=Card(text=joined(f"{WARNING} Only a rejected plan takes a reason.", standing(approval)))
        )
    reason = _kept(message.text) or ""
    return await _because(store, approval, reason, shown_name(event_from_user))


async def _because(store: Store, approval: Approval, reason: str, by: str) -> Answer:
    given = await store.approvals.give_reason(approval, reason, by)
    now = given or await store.approvals.by_nonce(approval.nonce) or approval
    if given is None and now.reason != reason:
        return _told(f"A reason was given already: {now.reason}")
    return Answer(card=Card(text=f"Noted. Run {now.run_id} was rejected: {line(reason, REASON)}"))


def _told(text: str) -> Answer:
    return Answer(card=Card(text=f"{WARNING} {advice(text)}"))


def _kept(text: str | None) -> str | None:
    return cut(clean(text), _KEPT) if text else None


def setup() -> Router:
    router = Router(name="approve")
    router.message.register(approve, Command("approve", ignore_case=True, ignore_mention=True))
    router.message.register(reject, Command("reject", ignore_case=True, ignore_mention=True))
    router.message.register(reason_given, F.reply_to_message, about_a_plan, flags=of_all())
    return router
