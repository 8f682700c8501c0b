"""Deliveries of webhooks: signatures as the forges document them, ids, and what is left alone."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from bot.deliveries import Forge, News, id_of, is_signed, news_of

# The example of GitHub's documentation, "Validating webhook deliveries".
SECRET, BODY = b"It's a Secret to Everybody", b"Hello, World!"
DIGEST = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
PUSH = {Forge.GITHUB: "push", Forge.GITLAB: "Push Hook", Forge.GITEA: "push"}
EVENT = {Forge.GITHUB: "X-GitHub-Event", Forge.GITLAB: "X-Gitlab-Event", Forge.GITEA: "X-Gitea-Event"}


@pytest.mark.parametrize(
    ("forge", "headers"),
    [
        (Forge.GITHUB, {"X-Hub-Signature-256": f"sha256={DIGEST}"}),
        (Forge.GITEA, {"X-Gitea-Signature": DIGEST}),
        (Forge.GITLAB, {"X-Gitlab-Token": SECRET.decode()}),
    ],
)
def test_signed(forge: Forge, headers: dict[str, str]) -> None:
    assert is_signed(forge, headers, BODY, SECRET)
    assert not is_signed(forge, headers, BODY, SECRET + b"!")


@pytest.mark.parametrize(
    ("forge", "headers"),
    [
        (Forge.GITHUB, {}),
        (Forge.GITHUB, {"X-Hub-Signature-256": DIGEST}),
        (Forge.GITHUB, {"X-Hub-Signature-256": f"sha256={DIGEST.upper()}"}),
        (Forge.GITHUB, {"X-Hub-Signature-256": "sha256="}),
        (Forge.GITHUB, {"X-Hub-Signature": "sha1=" + hmac.new(SECRET, BODY, hashlib.sha1).hexdigest()}),
        (Forge.GITHUB, {"X-Gitlab-Token": SECRET.decode()}),
        (Forge.GITEA, {"X-Gitea-Signature": f"sha256={DIGEST}"}),
        (Forge.GITEA, {"X-Gitea-Signature": "\udcff"}),
        (Forge.GITLAB, {"X-Gitlab-Token": ""}),
        (Forge.GITLAB, {"X-Gitlab-Token": "It’s a Secret to Everybody"}),
    ],
)
def test_not_signed(forge: Forge, headers: dict[str, str]) -> None:
    assert not is_signed(forge, headers, BODY, SECRET)


def test_one_byte_of_another_body_is_another_signature() -> None:
    assert not is_signed(Forge.GITEA, {"X-Gitea-Signature": DIGEST}, BODY + b"\n", SECRET)


@pytest.mark.parametrize("forge", Forge)
@pytest.mark.parametrize(
    ("told", "news"),
    [
        ({"ref": "refs/heads/main"}, News.PUSH),
        ({}, News.PUSH),
        ({"ref": "refs/heads/other"}, News.OTHER),
        ({"ref": "refs/tags/main"}, News.OTHER),
        ({"ref": "main"}, News.OTHER),
        ({"ref": ["refs/heads/main"]}, News.OTHER),
        ({"ref": "refs/heads/main", "repository": {"full_name": "some/mirror"}}, News.PUSH),
    ],
)
def test_only_a_push_that_names_another_ref_is_left_alone(
    forge: Forge, told: dict[str, object], news: News
) -> None:
    headers = {EVENT[forge]: PUSH[forge]}
    assert news_of(forge, headers, json.dumps(told).encode(), {"main"}) is news


@pytest.mark.parametrize(
    ("forge", "event", "news"),
    [
        (Forge.GITHUB, "ping", News.PING),
        (Forge.GITHUB, "pull_request", News.OTHER),
        (Forge.GITHUB, "", News.OTHER),
        (Forge.GITLAB, "Tag Push Hook", News.OTHER),
        (Forge.GITEA, "issues", News.OTHER),
    ],
)
def test_other_events(forge: Forge, event: str, news: News) -> None:
    assert news_of(forge, {EVENT[forge]: event}, b'{"ref": "refs/heads/main"}', {"main"}) is news


@pytest.mark.parametrize("body", [b"", b"[]", b"payload=%7B%7D", b"\xff", b"{", b"[" * 200_000, b'"push"'])
def test_no_json_object(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds, all of them told alike
        news_of(Forge.GITHUB, {"X-GitHub-Event": "push"}, body, {"main"})


def test_ids() -> None:
    digest = hashlib.sha256(BODY).hexdigest()
    assert id_of(Forge.GITHUB, {"X-GitHub-Delivery": "72d3162e-cc78"}, BODY) == "72d3162e-cc78"
    assert id_of(Forge.GITEA, {"X-Gitea-Delivery": "f6266f16"}, BODY) == "f6266f16"
    assert id_of(Forge.GITLAB, {"Idempotency-Key": "k-1", "X-Gitlab-Event-UUID": "e"}, BODY) == "k-1"
    assert id_of(Forge.GITLAB, {"X-Gitlab-Event-UUID": "e-1"}, BODY) == f"e-1-{digest[:32]}"
    assert id_of(Forge.GITLAB, {"X-Gitlab-Webhook-UUID": "the hook's"}, BODY) == digest
    assert id_of(Forge.GITHUB, {"X-GitHub-Delivery": "x" * 101}, BODY) == digest
    assert id_of(Forge.GITHUB, {"X-GitHub-Delivery": "a\nb"}, BODY) == digest
