from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.source.ssh_key import keygen, ssh_host


def test_the_command_that_makes_a_key() -> None:
    assert keygen(Path("/home/ada/.ssh/id_ed25519"), "ada@host").argv == (
        *("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada@host"),
        *("-f", "/home/ada/.ssh/id_ed25519"),
    )


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("git@github.com:owner/agent.git", "github.com"),
        ("github.com:owner/agent.git", "github.com"),
        ("ssh://git@example.org:2222/agent.git", "example.org"),
        ("https://github.com/owner/agent.git", None),
        ("file:///srv/agent.git", None),
        ("/srv/agent.git", None),
    ],
)
def test_which_host_is_spoken_to_by_ssh(url: str, host: str | None) -> None:
    assert ssh_host(url) == host
