"""Under which path the host knows the folder of a compose file that a worker in a container reads."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.containers.installation import locate


class _Engine:
    """In a container with these mounts, by where they are seen; None outside of one."""

    def __init__(self, mounts: dict[str, str] | None) -> None:
        self._mounts = mounts

    async def container(self, _: str) -> Any:
        return None if self._mounts is None else SimpleNamespace(mounts=self._mounts)


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    folder = tmp_path / "installation"
    (folder / "shop").mkdir(parents=True)
    for name in ("compose.yml", "shop/compose.yml", "shop/shop.env"):
        (folder / name).touch()
    return folder


async def test_the_folder_itself_is_mounted_and_so_is_what_lies_in_it(tmp_path: Path, inside: Path) -> None:
    host = tmp_path / "srv" / "agent"
    engine: Any = _Engine({str(inside): str(host), "/var/lib/vnext": "/volumes/state"})
    assert await locate(engine, inside / "compose.yml") == host
    assert await locate(engine, inside / "shop" / "compose.yml") == host / "shop"
    assert (host / "shop" / "shop.env").is_file()  # found here under the path that the daemon knows


@pytest.mark.parametrize("mounts", [None, {}, {"/elsewhere": "/srv/agent"}])
async def test_else_it_is_where_it_lies(inside: Path, mounts: dict[str, str] | None) -> None:
    engine: Any = _Engine(mounts)
    assert await locate(engine, inside / "shop" / "compose.yml") == inside / "shop"
