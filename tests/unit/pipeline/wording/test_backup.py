"""Which backups may go to the chat."""

from __future__ import annotations

from pathlib import Path

from pipeline.wording.backup import CHAT_BYTES, not_for_chat


def test_an_encrypted_one_up_to_the_limit_may() -> None:
    assert not_for_chat(Path("/b/one.dump.zst.age"), CHAT_BYTES) is None


def test_others_are_told_why_not() -> None:
    assert not_for_chat(Path("/b/one.dump.zst"), 1) == "not sent to the chat: it is not encrypted"
    assert not_for_chat(Path("/b/age/one.dump"), 1) == "not sent to the chat: it is not encrypted"
    assert not_for_chat(Path("/b/one.dump.zst.age"), 180 * 1024 * 1024) == (
        "not sent to the chat: it is 180 MB, the limit is 45.0 MB"
    )
