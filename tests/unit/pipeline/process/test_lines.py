import pytest

from pipeline.process.lines import LINE_CHARACTERS, Lines, Tail


def split(*chunks: bytes) -> list[str]:
    found: list[str] = []
    lines = Lines(found.append)
    for chunk in chunks:
        lines.feed(chunk)
    lines.close()
    return found


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ((), []),
        ((b"",), []),
        ((b"one\ntwo\n",), ["one", "two"]),
        ((b"one\ntwo",), ["one", "two"]),
        ((b"on", b"e\ntw", b"o\n"), ["one", "two"]),
        ((b"one\n\ntwo\n",), ["one", "", "two"]),
        ((b"10%\r20%\r30%",), ["10%", "20%", "30%"]),
        ((b"one\r\ntwo\r\n",), ["one", "two"]),
        ((b"one\r", b"\ntwo"), ["one", "two"]),
        ((b"one\r", b"two"), ["one", "two"]),
        ((b"caf\xc3", b"\xa9\n"), ["café"]),
        ((b"a\xff\xfeb\n",), ["a\ufffd\ufffdb"]),
        ((b"end\xc3",), ["end\ufffd"]),
    ],
)
def test_lines(chunks: tuple[bytes, ...], lines: list[str]) -> None:
    assert split(*chunks) == lines


def test_a_line_of_exactly_the_limit_stays_whole() -> None:
    assert split(b"x" * LINE_CHARACTERS + b"\n") == ["x" * LINE_CHARACTERS]


def test_what_is_over_the_limit_is_dropped_up_to_the_next_line() -> None:
    cut, following = split(*[b"x" * 10_000] * 50, b"\nnext\n")
    assert cut == "x" * LINE_CHARACTERS + "…"
    assert following == "next"


def test_a_progress_line_is_there_before_the_next_one() -> None:
    found: list[str] = []
    Lines(found.append).feed(b"50%\r")
    assert found == ["50%"]


def test_a_secret_across_the_cut_is_redacted() -> None:
    found: list[str] = []
    lines = Lines(found.append, lambda text: text.replace("hunter2", "***"))
    lines.feed(b"x" * (LINE_CHARACTERS - 3) + b"hunter2" + b"y" * 100 + b"\n")
    assert "hun" not in found[0]


def test_the_tail_keeps_the_last_lines() -> None:
    tail = Tail(lines=3)
    for number in range(10):
        tail.add(str(number))
    assert tail.text() == "7\n8\n9"
    assert tail.last(2) == ["8", "9"]


def test_the_tail_is_bounded_in_characters() -> None:
    tail = Tail(characters=10)
    for line in ("aaaa", "bbbb", "cccc"):
        tail.add(line)
    assert tail.text() == "bbbb\ncccc"
