"""Values from outside, made fit to be shown: cleaned, cut and escaped for Telegram's HTML."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence

TEXT_LIMIT = 4096
"""Code points of a message after its entities are parsed."""

BYTES_LIMIT = 32_768
"""Bytes of a message before that."""

TOAST_LIMIT = 200

_TERMINAL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_TAG = re.compile(r"<[^>]*>")
_COMMAND = re.compile(r"(?<![\w/])/(?=[A-Za-z0-9_])")
_MENTION = re.compile(r"(?<!\w)@(?=\w)")
_JOINER = "\u2060"
_QUOTED = 40  # Telegram shows the formatting of the first hundred parts of a message only
_KEPT_FORMAT = "\u200d"  # joins emoji
_LOST = "\ufffd"
_SPARE = 8  # of a value that is much longer than what is shown, the rest is not looked at


def clean(value: str) -> str:
    """One line without terminal codes, control characters and those that turn the direction of writing."""
    return " ".join(_readable(_TERMINAL.sub("", value)).split())


def cut(value: str, limit: int) -> str:
    """At most `limit` code points, the last an ellipsis where something is missing."""
    return value if len(value) <= limit else value[: limit - 1].rstrip() + "…"


def escape(value: str) -> str:
    return html.escape(value, quote=False)


def line(value: str, limit: int = 200) -> str:
    """A value as running text. What reads like a command or a mention cannot be tapped."""
    text = _MENTION.sub("@" + _JOINER, _COMMAND.sub("/" + _JOINER, _brief(value, limit)))
    return escape(cut(text, limit))


def code(value: str, limit: int = 200) -> str:
    return f"<code>{escape(_brief(value, limit))}</code>"


def advice(value: str, limit: int = 400) -> str:
    """Our own words about what to do: the commands in it may be tapped."""
    return escape(_brief(value, limit))


def told_of_production(sentence: str, limit: int = 400) -> str:
    """A sentence on how production is; most begin with that word, and the worst is wholly in bold."""
    shown = line(sentence, limit)
    head, _, rest = shown.partition(" ")
    if head == "CRITICAL:":
        return f"<b>{shown}</b>"
    return f"<b>{head}</b> {rest}" if head == "Production" else f"<b>Production:</b> {shown}"


def output(value: str, *, lines: int, limit: int) -> str:
    """The last lines of an output: the very last one open, for it tells most, below a quote that unfolds with
    those before it. Some `limit` code points at most; empty where there are none."""
    raw = value[-_SPARE * limit :].splitlines()
    kept = [text for text in map(clean_line, raw) if text][-lines:]
    while kept and len("\n".join(kept)) > limit:
        if len(kept) == 1:
            kept = [cut(kept[0], limit)]
            break
        kept = kept[1:]
    if not kept:
        return ""
    every = value.rstrip().count("\n") + 1
    head = f"The last {len(kept)} of {every} lines" if every > len(kept) else ""
    before = f"<code>{escape(chr(10).join(kept[:-1]))}</code>" if kept[1:] else ""
    return joined(folded(head, before), f"<code>{escape(kept[-1])}</code>")


def clean_line(value: str) -> str:
    """Like `clean`, with the blanks that an output is aligned by."""
    return _readable(_TERMINAL.sub("", value).replace("\t", "    ")).rstrip()


def quote(items: Sequence[str], *, total: int, budget: int) -> str:
    """A blockquote that unfolds: the HTML lines that fit into `budget` code points (forty at most), and how
    many do not."""
    kept: list[str] = []
    room = budget - len(_more(total))
    for item in items[:_QUOTED]:
        room -= shown_length(item) + 1
        if room < 0:
            break
        kept.append(item)
    if total > len(kept):
        kept.append(_more(total - len(kept)))
    return folded(*kept)


def folded(*lines: str) -> str:
    """Detail: a blockquote of which three lines show until it is unfolded. Empty where all lines are."""
    shown = joined(*lines)
    return f"<blockquote expandable>{shown}</blockquote>" if shown else ""


def shown_length(text: str) -> int:
    """Code points of our own HTML once Telegram has parsed it."""
    return len(plain(text))


def plain(text: str) -> str:
    """Our own HTML without its tags: what is sent where Telegram refuses the formatting."""
    return html.unescape(_TAG.sub("", text))


def room(*parts: str) -> int:
    """Code points left for what comes besides these parts of a text."""
    return TEXT_LIMIT - sum(shown_length(part) + 1 for part in parts)


GAP = "\n"
"""As a part: an empty line."""


def joined(*parts: str) -> str:
    """The parts that are not empty, one below the other."""
    return "\n".join(part.removesuffix(GAP) for part in parts if part)


def _brief(value: str, limit: int) -> str:
    return cut(clean(value[: _SPARE * limit]), limit)


def _more(count: int) -> str:
    return f"… and {count} more"


def _readable(value: str) -> str:
    if value.isprintable():
        return value
    return "".join(char if char.isprintable() else _shown(char) for char in value)


def _shown(char: str) -> str:
    match unicodedata.category(char):
        case "Cc" | "Zl" | "Zp":
            return " "
        case "Cf":
            return char if char == _KEPT_FORMAT else ""
        case "Cs":
            return _LOST
        case _:
            return char
