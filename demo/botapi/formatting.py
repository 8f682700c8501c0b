"""From what a bot sent (text, parse_mode, entities) to what is stored."""

from __future__ import annotations

import re
from typing import Any

from demo.botapi.entities import Entity, finished
from demo.botapi.errors import ApiError, bad_request
from demo.botapi.links import checked, user_of
from demo.botapi.markup_html import parse_html

MAX_RAW_BYTES = 32_768
MAX_TEXT = 4096
MAX_CAPTION = 1024
_PLAIN = (
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "code",
    "blockquote",
    "expandable_blockquote",
)
_IGNORED = (
    "mention",
    "hashtag",
    "cashtag",
    "bot_command",
    "url",
    "email",
    "phone_number",
    "bank_card_number",
)


def formatted(text: str, parse_mode: str, raw_entities: Any) -> tuple[str, list[Entity]]:
    """The stored text and entities. Length limits are the caller's: they count what comes out here.

    `raw_entities` counts only without a parse_mode, as in Telegram. Raises ApiError 400.
    """
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError:
        raise bad_request("strings must be encoded in UTF-8") from None
    if size > MAX_RAW_BYTES:
        raise bad_request("Text is too long")
    match parse_mode.lower():
        case "html":
            return finished(*parse_html(text))
        case "" | "none":
            entities = [_entity(raw) for raw in raw_entities] if isinstance(raw_entities, list) else []
            kept = [entity for entity in entities if entity is not None]
            _check_offsets(text, kept)
            return finished(text, kept)
        case "markdown" | "markdownv2":
            raise ApiError(
                501,
                f"Not Implemented: the local Bot API server does not play parse_mode {parse_mode}; use HTML",
            )
        case _:
            raise bad_request("Unsupported parse_mode")


def _entity(raw: Any) -> Entity | None:
    if not isinstance(raw, dict):
        raise _unparsable("expected an Object")
    kind = str(raw.get("type") or "")
    span: dict[str, Any] = {"type": kind, "offset": _number(raw, "offset"), "length": _number(raw, "length")}
    if kind in _IGNORED or (span["length"] == 0 and kind):
        return None
    if kind in _PLAIN:
        return Entity(**span)
    match kind:
        case "pre":
            return Entity(**span, language=str(raw.get("language") or "") or None)
        case "text_link":
            url = str(raw.get("url") or "")
            if (user := user_of(url)) is not None:
                return Entity(**{**span, "type": "text_mention"}, user_id=user)
            if not checked(url):
                raise bad_request(f"entity URL '{url}' is invalid: Wrong HTTP URL")
            return Entity(**span, url=checked(url))
        case "text_mention" if isinstance(raw.get("user"), dict):
            return Entity(**span, user_id=_number(raw["user"], "id"))
        case "custom_emoji":
            return Entity(**span, custom_emoji_id=str(_number(raw, "custom_emoji_id")))
        case "date_time":
            shape = str(raw.get("date_time_format") or "")
            if not re.fullmatch(r"[rR]?|[wWdDtT]+", shape):
                raise _unparsable("Invalid date-time format specified")
            return Entity(**span, unix_time=_number(raw, "unix_time"), date_time_format=shape or None)
    raise _unparsable("Unsupported type specified" if kind else "Type is not specified")


def _check_offsets(text: str, entities: list[Entity]) -> None:
    boundaries = [0]
    for char in text:
        boundaries.append(boundaries[-1] + (2 if char > "\uffff" else 1))
    allowed, size = set(boundaries), boundaries[-1]
    for entity in entities:
        if entity.offset < 0 or entity.length < 0:
            raise bad_request("Receive an entity with incorrect offset or length")
        if entity.end > size:
            raise bad_request(
                f"entity beginning at UTF-16 offset {entity.offset} ends after the end of the text"
            )
        if entity.offset not in allowed:
            raise bad_request(f"entity begins in a middle of a UTF-16 symbol at byte offset {entity.offset}")
        if entity.end not in allowed:
            raise bad_request(
                f"entity beginning at UTF-16 offset {entity.offset} ends in a middle of a UTF-16 symbol"
            )


def _number(raw: dict[str, Any], field: str) -> int:
    try:
        return int(raw[field])
    except KeyError:
        raise _unparsable(f'Can\'t find field "{field}"') from None
    except (TypeError, ValueError):
        raise _unparsable(f'Field "{field}" must be a valid Number') from None


def _unparsable(reason: str) -> ApiError:
    return bad_request(f"Can't parse MessageEntity: {reason}")
