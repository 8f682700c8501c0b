"""/logs [service] [lines], the services to choose from, and the buttons below the lines.

The worker fetches them (bot.inquiries tells what it answers): a handler does not wait for it.
"""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.answer import Answer
from bot.callbacks import Choice, LinesTap, Listed, MenuTap, PageTap, ServiceTap, Wish
from bot.cards.help import usage
from bot.cards.logs import LINES, more, not_allowed, refreshed, services_card
from bot.cards.paging import CHANGED, mark, marked
from bot.known import is_number
from bot.log_file import log_file
from bot.place import Place
from bot.requests import message_key, tap_key
from bot.rights import looking
from pipeline.model.inquiry import MOST_LINES, InquiryId, LogsFound, LogsWanted
from pipeline.model.release import Project
from pipeline.store.store import Store
from pipeline.wording.markup import clean, cut

_ASKING = Answer(toast="Asking the worker…")
_LONG_AGO = Answer(toast="These lines are no longer kept. /logs asks anew.", alert=True)


async def logs(
    message: Message, command: CommandObject, store: Store, project: Project, place: Place
) -> Answer:
    words = (command.args or "").split()
    service = words.pop(0) if words and not (len(words) == 1 and is_number(words[0])) else None
    if len(words) > 1:
        return Answer(card=usage("logs", command.args or ""))
    if words and not (is_number(words[0]) and 1 <= int(words[0]) <= MOST_LINES):
        return Answer(card=not_allowed(words[0]))
    lines = int(words[0]) if words else LINES
    if service is None:
        return await _services(store, project, lines=lines)
    wanted = LogsWanted(service=cut(clean(service), 200), lines=lines, file=True)
    key = message_key(message)
    await store.inquiries.ask(project.id, wanted, key=key, chat=place.chat, topic=place.topic)
    return Answer()  # the worker's answer comes to the same place


async def menu_tapped(_query: CallbackQuery, store: Store, project: Project) -> Answer:
    return await _services(store, project)


async def turned(_query: CallbackQuery, callback_data: PageTap, store: Store, project: Project) -> Answer:
    lines = callback_data.lines or LINES
    return await _services(store, project, lines=lines, page=callback_data.page, edit=True)


async def chosen(
    query: CallbackQuery, callback_data: ServiceTap, store: Store, project: Project, place: Place
) -> Answer:
    seen = await store.releases.observation(project.id)
    found = marked(seen.services if seen else [], callback_data.mark, lambda each: mark(each.service))
    if found is None:
        return await _services(store, project, lines=callback_data.lines, edit=True, toast=CHANGED)
    wanted = LogsWanted(service=found.service, lines=callback_data.lines, file=True)
    return await _ask(query, wanted, store, project, place)


async def again(
    query: CallbackQuery, callback_data: LinesTap, store: Store, project: Project, place: Place
) -> Answer:
    inquiry = await store.inquiries.get(InquiryId(callback_data.inquiry))
    if inquiry is None or inquiry.project_id != project.id or not isinstance(inquiry.wanted, LogsWanted):
        return _LONG_AGO
    if callback_data.wish is not Wish.FILE:
        change = more if callback_data.wish is Wish.MORE else refreshed
        return await _ask(query, change(inquiry.wanted), store, project, place)
    if not isinstance(inquiry.answer, LogsFound):
        return _LONG_AGO
    reply_to = query.message.message_id if query.message else None
    return Answer(toast="The file is on its way.", document=log_file(store, inquiry, reply_to=reply_to))


async def _ask(
    query: CallbackQuery, wanted: LogsWanted, store: Store, project: Project, place: Place
) -> Answer:
    """The answer takes the place of the message whose button was tapped."""
    if query.message is None:
        return _LONG_AGO
    over = query.message.message_id
    await store.inquiries.ask(
        project.id, wanted, key=tap_key(query), chat=place.chat, topic=place.topic, message=over
    )
    return _ASKING


async def _services(
    store: Store, project: Project, *, lines: int = LINES, page: int = 0, edit: bool = False, toast: str = ""
) -> Answer:
    seen = await store.releases.observation(project.id)
    failed = await store.history.newest_logged(project.id)
    return Answer(card=services_card(seen, failed, lines=lines, page=page), edit=edit, toast=toast)


def setup() -> Router:
    router = Router(name="service-logs")
    router.message.register(logs, Command("logs", ignore_case=True, ignore_mention=True), flags=looking())
    router.callback_query.register(menu_tapped, MenuTap.filter(F.choice == Choice.LOGS), flags=looking())
    router.callback_query.register(turned, PageTap.filter(F.of == Listed.SERVICES), flags=looking())
    router.callback_query.register(chosen, ServiceTap.filter(), flags=looking())
    router.callback_query.register(again, LinesTap.filter(), flags=looking())
    return router
