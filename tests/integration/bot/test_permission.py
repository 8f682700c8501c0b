"""Two persons and one-time codes, against the journal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import pyotp

from bot.answering import Said, Told, answer_plan
from bot.permission import Terms, may_answer
from bot.rights import Rights
from pipeline.freeze import Freeze
from pipeline.model.run import Run
from pipeline.model.states import ApprovalState, RunKind, RunState, Source
from tests.integration.bot.house import MASTER, Hand, House

LIN, EVE = 1002, 1003
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
RIGHTS = Rights(owners=frozenset({MASTER, LIN}), viewers=frozenset({EVE}))
NOW = datetime(2026, 1, 1, tzinfo=UTC)
YOURSELF = "Not approved. You asked for run {} yourself: another owner has to approve it."


async def _asked(house: House, kind: RunKind, by_id: int | None) -> Run:
    source = Source.CLI if by_id is None else Source.TELEGRAM
    return await house.store.runs.request(house.project.id, kind, source=source, by="Ada", by_id=by_id)


async def _audited(house: House) -> list[tuple[str, str]]:
    """Besides that runs were asked for."""
    lines = [(row["actor"], row["action"]) for row in await house.audit()]
    return [line for line in lines if line[1] != "run requested"]


async def test_who_asked_does_not_approve_alone(empty_house: House) -> None:
    store = empty_house.store
    terms = Terms(rights=RIGHTS, two_persons=True)
    run = await _asked(empty_house, RunKind.DEPLOY, MASTER)
    assert await may_answer(store, terms, run, MASTER, None, NOW) == YOURSELF.format(run.id)
    assert await may_answer(store, terms, run, LIN, None, NOW) is None
    assert await may_answer(store, terms, run, EVE, None, NOW) == "Not approved. Only owners answer plans."
    assert await may_answer(store, Terms(rights=RIGHTS), run, MASTER, None, NOW) is None
    assert await _audited(empty_house) == [
        (f"telegram:{MASTER}", "approval refused"),
        (f"telegram:{EVE}", "approval refused"),
    ]


async def test_what_nobody_in_the_chat_asked_for_any_owner_approves(empty_house: House) -> None:
    run = await _asked(empty_house, RunKind.DEPLOY, None)
    terms = Terms(rights=RIGHTS, two_persons=True)
    assert await may_answer(empty_house.store, terms, run, MASTER, None, NOW) is None


async def test_taking_data_back_wants_a_code_that_works_once(empty_house: House) -> None:
    store, code = empty_house.store, pyotp.TOTP(SECRET).at(NOW)
    terms = Terms(rights=RIGHTS, secret=SECRET)
    run = await _asked(empty_house, RunKind.RESTORE, MASTER)
    assert await may_answer(store, terms, run, MASTER, None, NOW) == (
        f"Not approved yet. This takes data back and wants a one-time code: /approve {run.id} CODE"
    )
    late = NOW + timedelta(seconds=30)
    assert await may_answer(store, terms, run, MASTER, code, late) is None
    assert await may_answer(store, terms, run, LIN, code, late) == (
        "Not approved. This code was used already: wait for the next one, at most 30 seconds."
    )
    assert await may_answer(store, Terms(rights=RIGHTS), run, MASTER, None, NOW) is None
    assert [action for _, action in await _audited(empty_house)] == ["code accepted", "code refused"]
    assert not any(code in str(row["detail"]) for row in await empty_house.audit())


async def test_wrong_codes_shut_the_door_for_everybody(empty_house: House) -> None:
    store, terms = empty_house.store, Terms(rights=RIGHTS, secret=SECRET)
    run = await _asked(empty_house, RunKind.REWIND, MASTER)
    for user in (MASTER, LIN, MASTER, LIN, MASTER):
        assert await may_answer(store, terms, run, user, "000000", NOW) == (
            "Not approved. The code is wrong. Is the clock of your phone right?"
        )
    code = pyotp.TOTP(SECRET).at(NOW)
    assert await may_answer(store, terms, run, LIN, code, NOW) == (
        "Not approved. Too many wrong codes: none is taken before 2026-01-01 00:10:00 UTC."
    )
    later = NOW + timedelta(minutes=10)
    assert await may_answer(store, terms, run, LIN, pyotp.TOTP(SECRET).at(later), later) is None


async def test_who_asked_is_told_before_a_code_is_used_up(empty_house: House) -> None:
    store, code = empty_house.store, pyotp.TOTP(SECRET).at(NOW)
    terms = Terms(rights=RIGHTS, two_persons=True, secret=SECRET)
    run = await _asked(empty_house, RunKind.RESTORE, MASTER)
    assert await may_answer(store, terms, run, MASTER, code, NOW) == YOURSELF.format(run.id)
    assert await may_answer(store, terms, run, LIN, code, NOW) is None


async def test_a_deploy_wants_no_code(empty_house: House) -> None:
    run = await _asked(empty_house, RunKind.DEPLOY, MASTER)
    terms = Terms(rights=RIGHTS, secret=SECRET)
    assert await may_answer(empty_house.store, terms, run, MASTER, None, NOW) is None


async def test_an_answer_is_judged_while_the_plan_is_pending_and_reject_never(empty_house: House) -> None:
    store, terms = empty_house.store, Terms(rights=RIGHTS, two_persons=True)
    await _asked(empty_house, RunKind.DEPLOY, MASTER)
    hand = await Hand.claim(store, empty_house.project)

    async def answered(verdict: Literal[ApprovalState.APPROVED, ApprovalState.REJECTED], user: int) -> Told:
        approval = await store.approvals.of_run(hand.run.id)
        said = Said(by=f"User ({user})", user=user, answer=verdict)
        return await answer_plan(store, Freeze(), terms, datetime.now(UTC), approval, said)

    await hand.ask()
    assert await answered(ApprovalState.APPROVED, MASTER) == Told(
        YOURSELF.format(hand.run.id), counted=False, alert=True
    )
    assert await answered(ApprovalState.REJECTED, MASTER) == Told("Rejected. Nothing changed.", counted=True)
    late = await answered(ApprovalState.APPROVED, MASTER)
    assert (late.text.partition(" at ")[0], late.counted) == (f"Rejected already by User ({MASTER})", False)
    await hand.finish(RunState.REJECTED)
