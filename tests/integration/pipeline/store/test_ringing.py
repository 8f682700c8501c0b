"""When a card of its own comes, what is gathered, and when the phone rings again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from pipeline.model.alert import Alert, Problem, Severity, Why
from pipeline.model.inquiry import Inquiry, Restarted, RestartWanted
from pipeline.model.release import Project
from pipeline.store.inquiries import ANSWERED_SECONDS, RESTARTED_SECONDS
from pipeline.store.store import Store
from tests.integration.pipeline.store.test_alerts import AT, DISK, DOWN

CHAT = 42
BY = "Ada (42)"


def later(minutes: float) -> datetime:
    return AT + timedelta(minutes=minutes)


async def settle(store: Store, project: Project, at: datetime, *problems: Problem) -> list[Alert]:
    """As a watcher tells it and the bot looks."""
    await store.alerts.settle(project.id, "production", problems, at)
    await store.ringing.place(at)
    return await store.alerts.open(project.id)


async def rung(store: Store, project: Project, at: datetime) -> list[tuple[Why, datetime]]:
    """The nudges that stand."""
    found = [
        await store.ringing.nudge(nudge, at)
        for nudge in await store.ringing.nudges_to_tell(project.id, CHAT, at)
    ]
    return [(nudge.why, nudge.made_at) for nudge in found if nudge.stands]


def many(count: int, first: int = 0) -> list[Problem]:
    return [replace(DISK, fingerprint=f"disk/{number}") for number in range(first, first + count)]


async def test_a_storm_is_gathered_and_a_later_one_anew(store: Store, project: Project) -> None:
    await store.chats.settle(project.id, CHAT)
    await settle(store, project, AT, *many(3))
    await settle(store, project, later(0.5), *many(7))
    own = await store.ringing.alerts_to_tell(project.id, CHAT, later(1))
    [first] = await store.ringing.storms_to_tell(project.id, CHAT, later(1))
    storm = await store.ringing.storm(first, later(1))
    assert (len(own), storm.total, storm.open, storm.critical, storm.unattended) == (5, 2, 2, 0, 2)
    await settle(store, project, later(1.2), *many(9))  # four others within the minute: one more card
    assert len(await store.ringing.alerts_to_tell(project.id, CHAT, later(2))) == 6
    assert (await store.ringing.storm(first, later(2))).total == 3
    assert await store.ringing.acknowledge_storm(first, BY, later(2)) == 3
    assert await store.ringing.acknowledge_storm(first, BY, later(2)) == 0
    assert (await store.ringing.storm(first, later(2))).unattended == 0
    await settle(store, project, later(40), *many(9), *many(8, first=100))
    assert len(await store.ringing.storms_to_tell(project.id, CHAT, later(40))) == 2
    await settle(store, project, later(41))
    assert (await store.ringing.storm(first, later(41))).over_at == later(41)


async def test_what_comes_all_the_time_is_gathered_from_some_number_on(
    store: Store, project: Project
) -> None:
    for number in range(30):
        await settle(store, project, later(number * 1.5), *many(1 + number))
    assert len(await store.ringing.alerts_to_tell(project.id, CHAT, later(45))) == 20
    await settle(store, project, later(100), *many(31))
    assert len(await store.ringing.alerts_to_tell(project.id, CHAT, later(100))) == 21


async def test_what_was_over_long_before_anybody_looked_is_not_told(store: Store, project: Project) -> None:
    await store.alerts.settle(project.id, "production", [DOWN], AT)
    await store.alerts.settle(project.id, "production", [DISK], later(5))
    await store.ringing.place(later(60 * 25))
    [disk] = await store.alerts.open(project.id)
    assert await store.ringing.alerts_to_tell(project.id, CHAT, later(60 * 25)) == [disk.id]


async def test_coming_back_rings_but_not_all_the_time(store: Store, project: Project) -> None:
    await settle(store, project, AT, DOWN)
    assert await rung(store, project, AT) == [], "its card has just rung"
    await settle(store, project, later(1))
    await settle(store, project, later(2), DOWN)
    assert await rung(store, project, later(2)) == [(Why.BACK, later(2))]
    await settle(store, project, later(3))
    assert await rung(store, project, later(3)) == [], "it is over"
    await settle(store, project, later(4), DOWN)
    assert await rung(store, project, later(4)) == [(Why.BACK, later(2))]
    await settle(store, project, later(18))
    [down] = await settle(store, project, later(19), DOWN)
    assert await rung(store, project, later(19)) == [(Why.BACK, later(19))]
    await store.alerts.acknowledge(down.id, BY, later(20))
    assert await rung(store, project, later(20)) == []
    await settle(store, project, later(21))
    [down] = await settle(store, project, later(40), DOWN)
    assert await rung(store, project, later(40)) == [(Why.BACK, later(40))]
    await store.alerts.snooze(down.id, BY, later(120))
    await settle(store, project, later(50))
    await settle(store, project, later(60), DOWN)
    assert await rung(store, project, later(60)) == [], "it is snoozed"


async def test_becoming_critical_rings_whatever_was_said_of_the_warning(
    store: Store, project: Project
) -> None:
    worse = replace(DISK, severity=Severity.CRITICAL)
    [disk] = await settle(store, project, AT, DISK)
    await store.alerts.acknowledge(disk.id, BY, AT)
    await store.alerts.snooze(disk.id, BY, later(600))
    [disk] = await settle(store, project, later(1), worse)
    assert (disk.acknowledged_at, disk.snoozed_until) == (None, None)
    assert await rung(store, project, later(1)) == [(Why.CRITICAL, later(1))]
    await store.alerts.acknowledge(disk.id, BY, later(2))
    [disk] = await settle(store, project, later(3), replace(worse, more=1))
    assert disk.acknowledged_at == later(2), "it was critical then"
    await settle(store, project, later(4), DISK)
    [disk] = await settle(store, project, later(5), worse)
    assert (disk.acknowledged_at, await rung(store, project, later(5))) == (None, [(Why.CRITICAL, later(1))])


async def test_reminders_each_hour_unless_somebody_sees_to_it(store: Store, project: Project) -> None:
    down, disk = await settle(store, project, AT, DOWN, DISK)
    ringing = store.ringing
    await ringing.remind(later(59), quiet=False)
    assert await rung(store, project, later(59)) == []
    await ringing.remind(later(60), quiet=True)
    assert await rung(store, project, later(60)) == [(Why.REMINDER, later(60))], (
        "the warning waits for the morning"
    )
    await ringing.remind(later(61), quiet=False)
    assert len(await rung(store, project, later(61))) == 2
    await ringing.remind(later(119), quiet=False)
    assert [at for _, at in await rung(store, project, later(119))] == [later(60), later(61)]
    await store.alerts.acknowledge(disk.id, BY, later(119))
    await store.alerts.snooze(down.id, BY, later(300))
    await ringing.remind(later(240), quiet=False)
    assert await rung(store, project, later(240)) == []
    await ringing.remind(later(300), quiet=False)
    assert await rung(store, project, later(300)) == [(Why.REMINDER, later(300))]


async def test_a_storm_rings_once_for_what_is_critical_and_is_reminded_of_as_one(
    store: Store, project: Project
) -> None:
    await settle(store, project, AT, *many(10))
    await settle(store, project, later(0.2), *many(10), DOWN)
    assert await rung(store, project, later(0.2)) == [(Why.CRITICAL, later(0.2))]
    await settle(store, project, later(0.4), *many(10), DOWN, replace(DOWN, fingerprint="down/web"))
    assert await rung(store, project, later(0.4)) == [(Why.CRITICAL, later(0.2))]
    await store.ringing.remind(later(62), quiet=True)
    assert await rung(store, project, later(62)) == [(Why.REMINDER, later(62))], (
        "one for all that is critical in it"
    )
    await settle(store, project, later(63), *many(5))
    assert await rung(store, project, later(63)) == []
    await settle(store, project, later(64), *many(5), DOWN)
    assert await rung(store, project, later(64)) == [(Why.REMINDER, later(62))]
    await settle(store, project, later(80), *many(5))
    await settle(store, project, later(90), *many(5), DOWN)
    assert await rung(store, project, later(90)) == [(Why.BACK, later(90))]


async def test_a_restart_has_longer_to_be_answered(store: Store, project: Project) -> None:
    wanted = RestartWanted(service="app", by=BY)
    await store.inquiries.ask(project.id, wanted, key="tap:1", chat=CHAT, message=7)
    taken = await store.inquiries.take(project.id)
    assert isinstance(taken, Inquiry)
    assert taken.wanted == wanted
    age = "UPDATE inquiries SET asked_at = asked_at - make_interval(secs => $1)"
    await store.pool.execute(age, float(ANSWERED_SECONDS + 1))
    assert await store.inquiries.untold(project.id) == ([], True)
    found = Restarted(service="app", well=True, said="It runs again.")
    await store.inquiries.answer(taken.id, found)
    [due], _ = await store.inquiries.untold(project.id)
    assert due.answer == found
    await store.inquiries.told(due.id)
    await store.inquiries.ask(project.id, wanted, key="tap:2", chat=CHAT)
    await store.inquiries.take(project.id)
    await store.pool.execute(age, float(RESTARTED_SECONDS + 1))
    [due], _ = await store.inquiries.untold(project.id)
    assert due.answer is None
