"""A worker that cannot know how a run goes on asks through the journal; Master answers by a button."""

from __future__ import annotations

from demo.botapi import Answer
from pipeline.model.question import Way
from tests.integration.bot.house import MASTER, House


async def test_a_question_is_answered_by_a_button_once(house: House) -> None:
    hand = await house.requested()
    asked = await hand.ask_master()
    card = await house.read("❓ How shall it go on? · Deploy", "Nobody saw how the migration ended.")
    assert card.labels == ["Migrate again", "Roll back"]
    run = await house.read("❓ Waits for your answer · Deploy", "It was cut at migrate")
    assert card.raw["reply_to_message"]["message_id"] == run.id
    again, back = (row[0].data for row in card.buttons)
    assert await house.master.tap(card, "Migrate again") == Answer("Chosen: Migrate again.", False)
    answered = await house.read("✅ Answered", f"Ada ({MASTER}) chose at", "Migrate again.")
    assert (answered.id, answered.labels) == (card.id, [])
    assert (await house.read("▶️ Running · Deploy")).id == run.id
    for data in (again, back):
        late = await house.master.tap_data(card, data)
        assert late is not None
        assert late.text.startswith(f"Answered already by Ada ({MASTER}) at ")
        assert late.text.endswith(": Migrate again.")
    found = await house.store.questions.by_nonce(asked.nonce)
    assert found is not None
    assert (found.answer, found.answered_by) == (Way.AGAIN, f"Ada ({MASTER})")
    audited = [(row["actor"], row["action"]) for row in await house.audit()]
    me = f"Ada ({MASTER})"
    assert audited[-4:] == [(me, "question answered"), (me, "tap"), (me, "tap"), (me, "tap")]


async def test_after_its_time_silence_has_answered(house: House) -> None:
    hand = await house.requested()
    asked = await hand.ask_master(minutes=-1)
    card = await house.read("❓ How shall it go on?")
    again = card.buttons[0][0].data
    until = f"{asked.expires_at:%H:%M} UTC"
    late = Answer(f"Too late: nobody answered until {until}. That means: Roll back.", False)
    assert await house.master.tap_data(card, again) == late
    assert await house.store.questions.close(hand.run.id, hand.run.epoch, asked.id)
    closed = await house.read("⌛ Nobody answered · Deploy", f"until {until}, so it was: Roll back.")
    assert (closed.id, closed.labels) == (card.id, [])
    assert await house.master.tap_data(card, again) == late
    unknown = await house.master.tap_data(card, "ask:back:guessed")
    assert unknown == Answer("This question is not known. /status shows what runs.", False)
    found = await house.store.questions.by_nonce(asked.nonce)
    assert found is not None
    assert (found.answer, found.answered_by) == (Way.BACK, None)
