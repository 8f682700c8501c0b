import base64
import html
import json
from itertools import pairwise
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipeline.process.lines import LINE_CHARACTERS, Lines
from pipeline.redact import LONGEST_FORM, password_in, redactor, secrets_of

KEY = "-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA0tvPCq\n9f/Kx+7e\nshort\n-----END KEY-----"


@pytest.mark.parametrize(
    ("secrets", "text", "shown"),
    [
        (["hunter2"], "password hunter2!", "password ***!"),
        (["hunter2"], "hunter2hunter2", "******"),
        (["hunter2"], "Hunter2 stays", "Hunter2 stays"),
        (
            ["p@ss/word"],
            "https://me:p%40ss%2Fword@example.org and p@ss/word",
            "https://me:***@example.org and ***",
        ),
        (["p@ss/word"], "p%40ss%2fword p%40ss/word", "*** ***"),
        (["open sesame"], "q=open+sesame&r=open%20sesame", "q=***&r=***"),
        (["secret", "secret-longer"], "secret-longer, secret", "***, ***"),
        (["secret-longer", "secret"], "secret-longer, secret", "***, ***"),
        (["a.c+d(e"], "a.c+d(e abc+d(e", "*** abc+d(e"),
        (["short", ""], "a short word", "a short word"),
        (["sixsix"], "sixsix", "***"),
        ([], "nothing is secret", "nothing is secret"),
        (["pässwörd"], "pässwörd p%C3%A4ssw%C3%B6rd", "*** ***"),
        (['say "no"\\'], json.dumps({"said": 'say "no"\\'}), '{"said": "***"}'),
        (["<b>&co;"], "<pre>&lt;b&gt;&amp;co;</pre>", "<pre>***</pre>"),
        (["hunter2"], base64.b64encode(b"hunter2").decode(), "***=="),
        (["hunter2"], "Authorization: Basic dXNlcjpodW50ZXIy", "Authorization: Basic dXNlcjp***"),
        ([KEY], KEY.replace("-----", ""), "BEGIN KEY\n***\n***\nshort\nEND KEY"),
        ([KEY], json.dumps("see " + KEY.replace("short", "other")), None),
    ],
)
def test_what_is_masked(secrets: list[str], text: str, shown: str | None) -> None:
    masked = redactor(secrets)(text)
    assert masked == shown if shown is not None else "MIIEpAIBAAKCAQEA0tvPCq" not in masked


def test_which_variables_are_secret_by_their_name_or_as_the_password_of_a_url() -> None:
    environment = {
        "DB_PASSWORD": "1",
        "TELEGRAM_API_TOKEN": "2",
        "WEBHOOK_SECRET": "3",
        "SSH_PRIVATE_KEY": "4",
        "openai_api_key": "5",
        "TELEGRAM_PROXY": "6",
        "DATABASE_URL": "postgresql://agent:p%40ss@db/app",
        "DB_USER": "agent",
        "TOKEN_BUDGET": "100000",
        "PATH": "/bin",
        "HOMEPAGE": "https://example.org/",
    }
    assert secrets_of(environment) == ["1", "2", "3", "4", "5", "6", "p%40ss", "p@ss"]


@pytest.mark.parametrize(
    ("url", "passwords"),
    [
        ("https://me:same@example.org/x", ["same"]),
        ("https://me@example.org/x", []),
        ("git@example.org:x.git", []),
        ("https://[broken", []),
    ],
)
def test_the_password_in_a_url(url: str, passwords: list[str]) -> None:
    assert password_in(url) == passwords


SECRETS = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=("Cc", "Cs", "Zl", "Zp")),
    min_size=6,
    max_size=700,
).filter(lambda text: len(text.strip()) >= 6 and "*" not in text)


def spelled(secret: str, how: int, around: bytes) -> str:
    """The secret as the forms that people and programs write it in."""
    inside = around + secret.encode() + around
    match how:
        case 0:
            return secret
        case 1:
            return quote(secret, safe="")
        case 2:
            return quote(secret, safe="/@:").replace("%C3", "%c3")
        case 3:
            return quote_plus(secret)
        case 4:
            return base64.b64encode(inside).decode()
        case 5:
            return base64.urlsafe_b64encode(inside).decode()
        case 6:
            return json.dumps(secret)[1:-1]
        case _:
            return html.escape(secret, quote=False)


def sure(secret: str, how: int, around: bytes) -> str:
    """What must not be found afterwards: of base64, the characters that the secret alone decides."""
    form = spelled(secret, how, around)
    if how not in (4, 5):
        return form
    start, end = 8 * len(around), 8 * (len(around) + len(secret.encode()))
    return form[-(-start // 6) : end // 6]


@settings(deadline=None)
@given(
    secret=SECRETS,
    how=st.integers(0, 7),
    around=st.binary(max_size=7),
    before=st.integers(0, 5) | st.integers(LINE_CHARACTERS - 900, LINE_CHARACTERS + 900),
    again=st.integers(0, 12),
    cuts=st.lists(st.integers(0, 20_000), max_size=6),
)
def test_no_form_of_a_secret_survives_any_split_of_the_stream(
    secret: str, how: int, around: bytes, before: int, again: int, cuts: list[int]
) -> None:
    form, wanted = spelled(secret, how, around), sure(secret, how, around)
    filler = "·"  # in no form
    assume(filler not in secret)
    text = filler * before + filler.join([form] * (again + 1)) + filler * 20
    data = text.encode()
    found: list[str] = []
    lines = Lines(found.append, redactor([secret]))
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, end in pairwise(edges):
        lines.feed(data[start:end])
    lines.close()
    shown = "\n".join(found)
    assert wanted not in shown


@pytest.mark.parametrize("masked_before", [0, 40], ids=["first", "after others"])
@pytest.mark.parametrize("how", [0, 1], ids=["as it is", "URL-encoded"])
def test_no_beginning_of_a_secret_is_left_at_the_cut_of_a_long_line(how: int, masked_before: int) -> None:
    secret = "".join(chr(0x21 + number * 37 % 94) for number in range(250)).replace("*", "x")
    other, form = "hunter2" * 30, spelled(secret, how, b"")
    redact = redactor([secret, other])
    for start in range(LINE_CHARACTERS - 300, LINE_CHARACTERS + LONGEST_FORM, 5):
        filler = "·" * (start - masked_before * len(other))
        found: list[str] = []
        lines = Lines(found.append, redact)
        lines.feed((other * masked_before + filler + form + "·" * 50).encode())
        lines.close()
        assert len(found[0]) <= LINE_CHARACTERS + 1
        assert form[:6] not in found[0]


@settings(deadline=None)
@given(secret=SECRETS, how=st.integers(0, 7))
def test_no_piece_of_a_secret_has_a_form_longer_than_is_kept_beyond_a_cut(secret: str, how: int) -> None:
    piece = secret[:256]
    assert len(spelled(piece, how, b"")) <= LONGEST_FORM
