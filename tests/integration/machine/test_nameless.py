"""What builds leave behind without a name is found again by the base it stands on."""

from __future__ import annotations

import subprocess
from pathlib import Path

from demo.machine.images import Images, _nameless_on


def test_a_nameless_image_is_found_by_its_base(images: Images, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {images.python}\nRUN echo {tmp_path.name} > /left-behind\n")
    built = subprocess.run(
        ["docker", "build", "--quiet", "--force-rm", tmp_path], check=True, capture_output=True, text=True
    ).stdout.strip()
    short = built.removeprefix("sha256:")[:12]
    try:
        assert short in _nameless_on(images.python)
        assert short not in _nameless_on(images.postgres)
    finally:
        subprocess.run(["docker", "rmi", "--force", built], check=True, capture_output=True)
    assert short not in _nameless_on(images.python)
