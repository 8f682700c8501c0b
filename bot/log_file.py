"""The lines of an inquiry as a file."""

from __future__ import annotations

import re
from functools import partial

from bot.answer import Document
from bot.cards.logs import of_logs
from pipeline.model.inquiry import Inquiry, InquiryId, LogsFound
from pipeline.store.store import Store
from pipeline.wording.markup import clean_line, line
from pipeline.wording.words import clock

LIES = "vnext logs SERVICE shows them on the server."

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def log_file(store: Store, inquiry: Inquiry, *, reply_to: int | None = None) -> Document:
    service = of_logs(inquiry).service
    at = f" · {clock(inquiry.answered_at)}" if inquiry.answered_at else ""
    return Document(
        key=f"inquiry:{inquiry.id}",
        name=f"{_UNSAFE.sub('_', service)[:60].strip('.') or 'service'}.log",
        caption=f"Newest log lines of {line(service, 60)}{at}",
        reply_to=reply_to,
        load=partial(_content, store, inquiry.id),
        sent=_nothing_to_note,
        where=LIES,
    )


async def _content(store: Store, number: InquiryId) -> bytes | None:
    inquiry = await store.inquiries.get(number)
    if inquiry is None or not isinstance(inquiry.answer, LogsFound):
        return None
    return "\n".join([*map(clean_line, inquiry.answer.lines), ""]).encode(errors="replace")


async def _nothing_to_note() -> None:
    """It may be sent as often as it is wanted."""
