"""Pictures as the process that draws them makes them: a real child, its limits, what it prints."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from bot.pictures import drawing
from pipeline.drawing.composing import picture
from pipeline.drawing.values import Picture
from pipeline.model.figures import Past
from tests.unit.pipeline.past import NOW, long_past


def draw(shown: bytes, home: Path) -> subprocess.CompletedProcess[bytes]:
    command = drawing(shown, home)
    env = {**os.environ, **command.env}
    return subprocess.run(command.argv, input=shown, capture_output=True, env=env, timeout=300, check=False)


def drawn(shown: Picture, home: Path) -> Image.Image:
    done = draw(shown.to_json(), home)
    assert (done.returncode, done.stderr.decode()) == (0, "")
    assert done.stdout.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(done.stdout) < 1_000_000
    return Image.open(io.BytesIO(done.stdout)).convert("RGB")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("matplotlib")


def test_light_dark_and_empty(home: Path) -> None:
    hostile = r"$\frac{1}{0}$ <b>&"
    past = long_past(365)
    dark, light = (drawn(picture(hostile, past, NOW, dark=dark), home) for dark in (True, False))
    empty = drawn(picture(hostile, Past(began_at=None), NOW, dark=True), home)
    assert dark.size == light.size == empty.size == (1080, 1500)
    assert dark.getpixel((2, 2)) == empty.getpixel((2, 2)) == (0x17, 0x21, 0x2B)
    assert light.getpixel((2, 2)) == (255, 255, 255)

    def inked(image: Image.Image, box: tuple[int, int, int, int]) -> int:
        part = image.crop(box)
        ground = image.getpixel((2, 2))
        return sum(count for count, colour in part.getcolors(1 << 20) or [] if colour != ground)

    quarter = 1500 // 4
    for image in (dark, light):
        assert all(inked(image, (0, top, 1080, top + quarter)) > 3000 for top in range(0, 1500, quarter))
    assert 1000 < inked(empty, (0, 0, 1080, 1500)) < inked(dark, (0, 0, 1080, 1500)) / 3
    for image in (dark, light, empty):
        assert inked(image, (1072, 0, 1080, 1500)) == 0, "something runs off the right edge"


@pytest.mark.parametrize("shown", [b"", b"{}", b"x" * (5 << 20)], ids=["nothing", "no picture", "too much"])
def test_what_is_no_picture_is_refused(shown: bytes, home: Path) -> None:
    done = draw(shown, home)
    assert done.returncode != 0
    assert done.stdout == b""


def test_nobody_else_imports_what_draws() -> None:
    heavy = {"matplotlib", "prometheus_client"}
    code = f"import sys, bot.app, pipeline.cli.stats; print({heavy} & {{*sys.modules}})"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "set()"
