"""What the bot tells of the worker and of Telegram, in a real journal. Clock and Telegram are the test's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.cards.card import Card
from bot.health import Health
from bot.sentry import TELEGRAM_SECONDS, Sentry
from tests.integration.bot.house import House


class Clock:
    def __init__(self) -> None:
        self.began, self.seconds = datetime.now(UTC), 0.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return self.began + timedelta(seconds=self.seconds)


async def test_a_new_bot_takes_back_nothing_that_it_cannot_know_yet(empty_house: House) -> None:
    house, clock, cards = empty_house, Clock(), list[Card]()
    store, project = house.store, house.project
    await house.observe(at=clock.now() - timedelta(minutes=15))

    def sentry(health: Health) -> Sentry:
        return Sentry(store, project, health, cards.append, clock.now, clock=clock)

    first = sentry(Health())
    await first.look()
    clock.seconds += TELEGRAM_SECONDS
    await first.look()
    told = await store.alerts.open(project.id)
    assert {alert.problem.fingerprint for alert in told} == {"worker", "telegram"}
    acknowledged = [await store.alerts.acknowledge(alert.id, "Ada", clock.now()) for alert in told]

    health = Health()
    again = sentry(health)
    for _ in range(2):
        clock.seconds += 15
        await again.look()
        assert await store.alerts.open(project.id) == acknowledged

    health.polling.ok()
    await house.observe(at=clock.now())
    clock.seconds += 15
    await again.look()
    assert await store.alerts.open(project.id) == []
    assert cards == []
