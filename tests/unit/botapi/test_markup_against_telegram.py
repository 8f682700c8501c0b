"""The HTML parser against Telegram's own, which the package tdjson carries and runs offline."""

from __future__ import annotations

import json
from typing import Any

import pytest
import tdjson
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.botapi.errors import ApiError
from demo.botapi.markup_html import parse_html

NAMES = {
    "BlockQuote": "blockquote",
    "CustomEmoji": "custom_emoji",
    "DateTime": "date_time",
    "ExpandableBlockQuote": "expandable_blockquote",
    "MentionName": "text_mention",
    "PreCode": "pre",
    "TextUrl": "text_link",
}
CORPUS = [
    "",
    "plain text, a > b && c",
    "<b>hi</b>",
    "<B>hi</b>",
    "<b>hi</i>",
    "é<b>é</i>",
    "<b>hi",
    "<b>hi</>",
    "<b>hi</ >",
    "<b>hi</b ",
    "<b>hi</b q>",
    "</b>",
    "<x>",
    "<b/>",
    "<br>",
    "<!-- x -->",
    "< b>",
    "<>",
    "a<",
    "a</",
    "a<b",
    "a<b ",
    "a<b x",
    "a<b x=",
    "a<b x=y",
    "a<b x='y",
    "a<b 'q'>z</b>",
    "<b onclick=\"alert('1')\">x</b>",
    "<b x=y/>z</b>",
    "<b x==y>z</b>",
    "<b é=1>z</b>",
    "<b x=é>z</b>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    "<a href='data:text/html,x'>x</a>",
    "<a href='file:///etc/passwd'>x</a>",
    "<a href='ya.ru/path?q=1&amp;w=2'>x</a>",
    "<a href='HTTP://Ex.com/A?b=1#c'>x</a>",
    "<a href='http://localhost:80'>x</a>",
    "<a href='http://127.0.0.1:8000'>x</a>",
    "<a href='http://[::1]/'>x</a>",
    "<a href='http://user:pw@ya.ru'>x</a>",
    "<a href='http://ya.ru:99999'>x</a>",
    "<a href='http://ya.ru/\nq r'>x</a>",
    "<a href='tg://user?id=5'>x</a>",
    "<a href='tg:user?id=5'>x</a>",
    "<a href='tg://user?id=0'>x</a>",
    "<a href='tg://resolve?domain=q'>x</a>",
    "<a>http://x.ru</a>",
    "<a href=''>ya.ru</a>",
    "<pre><code class='language-py'>x</code></pre>",
    "<pre><code class=language-PY>x</code></pre>",
    "<code class='language-py'><pre>x</pre></code>",
    "<pre>a<code class='language-py'>x</code></pre>",
    "<pre language='c'>x</pre>",
    "<code><b>x</b></code>",
    "<b>x<b>y</b></b>",
    "<span>x</span>",
    "<span class='tg-spoiler'>x</span>",
    "<span class='tg-spoiler' class='x'>x</span>",
    "<tg-spoiler><i>x</i></tg-spoiler>",
    "<blockquote expandable>q</blockquote>",
    "<blockquote EXPANDABLE>q</blockquote>",
    "<blockquote><blockquote>q</blockquote></blockquote>",
    "<tg-emoji emoji-id='5'>x</tg-emoji>",
    "<tg-emoji emoji-id='q'>x</tg-emoji>",
    "<tg-emoji>x</tg-emoji>",
    "<tg-time unix='5' format='wDT'>x</tg-time>",
    "<tg-time unix='5' format='zzz'>x</tg-time>",
    "<tg-time unix='q'>x</tg-time>",
    "&nbsp;&lt;&#60;&#x3c;&#X3C;&amp;lt;&quot &apos; &gt &ampx &LT; &#12a; &#60 &#; &#x;",
    "&#0; &#99999999; &#x110000;",
    "&#xD800;",
    "&#xD83D;&#xDE00;",
    "&#128512;<b>x</b>😀<i>y</i>",
    "<b>\n x\n</b>\n",
    "x\0y<b\0>",
    "<\0>",
    "<b>x</b\x01>",
    "<b\x0bx>y</b>",
    "<b\x0c>y</b>",
]


def telegram(request: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(tdjson.td_execute(json.dumps(request).encode()) or b"{}")
    return answer


@pytest.fixture(scope="module", autouse=True)
def _quiet() -> None:
    telegram({"@type": "setLogVerbosityLevel", "new_verbosity_level": 0})


def theirs(source: str) -> Any:
    mode = {"@type": "textParseModeHTML"}
    answer = telegram({"@type": "parseTextEntities", "text": source, "parse_mode": mode})
    if answer["@type"] == "error":
        return "Bad Request: c" + answer["message"][1:]
    found = []
    for entity in answer["entities"]:
        kind = entity["type"]["@type"].removeprefix("textEntityType")
        details = {name: entity["type"].get(name) for name in ("url", "user_id", "language", "unix_time")}
        found.append((NAMES.get(kind, kind.lower()), entity["offset"], entity["length"], details))
    return answer["text"], found


def ours(source: str) -> Any:
    try:
        text, entities = parse_html(source)
    except ApiError as error:
        return error.description
    names = ("url", "user_id", "language", "unix_time")
    return text, [(e.type, e.offset, e.length, {n: getattr(e, n) for n in names}) for e in entities]


@pytest.mark.parametrize("source", CORPUS)
def test_same_as_telegram_on_the_corpus(source: str) -> None:
    assert ours(source) == theirs(source)


TAGS = ("b", "i", "u", "s", "del", "code", "pre", "blockquote", "tg-spoiler", "a")
OPENINGS = (
    "<a href='ya.ru'>",
    '<a href="http://x.y/?a=1&amp;b=2">',
    "<a href='tg://user?id=5'>",
    "<code class='language-py'>",
    "<blockquote expandable>",
    "<span class='tg-spoiler'>",
    "<tg-time unix=5 format=wD>",
    "<tg-emoji emoji-id=7>",
)
PIECES = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS]),
    st.sampled_from(OPENINGS),
    st.sampled_from(
        ["</span>", "</tg-time>", "</tg-emoji>", "</>", "<", ">", "</", "=", "'", '"', "\0", "<b x"]
    ),
    st.sampled_from(["&lt;", "&amp", "&#x41;", "&#12", "&", "&#xD800;", "é", "😀", "\n", " ", "x"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
)


@st.composite
def well_formed(draw: st.DrawFn, depth: int = 3) -> str:
    parts = []
    for _ in range(draw(st.integers(0, 3))):
        tag = draw(st.sampled_from(("", *TAGS)))
        inner = (
            draw(well_formed(depth=depth - 1))
            if depth and tag
            else draw(st.sampled_from(["x", "é😀", "a\n"]))
        )
        parts.append(f"<{tag}>{inner}</{tag}>" if tag else inner)
    return "".join(parts)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=9).map("".join))
def test_same_as_telegram_on_broken_markup(source: str) -> None:
    assert ours(source) == theirs(source)


@settings(max_examples=100, deadline=None)
@given(well_formed())
def test_same_as_telegram_on_good_markup(source: str) -> None:
    assert ours(source) == theirs(source)
