"""Reply markup: what Telegram accepts, cuts and refuses."""

from __future__ import annotations

import json
from typing import Any

from demo.botapi.errors import ApiError, bad_request
from demo.botapi.links import checked, user_of

MAX_IN_ROW = 12
MAX_BUTTONS = 300
MAX_CALLBACK_BYTES = 64
MAX_COPY_TEXT = 256
MAX_MARKUP_BYTES = 10_000
_STYLES = ("danger", "success", "primary")

Markup = dict[str, Any]


def parse_markup(raw: Any, *, inline_only: bool = False) -> Markup | None:
    """The markup as it is stored, in one canonical form; None when there is none or nothing is left of it.

    `raw` is JSON text or an already decoded value. Raises ApiError 400.
    """
    if raw is None or raw == "":
        return None
    value = raw
    if isinstance(raw, str):
        try:
            value = json.loads(raw)
        except ValueError:
            raise bad_request("Can't parse reply keyboard markup JSON object") from None
    if not isinstance(value, dict):
        raise bad_request("Object expected as reply markup")
    markup = _markup(value)
    if markup and inline_only and "inline_keyboard" not in markup:
        raise bad_request("Inline keyboard expected")
    if markup and len(json.dumps(markup, ensure_ascii=False).encode()) > MAX_MARKUP_BYTES:
        raise bad_request("reply markup is too long")
    return markup


def _markup(value: dict[str, Any]) -> Markup | None:
    if value.get("keyboard"):
        rows = _rows(value["keyboard"], "keyboard", 'Field "keyboard" must be an Array of Arrays')
        flags = ("resize_keyboard", "one_time_keyboard", "is_persistent", "selective")
        kept: Markup = {flag: True for flag in flags if value.get(flag)}
        if value.get("input_field_placeholder"):
            kept["input_field_placeholder"] = str(value["input_field_placeholder"])[:64]
        return {"keyboard": rows, **kept} if rows else None
    if value.get("inline_keyboard"):
        rows = _rows(
            value["inline_keyboard"],
            "inline keyboard",
            'Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
        )
        return {"inline_keyboard": rows} if rows else None
    if value.get("remove_keyboard"):
        return {"remove_keyboard": True}
    return {"force_reply": True} if value.get("force_reply") else None


def _rows(raw: Any, kind: str, not_rows: str) -> list[list[dict[str, Any]]]:
    if not isinstance(raw, list) or not all(isinstance(row, list) for row in raw):
        raise bad_request(not_rows)
    rows: list[list[dict[str, Any]]] = []
    total = 0
    for raw_row in raw:
        row: list[dict[str, Any]] = []
        for raw_button in raw_row:
            button = _inline_button(raw_button) if kind == "inline keyboard" else _reply_button(raw_button)
            if not button["text"] or len(row) == MAX_IN_ROW or total == MAX_BUTTONS:
                continue
            row.append(button)
            total += 1
        if row:
            rows.append(row)
    return rows


def _reply_button(raw: Any) -> dict[str, Any]:
    if isinstance(raw, str):
        return {"text": raw}
    if not isinstance(raw, dict):
        raise _unparsable("keyboard", "KeyboardButton must be a String or an Object")
    return {"text": _string(raw, "text", "keyboard"), **_style(raw, "keyboard")}


def _inline_button(raw: Any) -> dict[str, Any]:
    kind = "inline keyboard"
    if not isinstance(raw, dict):
        raise _unparsable(kind, "InlineKeyboardButton must be an Object")
    button = {"text": _string(raw, "text", kind), **_style(raw, kind)}
    if raw.get("url"):
        return {**button, "url": _button_url(str(raw["url"]))}
    if raw.get("callback_data"):
        data = str(raw["callback_data"])
        if len(data.encode("utf-8")) > MAX_CALLBACK_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
        return {**button, "callback_data": data}
    if isinstance(raw.get("web_app"), dict):
        url = _string(raw["web_app"], "url", kind)
        if not checked(url).startswith("https://"):
            raise bad_request(
                f"inline keyboard button Web App URL '{url}' is invalid: Only HTTPS links are allowed"
            )
        return {**button, "web_app": {"url": checked(url)}}
    if isinstance(raw.get("copy_text"), dict):
        text = _string(raw["copy_text"], "text", kind)
        if not 1 <= len(text) <= MAX_COPY_TEXT:
            raise bad_request("BUTTON_COPY_TEXT_INVALID")
        return {**button, "copy_text": {"text": text}}
    for name in ("switch_inline_query", "switch_inline_query_current_chat"):
        if name in raw:
            return {**button, name: _string(raw, name, kind)}
    raise _unparsable(kind, "Text buttons are unallowed in the inline keyboard")


def _button_url(url: str) -> str:
    if user_of(url) is not None:
        return url
    stored = checked(url)
    if not stored:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return stored


def _style(raw: dict[str, Any], kind: str) -> dict[str, Any]:
    style = str(raw.get("style") or "").lower()
    if style in ("", "default"):
        return {}
    if style not in _STYLES:
        raise _unparsable(kind, "invalid button style specified")
    return {"style": style}


def _string(raw: dict[str, Any], field: str, kind: str) -> str:
    value = raw.get(field)
    if value is None:
        raise _unparsable(kind, f'Can\'t find field "{field}"')
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise _unparsable(kind, f'Field "{field}" must be of type String')
    return str(value)


def _unparsable(kind: str, reason: str) -> ApiError:
    return bad_request(f"Can't parse {kind} button: {reason}")
