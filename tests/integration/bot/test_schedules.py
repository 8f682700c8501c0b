"""/schedules and its buttons, the moments of schedules on a real journal, and the digest in the chat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot import auto
from bot.agenda import Agenda
from bot.cards.card import Card
from bot.digests import DigestPictures
from bot.home import Home
from bot.lanes import Lanes
from bot.outbox import Outbox
from bot.pace import Paces
from bot.routines import BY, Routine, keeping, key_of
from bot.subjects import Face, Subjects
from pipeline.cancelling import end
from pipeline.freeze import Freeze
from pipeline.model.schedule import Became, Digest, ScheduleName
from pipeline.model.states import ApprovalState, ExitCode, RunKind, RunState, Source, StageName
from pipeline.quiet import Quiet
from tests.integration.bot.house import MASTER, PATIENCE, Hand, House

SUNDAY = datetime(2026, 11, 29, 3, 30, tzinfo=UTC)
WEEK = timedelta(days=7)
ME = f"Ada ({MASTER})"


@dataclass
class Clock:
    now: datetime = SUNDAY - timedelta(days=2)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Bot:
    """One process of the bot after another, as far as one schedule goes."""

    house: House
    name: ScheduleName
    expression: str
    clock: Clock = field(default_factory=Clock)

    def routine(self, *pauses: float, zone: Any = UTC) -> Routine:
        return Routine(
            store=self.house.store,
            project=self.house.project.id,
            name=self.name,
            expression=self.expression,
            zone=zone,
            now=self.clock,
            pauses=pauses,
        )

    async def looks(self, at: datetime) -> float | None:
        """A fresh process at that moment."""
        self.clock.now = at
        return await self.routine(60, 300).look()

    async def became(self, at: datetime) -> Became | None:
        moment = await self.house.store.schedules.moment(self.house.project.id, self.name, at)
        return moment.became if moment else None


async def _backed_up(house: House) -> None:
    asked = await house.store.runs.request(house.project.id, RunKind.BACKUP, source=Source.CLI, by="tester")
    run = await house.store.runs.claim(asked.id)
    assert run is not None
    await house.store.releases.add_backup(
        house.project.id,
        (run.id, run.epoch),
        database="server_agent",
        path="/b",
        size=2048,
        sha256="0" * 64,
        manifest_sha256="1" * 64,
    )
    await Hand(house.store, run).finish(RunState.SUCCEEDED)


async def _kinds(house: House) -> list[RunKind]:
    return [kind for kind, _ in await house.runs()]


async def test_a_moment_is_asked_for_once_and_made_up_for_within_its_time(empty_house: House) -> None:
    house = empty_house
    bot = Bot(house, ScheduleName.DRILL, "30 3 * * sun")
    await _backed_up(house)
    assert await bot.looks(SUNDAY - timedelta(days=2)) is None
    assert await bot.looks(SUNDAY - timedelta(seconds=1)) is None
    for late in (timedelta(0), timedelta(hours=5), timedelta(hours=23)):
        assert await bot.looks(SUNDAY + late) is None
    assert await _kinds(house) == [RunKind.DRILL, RunKind.BACKUP]
    run = await house.store.runs.asked_by(key_of(bot.name, house.project.id, SUNDAY))
    assert run is not None
    assert (run.source, run.requested_by) == (Source.SCHEDULE, BY)
    await (await Hand.claim(house.store, house.project)).finish(RunState.SUCCEEDED)
    await bot.looks(SUNDAY + timedelta(hours=23, minutes=59))
    await bot.looks(SUNDAY + WEEK + timedelta(days=1, minutes=1))
    assert (await _kinds(house)).count(RunKind.DRILL) == 1, "the second moment came too late"
    await bot.looks(SUNDAY + 2 * WEEK)
    assert (await _kinds(house)).count(RunKind.DRILL) == 2


async def test_a_schedule_that_was_set_just_now_missed_nothing(empty_house: House) -> None:
    house = empty_house
    bot = Bot(house, ScheduleName.BACKUP, "30 2 * * *")
    night = SUNDAY - timedelta(hours=1)
    await bot.looks(night + timedelta(hours=3))
    assert await _kinds(house) == [], "a bot that starts for the first time"
    bot.expression = "30 4 * * *"
    await bot.looks(night + timedelta(hours=4))
    assert await _kinds(house) == [], "4:30 was no moment of it yet"
    await bot.looks(night + timedelta(hours=28))
    assert await _kinds(house) == [RunKind.BACKUP]
    assert [each.expression for each in await house.store.schedules.all(house.project.id)] == ["30 4 * * *"]


async def test_what_stands_in_the_way_is_tried_again_some_times_and_then_left_out(
    empty_house: House,
) -> None:
    house = empty_house
    bot = Bot(house, ScheduleName.DRILL, "30 3 * * sun")
    await bot.looks(SUNDAY - timedelta(days=2))
    bot.clock.now = SUNDAY
    routine = bot.routine(60, 300)
    assert [await routine.look() for _ in range(3)] == [60, 300, None]
    assert await bot.became(SUNDAY) is Became.LEFT_OUT
    left = await house.store.schedules.moment(house.project.id, bot.name, SUNDAY)
    assert left is not None
    assert left.problem == "There is no backup that could be proven."

    await _backed_up(house)
    held = await house.store.runs.request(house.project.id, RunKind.DEPLOY, source=Source.CLI, by="tester")
    bot.clock.now = SUNDAY + WEEK
    assert await routine.look() == 60
    run = await house.store.runs.claim(held.id)
    assert run is not None
    await Hand(house.store, run).finish(RunState.SUCCEEDED)
    bot.clock.now += timedelta(seconds=60)
    assert await routine.look() is None
    assert await bot.became(SUNDAY + WEEK) is Became.ASKED
    assert (await _kinds(house)).count(RunKind.DRILL) == 1


async def test_one_that_still_waits_gives_way_to_the_next_moment(empty_house: House) -> None:
    house = empty_house
    bot = Bot(house, ScheduleName.BACKUP, "0 * * * *")
    hour, first = timedelta(hours=1), SUNDAY.replace(minute=0)
    await bot.looks(first - hour / 2)
    held = await house.store.runs.request(house.project.id, RunKind.DEPLOY, source=Source.CLI, by="tester")
    bot.clock.now = first
    routine = bot.routine(60, 300)
    assert await routine.look() == 60
    bot.clock.now = first + hour
    assert await routine.look() == 60, "the tries of the new moment begin anew"
    assert await bot.became(first) is Became.LEFT_OUT
    run = await house.store.runs.claim(held.id)
    assert run is not None
    await Hand(house.store, run).finish(RunState.SUCCEEDED)
    assert await routine.look() is None
    assert await bot.became(first + hour) is Became.ASKED


async def test_a_moment_in_a_pause_is_left_out_for_good(empty_house: House) -> None:
    house = empty_house
    store, project = house.store, house.project.id
    drills, backups = (
        Bot(house, ScheduleName.DRILL, "30 3 * * sun"),
        Bot(house, ScheduleName.BACKUP, "0 * * * *"),
    )
    await _backed_up(house)
    for bot in (drills, backups):
        await bot.looks(SUNDAY - timedelta(hours=1))
    await store.schedules.pause(project, ScheduleName.DRILL, "tester")
    await drills.looks(SUNDAY)
    await backups.looks(SUNDAY - timedelta(minutes=20))
    await store.schedules.resume(project, ScheduleName.DRILL, "tester")
    await drills.looks(SUNDAY + timedelta(hours=1))
    assert await drills.became(SUNDAY) is Became.RESTED
    assert await _kinds(house) == [RunKind.BACKUP, RunKind.BACKUP], "only the drill rested"
    await (await Hand.claim(store, house.project)).finish(RunState.SUCCEEDED)

    began = SUNDAY + WEEK - timedelta(hours=1)
    await store.pauses.begin(project, "tester")
    await store.pauses.end(project, "tester")
    await store.pool.execute(
        "UPDATE pauses SET began_at = $1, ended_at = $2", began, began + timedelta(hours=2)
    )
    await drills.looks(began + timedelta(hours=3))
    assert await drills.became(SUNDAY + WEEK) is Became.RESTED, "the bot was down while all was paused"
    await drills.looks(SUNDAY + 2 * WEEK)
    assert await drills.became(SUNDAY + 2 * WEEK) is Became.ASKED


async def test_the_scheduler_looks_at_once_and_tries_again(empty_house: House) -> None:
    house = empty_house
    bot, agenda = Bot(house, ScheduleName.DRILL, "30 3 * * sun"), Agenda()
    await bot.looks(SUNDAY - timedelta(days=2))
    bot.clock.now = SUNDAY + timedelta(hours=1)
    async with keeping([(agenda, [bot.routine(*[0.05] * 400)])]):
        assert agenda.at(ScheduleName.DRILL) is not None
        await _backed_up(house)
        hand = await Hand.claim(house.store, house.project)
        assert hand.run.kind is RunKind.DRILL
        await hand.finish(RunState.SUCCEEDED)


async def test_each_schedule_is_shown_and_paused_by_itself(empty_house: House) -> None:
    house = empty_house
    store, project = house.store, house.project.id
    at = datetime.now(house.settings.zone) + timedelta(hours=12)  # none comes while the test looks
    cron = f"{at.minute} {at.hour} * * *"
    crons = {f"{name}_cron": cron for name in ("backup", "drill", "digest")}
    house.settings = house.settings.model_copy(update=crons)
    house.start()
    await house.master.say("/schedules")
    shown = await house.read("Schedules · sample", f"Backup each day at {at:%H:%M}", "Rollback drill is off")
    assert "▫️ No drill yet" in shown.text
    refused = await house.master.tap(shown, "Run restore drill now")
    assert refused is not None
    assert refused.text == "Not started: There is no backup that could be proven."

    told = await house.master.tap(shown, "Pause restore drill")
    assert told is not None
    assert told.text.startswith("⏸️ Restore drill is paused")
    await house.read("⏸️ Paused since", f"by {ME}")
    await house.stop()
    house.start()
    await house.master.say("/status")
    await house.read("⏸️ restore drill is paused; /schedules resumes it", "Next: backup")
    await house.master.say("/settings")
    await house.read(f"DRILL_CRON {cron}, paused")
    card = await house.read("Schedules · sample", "⏸️ Paused since")
    again = await house.master.tap(card, "Resume restore drill")
    assert again is not None
    assert again.text.startswith("▶️ Restore drill is resumed")
    trail = [(line.actor, line.action, line.detail.get("schedule")) for line in await store.audit.before(50)]
    assert trail.count((ME, "schedule paused", "drill")) == 1
    assert trail.count((ME, "schedule resumed", "drill")) == 1

    await _backed_up(house)
    asked = await house.master.tap(card, "Run restore drill now")
    assert asked is not None
    assert asked.text.startswith("Drill asked for: run ")
    hand = await Hand.claim(store, house.project)
    await hand.finish(RunState.SUCCEEDED)
    await house.master.say("/schedules")
    await house.read(f"Last ✅ run {hand.run.id}, done")
    assert await store.schedules.resting(project) == {}


async def _digest(house: House, since: timedelta = WEEK) -> Digest:
    now = datetime.now(UTC)
    await house.store.digests.make(house.project.id, now, now - since)
    found = await house.store.digests.newest(house.project.id)
    assert found is not None
    return found


def _digests(house: House) -> Callable[[], Any]:
    async def found() -> list[Any]:
        return [m for m in await house.bot_messages() if "Digest · sample" in m.text]

    return found


async def test_a_digest_arrives_once_also_where_the_bot_was_killed(house: House) -> None:
    store = house.store
    await house.observe()
    await house.make_live("1" * 40)
    hand = await house.requested("/deploy")
    await hand.finish(RunState.FAILED, ExitCode.TEST_FAILED)
    await _digest(house)
    first = await house.read(
        "⚠️ Digest · sample", "Deploy: 1 failed", "Live: 1111111", f"❌ Run {hand.run.id}"
    )
    await house.stop()
    # as after a kill between the sending and its note: nobody knows whether it arrived
    await store.pool.execute("UPDATE cards SET message_id = NULL, final = false WHERE subject = 'digest'")
    await store.pool.execute("UPDATE chats SET last_message_id = $1 WHERE chat_id = $2", first.id - 1, MASTER)
    house.start()

    async def noted() -> bool:
        newest = await store.digests.newest(house.project.id)
        assert newest is not None
        card = await store.cards.get("digest", newest.id, MASTER)
        return card is not None and card.final

    await house.until(noted, "the digest is known to have arrived")
    assert [m.id for m in await _digests(house)()] == [first.id]
    second = await _digest(house, timedelta(days=30))
    assert second.since > second.moment - WEEK, "it goes on where the one before ended"
    quiet = await house.read("Digest · sample", "nothing happened", after=first.id)
    assert len(quiet.text.splitlines()) == 3
    assert len(await _digests(house)()) == 2


@dataclass
class Post:
    """Telegram as far as sending goes: keeps what it was given."""

    sent: list[Any] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def call(self, method: Any, **_: Any) -> dict[str, int]:
        self.sent.append(method)
        self.came.set()
        return {"message_id": 100 + len(self.sent)}


async def test_text_and_picture_come_without_a_sound_and_the_picture_once(empty_house: House) -> None:
    house = empty_house
    store, chat = house.store, MASTER
    post: Any = Post()
    home = Home(store.chats, chat)
    paces = Paces(home.now)
    outbox, lanes = Outbox(post, paces, store.cards, home), Lanes(post, paces, home)
    await outbox.send(home.alerts, Card(text="loud"))
    await outbox.send(home.alerts, Card(text="quiet"), silent=True)
    assert [method.disable_notification for method in post.sent] == [None, True]
    digest = await _digest(house)
    made = 0

    async def picture() -> bytes | None:
        nonlocal made
        made += 1
        return b"PNG"

    def pictures() -> DigestPictures:
        project = house.project.id
        return DigestPictures(
            store=store, outbox=outbox, lanes=lanes, home=home, project=project, picture=picture
        )

    post.came.clear()
    tasks = [asyncio.create_task(part.run()) for part in (lanes, pictures())]
    try:
        assert not await store.digests.to_picture(house.project.id, chat), "its text comes first"
        await store.cards.show("digest", digest.id, chat, message=7, shown="it", final=True)
        await store.pool.execute("SELECT pg_notify('pipeline', 'digest')")
        async with asyncio.timeout(PATIENCE):
            await post.came.wait()
        [document] = post.sent[2:]
        assert (document.disable_notification, document.reply_parameters.message_id) == (True, 7)
        assert document.photo.filename == f"digest-{digest.moment:%Y-%m-%d}.png"
    finally:
        await end(tasks)
    assert await store.digests.to_picture(house.project.id, chat) is None
    assert made == 1


async def test_what_a_schedule_begins_makes_a_sound_only_where_it_fails(empty_house: House) -> None:
    store, project = empty_house.store, empty_house.project
    subjects = Subjects(store, project.id, Home(store.chats, MASTER), Clock(), Freeze("off"), Quiet("off"))

    async def silent(source: Source, state: RunState) -> tuple[bool, bool]:
        """Of the run's card and of its result."""
        run = await store.runs.request(project.id, RunKind.BACKUP, source=source, by=BY)
        card = await subjects.look(Face("run", run.id))
        await (await Hand.claim(store, project)).finish(state)
        return card.silent, (await subjects.look(Face("result", run.id))).silent

    assert await silent(Source.SCHEDULE, RunState.SUCCEEDED) == (True, True)
    assert await silent(Source.SCHEDULE, RunState.FAILED) == (True, False)
    assert await silent(Source.TELEGRAM, RunState.SUCCEEDED) == (False, False)


async def test_in_quiet_hours_what_nobody_asked_for_makes_a_sound_only_where_it_hurt_production(
    empty_house: House,
) -> None:
    store, project = empty_house.store, empty_house.project
    home, clock = Home(store.chats, MASTER), Clock(SUNDAY)
    subjects = Subjects(store, project.id, home, clock, Freeze("off"), Quiet("22:00-07:00"))

    async def rings(source: Source, by: str, state: RunState, *stages: StageName) -> list[bool]:
        """Run, plan, reminder and result."""
        run = await store.runs.request(project.id, RunKind.DEPLOY, source=source, by=by)
        hand = await Hand.claim(store, project)
        approval = await hand.ask()
        await store.approvals.remind(approval)
        [reminder] = await store.approvals.reminders_to_tell(project.id, MASTER)
        faces = [
            Face("run", run.id),
            Face("plan", approval.id, approval.nonce),
            Face("reminder", reminder),
            Face("result", run.id),
        ]
        looks = [await subjects.look(face) for face in faces[:3]]
        await store.approvals.close(approval.id, hand.run.epoch, ApprovalState.EXPIRED)
        await hand.begin(*stages)
        await hand.finish(state)
        return [not shown.silent for shown in [*looks, await subjects.look(faces[3])]]

    for source, by in ((Source.PUSH, auto.BY), (Source.SCHEDULE, BY)):
        assert await rings(source, by, RunState.FAILED) == [False, False, False, False]
        assert await rings(source, by, RunState.REVERTED, StageName.STOP) == [False, False, False, True]
    assert await rings(Source.PUSH, auto.BY, RunState.SUCCEEDED, StageName.STOP) == [False] * 4
    for source in (Source.PUSH, Source.TELEGRAM):
        assert await rings(source, ME, RunState.FAILED) == [True, True, True, True]
    clock.now = SUNDAY + timedelta(hours=5)
    assert await rings(Source.PUSH, auto.BY, RunState.FAILED) == [True, True, True, True]
