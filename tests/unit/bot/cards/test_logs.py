from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.callbacks import LinesTap, Listed, LogsTap, PageTap, ServiceTap, Wish
from bot.cards.card import Card
from bot.cards.logs import is_cut, logs_card, more, newest, not_allowed, refreshed, services_card
from bot.cards.paging import mark
from pipeline.model.inquiry import Inquiry, InquiryId, LogsFound, LogsWanted, NotFound
from pipeline.model.release import Observation, ProjectId, ServiceState
from pipeline.model.states import RunKind, RunState
from pipeline.wording.markup import TEXT_LIMIT, shown_length
from tests.unit.bot.samples import START, after, past_run


def inquiry(answer: LogsFound | NotFound | None, **changes: Any) -> Inquiry:
    plain = Inquiry(
        id=InquiryId(7),
        project_id=ProjectId(1),
        chat=42,
        topic=None,
        message=None,
        wanted=LogsWanted(service="app", lines=3),
        asked_at=START,
        taken_at=START,
        answered_at=after(1) if answer else None,
        answer=answer,
    )
    return replace(plain, **changes)


def service(name: str, *, running: bool = True) -> ServiceState:
    return ServiceState(
        service=name,
        container=name,
        image="sha256:0",
        running=running,
        health=None,
        restarts=0,
        started_at=None,
    )


def seen(*services: ServiceState) -> Observation:
    return Observation(at=after(-20), worker="worker", services=list(services))


def labels(card: Card) -> list[list[str]]:
    return [[button.text for button in row] for row in card.rows]


def card_of(answer: LogsFound | NotFound | None, **changes: Any) -> Card:
    return logs_card(inquiry(answer, **changes), seen(service("app")), START)


def test_lines_as_the_application_wrote_them() -> None:
    lines = ["GET /health 200", "\x1b[31mERROR\x1b[0m a < b & see /deploy", "\tat main"]
    card = card_of(LogsFound(lines=lines, older=True))
    assert card.text == (
        "<b>app</b> · newest 3 lines · 10:00 UTC\n"
        "<pre>GET /health 200\nERROR a &lt; b &amp; see /deploy\n    at main</pre>"
    )
    assert labels(card) == [["Refresh", "More"]]
    assert [LinesTap.unpack(button.data) for button in card.rows[0]] == [
        LinesTap(wish=Wish.REFRESH, inquiry=7),
        LinesTap(wish=Wish.MORE, inquiry=7),
    ]


def test_where_there_are_no_more_lines_more_is_not_offered() -> None:
    card = card_of(LogsFound(lines=["one"]))
    assert card.text == "<b>app</b> · newest 1 line · 10:00 UTC\n<pre>one</pre>"
    assert labels(card) == [["Refresh"]]
    empty = card_of(LogsFound(lines=[]))
    assert empty.text == "<b>app</b> has written nothing yet · 10:00 UTC"


def test_what_does_not_fit_is_cut_and_the_newest_kept() -> None:
    found = LogsFound(lines=[f"{number:04} {'&' * 60}" for number in range(200)], left_out=True, older=True)
    card = card_of(found, wanted=LogsWanted(service="app", lines=200))
    assert is_cut(found)
    assert shown_length(card.text) <= TEXT_LIMIT
    assert f"0199 {'&amp;' * 60}</pre>" in card.text
    assert card.text.startswith("<b>app</b> · newest 200 lines · 10:00 UTC\n<pre>0149 ")
    assert card.text.endswith(
        "\nShown are the last 51; File brings all 200.\nMore were wanted than I may hand on."
    )
    assert labels(card) == [["Refresh", "More", "File"]]


def test_a_line_that_fits_nowhere_shows_its_beginning() -> None:
    found = LogsFound(lines=["first", "x" * 5000])
    assert newest(found.lines, 10) == ["x" * 9 + "…"]
    assert is_cut(found)
    assert is_cut(LogsFound(lines=["x" * 5000]))
    assert not is_cut(LogsFound(lines=["", "x"]))


def test_an_unknown_service_is_told_which_there_are() -> None:
    card = card_of(
        NotFound(
            what="There is no service 'ap<p>'.", advice="Choose one of these:", services=["app", "/deploy"]
        ),
        wanted=LogsWanted(service="ap<p>", lines=50),
    )
    assert card.text == (
        "⚠️ <b>No log of ap&lt;p&gt;.</b> There is no service 'ap&lt;p&gt;'.\n"
        "<b>Production</b> goes on by itself; nothing was done to it.\n"
        "<b>Next:</b> Choose one of these: app, /\u2060deploy"
    )
    assert labels(card) == [["Try again", "Services"]]


def test_a_worker_that_is_away() -> None:
    away = card_of(None, taken_at=None)
    assert away.text == (
        "⚠️ <b>No log of app.</b> The worker does not answer; it was last heard of 20 s ago.\n"
        "<b>Production</b> goes on by itself; nothing was done to it.\n"
        "<b>Next:</b> See on the server why it is away: docker compose ps worker, docker compose logs worker."
    )
    assert "it has not told anything yet" in logs_card(inquiry(None, taken_at=None), None, START).text
    stuck = card_of(None)
    assert "The worker took the question and did not answer." in stuck.text
    assert labels(away) == labels(stuck) == [["Try again", "Services"]]


def test_whose_log() -> None:
    failed = past_run(id=11, kind=RunKind.DEPLOY, state=RunState.FAILED)
    card = services_card(seen(service("app"), service("queue", running=False)), failed, lines=50)
    assert card.text == (
        "❓ <b>Whose log?</b> The newest 50 lines of a service.\n"
        "The whole log of the newest run that failed comes as a file."
    )
    assert labels(card) == [["✅ app"], ["❌ queue"], ["Run 11: deploy, failed"]]
    assert ServiceTap.unpack(card.rows[1][0].data) == ServiceTap(mark=mark("queue"), lines=50)
    assert LogsTap.unpack(card.rows[2][0].data) == LogsTap(run=11)


def test_many_services_are_paged_and_a_name_of_any_length_fits() -> None:
    many = [service(f"{number:02}-{'ü' * 100}") for number in range(20)]
    card = services_card(seen(*many), None, lines=2000, page=1)
    assert card.text == "❓ <b>Whose log?</b> The newest 2000 lines of a service, page 2 of 3."
    assert len(card.rows) == 9
    assert [button.text for button in card.rows[-1]] == ["« Back", "More »"]
    assert PageTap.unpack(card.rows[-1][1].data) == PageTap(of=Listed.SERVICES, page=2, lines=2000)
    assert all(len(button.data.encode()) <= 64 for row in card.rows for button in row)
    assert card.rows[0][0].text.startswith("✅ 08-üü")
    assert len(card.rows[0][0].text) <= 45


def test_no_service_is_known() -> None:
    card = services_card(None, None, lines=50)
    assert card.text == "⚠️ No service is known: the worker has not told of any."
    assert card.rows == ()


def test_more_brings_a_file_and_refresh_does_not() -> None:
    asked = LogsWanted(service="app", lines=600, file=True)
    assert more(asked) == LogsWanted(service="app", lines=2000, file=True)
    assert refreshed(asked) == LogsWanted(service="app", lines=600)


def test_a_number_of_lines_that_is_not_allowed() -> None:
    assert not_allowed("<9999>").text == (
        "⚠️ LINES is <code>&lt;9999&gt;</code>; allowed is a number from 1 to 2000.\n"
        "It goes like this: /logs [service] [lines]"
    )
