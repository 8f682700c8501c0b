from pathlib import Path

import pytest

from pipeline.engine.keeping import ends

LINES = b"".join(b"line %02d\n" % number for number in range(20))  # eight bytes each
GAP = b"(%d bytes are left out here: the whole log is run.log on the server)\n"


@pytest.mark.parametrize(
    ("text", "head", "tail", "kept"),
    [
        (b"", 8, 8, b""),
        (LINES, 80, 80, LINES),
        (LINES, 16, 24, LINES[:16] + GAP % 128 + LINES[-16:]),
        (LINES, 20, 30, LINES[:16] + GAP % 120 + LINES[-24:]),
        (b"x" * 100, 10, 10, b"x" * 10 + b"\n" + GAP % 80 + b"x" * 10),
    ],
)
def test_what_is_kept_of_a_log(tmp_path: Path, text: bytes, head: int, tail: int, kept: bytes) -> None:
    path = tmp_path / "run.log"
    path.write_bytes(text)
    assert ends(path, head=head, tail=tail) == kept
