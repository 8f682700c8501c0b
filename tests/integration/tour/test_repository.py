"""When the tour may begin to push."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.tour.repository import Repository


@pytest.fixture
def proxy_without_a_server() -> Iterator[int]:
    """Accepts and hangs up, as Docker's proxy does before the process in the container listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up() -> None:
            listening.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(10)


def test_an_open_port_is_not_yet_an_answer(proxy_without_a_server: int) -> None:
    assert not Repository(f"git://127.0.0.1:{proxy_without_a_server}/agent.git").answers()


def test_an_empty_repository_answers(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path)], check=True, timeout=30)
    assert Repository(tmp_path.as_uri()).answers()
