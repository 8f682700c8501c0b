import pytest

from pipeline.source.refs import is_branch, is_object_name, is_ref, is_sha, is_short_sha, plain


@pytest.mark.parametrize(
    "name",
    ["main", "feature/x", "v1.2", "ünïcode", "a-b_c", "fix/#42", "a'b\"c", "x$(id)", "@x", "a&b;c|d<e>"],
)
def test_branches(name: str) -> None:
    assert is_branch(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-x",
        "--upload-pack=x",
        "/x",
        "x/",
        "x//y",
        "x..y",
        ".x",
        "x/.y",
        "x.",
        "x.lock",
        "x.lock/y",
        "@",
        "HEAD",
        "a@{1}",
        "a b",
        "a~1",
        "a^",
        "a:b",
        "a?",
        "a*",
        "a[b",
        "a\\b",
        "a\nb",
        "a\x00b",
        "a\x7f",
    ],
)
def test_no_branches(name: str) -> None:
    assert not is_branch(name)


@pytest.mark.parametrize(
    ("text", "full", "short"),
    [
        ("a" * 40, True, True),
        ("0123abc", False, True),
        ("0123ab", False, False),
        ("a" * 41, False, False),
        ("A" * 40, False, False),
        ("g" * 40, False, False),
        ("a" * 40 + "\n", False, False),
        ("", False, False),
    ],
)
def test_shas(text: str, full: bool, short: bool) -> None:
    assert (is_sha(text), is_short_sha(text)) == (full, short)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("0" * 40, True),
        ("a" * 64, True),
        ("a" * 39, False),
        ("a" * 41, False),
        ("a" * 65, False),
        ("A" * 40, False),
        ("a" * 40 + "\n", False),
    ],
)
def test_object_names(text: str, holds: bool) -> None:
    assert is_object_name(text) is holds


@pytest.mark.parametrize("name", ["refs/heads/main", "refs/tags/v1.0", "refs/heads/feature/x"])
def test_whole_names(name: str) -> None:
    assert is_ref(name)


@pytest.mark.parametrize("name", ["main", "refs/", "refs", "heads/main", "refs/heads/a..b", "refs/heads/a b"])
def test_no_whole_names(name: str) -> None:
    assert not is_ref(name)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"Add a thing", "Add a thing"),
        ("Grüße 👩‍💻".encode(), "Grüße 👩‍💻"),
        (b"\x1b[31mred\x1b[0m", "[31mred [0m"),
        (b"a\r\nb\tc\x00d", "a  b c d"),
        (b"bad \xff byte", "bad \ufffd byte"),
        ("abc\u202edcba".encode(), "abcdcba"),
        ("line\u2028end".encode(), "line end"),
        (b"<b>&amp;", "<b>&amp;"),
    ],
)
def test_plain(data: bytes, text: str) -> None:
    assert plain(data) == text
