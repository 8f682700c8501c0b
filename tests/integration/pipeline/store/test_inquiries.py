"""Inquiries: asked once, taken once, answered in time, told once, forgotten."""

from __future__ import annotations

import asyncio

from pipeline.model.inquiry import InquiryId, LogsFound, LogsWanted, NotFound
from pipeline.model.release import Project
from pipeline.store.inquiries import ANSWERED_SECONDS, KEPT_HOURS, TAKEN_SECONDS
from pipeline.store.listen import INQUIRIES
from pipeline.store.store import Store
from tests.journal_news import heard

WANTED = LogsWanted(service="app", lines=50, file=True)


async def ask(store: Store, project: Project, key: str = "tap:1") -> None:
    await store.inquiries.ask(project.id, WANTED, key=key, chat=42, message=7)


async def older(store: Store, seconds: int) -> None:
    query = "UPDATE inquiries SET asked_at = asked_at - make_interval(secs => $1)"
    await store.pool.execute(query, float(seconds))


async def test_one_key_asks_once_and_one_worker_takes_it(store: Store, project: Project) -> None:
    other = await store.releases.project("other", "https://example.org/other.git", "main")
    await heard(store)
    async with store.news.subscribe(INQUIRIES) as news:
        await asyncio.gather(*(ask(store, project) for _ in range(3)))
        assert await news.wait(5)
        assert await store.inquiries.take(other.id) is None
        taken = await asyncio.gather(*(store.inquiries.take(project.id) for _ in range(3)))
        [inquiry] = [each for each in taken if each]
        assert (inquiry.wanted, inquiry.chat, inquiry.message, inquiry.answer) == (WANTED, 42, 7, None)
        assert await store.inquiries.untold(project.id) == ([], True)
        found = LogsFound(lines=["NUL \0 and \u2028", ""], left_out=True)
        await store.inquiries.answer(inquiry.id, found)
        assert await news.wait(5)
    await store.inquiries.answer(inquiry.id, NotFound(what="Again.", advice="No."))
    [due], waiting = await store.inquiries.untold(project.id)
    assert (due.id, due.answer, waiting) == (inquiry.id, found, False)
    await store.inquiries.told(inquiry.id)
    assert await store.inquiries.untold(project.id) == ([], False)


async def test_what_nobody_takes_or_answers_in_time_is_due(store: Store, project: Project) -> None:
    await ask(store, project)
    await older(store, TAKEN_SECONDS + 1)
    assert await store.inquiries.take(project.id) is None
    [due], _ = await store.inquiries.untold(project.id)
    assert (due.taken_at, due.answer) == (None, None)
    await store.inquiries.told(due.id)
    await ask(store, project, "tap:2")
    taken = await store.inquiries.take(project.id)
    assert taken is not None
    await older(store, TAKEN_SECONDS + 1)
    assert await store.inquiries.untold(project.id) == ([], True)
    await older(store, ANSWERED_SECONDS)
    [due], _ = await store.inquiries.untold(project.id)
    assert (due.id, due.answer) == (taken.id, None)
    refused = NotFound(what="There is none.", advice="Choose:", services=["app"])
    await store.inquiries.answer(taken.id, refused)
    [due], _ = await store.inquiries.untold(project.id)
    assert due.answer == refused


async def test_they_are_forgotten_after_a_day(store: Store, project: Project) -> None:
    await ask(store, project)
    await store.inquiries.forget()
    assert await store.inquiries.get(InquiryId(1)) is not None
    await older(store, KEPT_HOURS * 3600 + 1)
    await store.inquiries.forget()
    assert await store.inquiries.get(InquiryId(1)) is None
