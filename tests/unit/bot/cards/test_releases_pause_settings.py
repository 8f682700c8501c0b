from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.callbacks import Listed, PageTap, ReleaseTap
from bot.cards.card import Card
from bot.cards.pause import paused_card, resumed_card
from bot.cards.releases import releases_card
from bot.cards.settings import A_PAGE, Chosen, settings_card
from bot.cards.status import Standing, status_card
from pipeline.model.pause import Pause, PauseId
from pipeline.model.release import Kept, ProjectId
from pipeline.model.told import ToldSetting
from pipeline.wording.markup import TEXT_LIMIT, shown_length
from tests.unit.bot.samples import GOAL, START, after, release

PAUSE = Pause(
    id=PauseId(1),
    project_id=ProjectId(1),
    began_at=START - timedelta(hours=2),
    began_by="Ada (42)",
    reason="moving <house>, see /status",
    ended_at=None,
    ended_by=None,
)


def labels(card: Card) -> list[list[str]]:
    return [[button.text for button in row] for row in card.rows]


def test_kept_releases() -> None:
    live = release(id=14, sha=GOAL, schema_revision="0004", backup_id=12, live_since=after(-7200))
    previous = release(id=12, live_since=START - timedelta(days=3))
    bare = release(id=9, sha=None, branch=None, images={"app": "sha256:77aa01bcdef"}, live_since=None)
    card = releases_card("server-agent-vnext", Kept(live=live, previous=previous, others=[bare]), START)
    assert card.text == (
        "<b>Kept releases</b> · server-agent-vnext\n"
        "\n"
        "<b>14</b> <code>9f8e7d6</code> · main · <b>live</b>\n"
        "     live since 2026-03-09 08:00 UTC (2 h ago) · schema 0004 · backup 12\n"
        "<b>12</b> <code>1a2b3c4</code> · main · <b>previous</b>\n"
        "     live from 2026-03-06 10:00 UTC (3 d ago) · schema not known · no backup of its own\n"
        "<b>9</b> <code>77aa01b</code>\n"
        "     since when is not known · schema not known · no backup of its own\n"
        "\n"
        "A button asks for that rollback; production is touched only after you have approved its plan."
    )
    assert labels(card) == [["Roll back to 12 (1a2b3c4)"], ["Roll back to 9 (77aa01b)"]]
    proven = releases_card("s", Kept(live=live, previous=previous), START, 0, {previous.id: after(-7200)})
    assert "no backup of its own · way back proven 2 h ago\n" in proven.text
    assert ReleaseTap.unpack(card.rows[0][0].data) == ReleaseTap(release=12, live=14)


def test_kept_releases_go_by_pages() -> None:
    kept = Kept(live=release(id=40), others=[release(id=number) for number in range(39, 28, -1)])
    first, last = releases_card("s", kept, START), releases_card("s", kept, START, 99)
    assert [row[0] for row in labels(first)][:4] == [f"Roll back to {n} (1a2b3c4)" for n in (39, 38, 37, 36)]
    assert labels(first)[-1] == ["Older »"]
    assert labels(last) == [["Roll back to 30 (1a2b3c4)"], ["Roll back to 29 (1a2b3c4)"], ["« Newer"]]
    assert PageTap.unpack(last.rows[-1][0].data) == PageTap(of=Listed.RELEASES, page=1)


def test_no_release_to_go_back_to() -> None:
    assert releases_card("s", Kept(), START).text == "➖ No release was live yet. /deploy makes the first."
    alone = releases_card("s", Kept(live=release()), START)
    assert alone.text.endswith("\nThere is none to go back to yet.")
    assert alone.rows == ()


def test_a_pause() -> None:
    assert paused_card(PAUSE, START).text == (
        "⏸️ <b>Paused</b> since 2026-03-09 08:00 UTC (2 h ago) by Ada (42):"
        " moving &lt;house&gt;, see /\u2060status\n"
        "Pushes are not asked about and schedules rest. What you ask for is done as always. /resume ends it."
    )
    assert paused_card(PAUSE, START, kept=True).text.endswith(
        "\nIt was paused already, and what was said then stays. /resume and /pause say it anew."
    )
    ended = Pause(**{**vars(PAUSE), "ended_at": START, "ended_by": "Ada (42)", "reason": None})
    assert resumed_card(ended).text == (
        "▶️ <b>Resumed</b> after 2 h 00 min. It was paused on 2026-03-09 08:00 UTC by Ada (42).\n"
        "If something was pushed meanwhile, you are asked about the newest now. Schedules go on with their"
        " next moment; what was left out is not made up for."
    )
    assert resumed_card(None).text == "Nothing is paused: pushes are asked about and schedules run."


def test_status_tells_a_pause() -> None:
    standing = Standing(
        project="sample", branch="main", live=None, previous=None, seen=None, active=None, paused=PAUSE
    )
    assert status_card(standing, START).text.startswith(
        "⚠️ <b>sample</b>\n<b>The worker has not told anything yet.</b>\n"
        "⏸️ <b>Paused</b> since 2026-03-09 08:00 UTC (2 h ago) by Ada (42):"
        " moving &lt;house&gt;, see /\u2060status\n"
        "Pushes are not asked about and schedules rest. What you ask for is done as always. /resume ends it."
        "\n"
        "\n"
        "Live: nothing yet\n"
    )


BOT = [
    ToldSetting(key="GIT_BRANCH", value="main", default=True),
    ToldSetting(key="TELEGRAM_API_TOKEN", value="set", default=False, secret=True),
    ToldSetting(key="TELEGRAM_PROXY", value=None, default=True, secret=True),
    ToldSetting(key="DRILL_CRON", value="30 3 * * sun", default=True),
    ToldSetting(key="NEW_ONE", value="<x>" * 40, default=False),
]
WORKER = [
    ToldSetting(key="GIT_BRANCH", value="main", default=True),
    ToldSetting(key="KEEP_RELEASES", value="9", default=False),
]
MOMENTS = {"DRILL_CRON": datetime(2026, 3, 15, 3, 30, tzinfo=UTC)}


def test_settings_by_group() -> None:
    card = settings_card(Chosen(project="sample", bot=BOT, worker=WORKER, moments=MOMENTS))
    assert card.text == (
        "<b>Settings</b> · sample\n"
        "\n"
        "<b>Telegram</b>\n"
        "TELEGRAM_API_TOKEN set\n"
        "TELEGRAM_PROXY not set (default)\n"
        "\n"
        "<b>Repository</b>\n"
        "GIT_BRANCH <code>main</code> (default)\n"
        "\n"
        "<b>Schedules</b>\n"
        "DRILL_CRON <code>30 3 * * sun</code> (default), next 2026-03-15 03:30 UTC\n"
        "\n"
        "<b>What is kept</b>\n"
        "KEEP_RELEASES <code>9</code>\n"
        "\n"
        "<b>Others</b>\n"
        f"NEW_ONE <code>{'&lt;x&gt;' * 19}&lt;x…</code>"
    )
    assert card.rows == ()


def test_settings_tell_what_does_not_fit_together() -> None:
    other = [ToldSetting(key="GIT_BRANCH", value="develop", default=False)]
    text = settings_card(Chosen(project="sample", bot=BOT, worker=other, moments={})).text
    assert text.startswith(
        "<b>Settings</b> · sample\n"
        "⚠️ Bot and worker run with different values of GIT_BRANCH: restart both. Shown is the bot's.\n"
    )
    silent = settings_card(Chosen(project="sample", bot=BOT, worker=None, moments=MOMENTS, paused=True)).text
    assert "\n⚠️ The worker has not told its settings yet.\n" in silent
    assert "sun</code> (default), rests during the pause\n" in silent


def test_many_settings_go_by_pages() -> None:
    many = [ToldSetting(key=f"S{n:03}" + "K" * 40, value="v" * 500, default=True) for n in range(60)]
    cards = [settings_card(Chosen(project="s", bot=many, worker=[], moments={}), n) for n in range(4)]
    assert all(shown_length(card.text) <= TEXT_LIMIT for card in cards)
    assert [labels(card) for card in cards] == [
        [["More »"]],
        [["« Back", "More »"]],
        [["« Back"]],
        [["« Back"]],
    ]
    assert cards[0].text.count("(default)") == A_PAGE
    assert PageTap.unpack(cards[1].rows[0][1].data) == PageTap(of=Listed.SETTINGS, page=2)
