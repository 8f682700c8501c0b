from __future__ import annotations

from bot.strangers import MOST, WINDOW_SECONDS, Strangers
from tests.unit.bot.trail import Hands, Trail


async def test_who_writes_much_leaves_one_trace_and_a_number_in_an_hour() -> None:
    trail, clock = Trail(), Hands()
    strangers = Strangers(trail, clock)  # type: ignore[arg-type]
    for update in range(1000):
        await strangers.trace("telegram:43", update=update)
    await strangers.trace("telegram:44", update=1000)
    assert trail.lines == [
        ("telegram:43", "ignored", {"update": 0}),
        ("telegram:44", "ignored", {"update": 1000}),
    ]
    clock.now = WINDOW_SECONDS
    await strangers.trace("telegram:43", update=1001)
    assert trail.lines[2:] == [
        ("telegram:43", "ignored", {"more": 999}),
        ("telegram:43", "ignored", {"update": 1001}),
    ]


async def test_many_who_write_once_are_counted_together() -> None:
    trail, clock = Trail(), Hands()
    strangers = Strangers(trail, clock)  # type: ignore[arg-type]
    for number in range(MOST + 200):
        await strangers.trace(f"telegram:{number}")
    assert len(trail.lines) == MOST
    clock.now = WINDOW_SECONDS
    await strangers.trace("telegram:1")
    assert trail.lines[MOST:] == [
        ("telegram:others", "ignored", {"more": 200}),
        ("telegram:1", "ignored", {}),
    ]


async def test_a_trace_that_could_not_be_written_is_written_at_the_next_try() -> None:
    class Away(Trail):
        async def write(self, actor: str, action: str, **detail: object) -> None:
            if not self.lines:
                self.lines.append(("tried", "", {}))
                raise OSError("the journal is away")
            await super().write(actor, action, **detail)

    trail = Away()
    strangers = Strangers(trail)  # type: ignore[arg-type]
    for update in (1, 2):
        try:
            await strangers.trace("telegram:43", update=update)
        except OSError:
            continue
    assert trail.lines[1:] == [("telegram:43", "ignored", {"update": 2})]
