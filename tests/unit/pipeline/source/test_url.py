import pytest

from pipeline.model.errors import ConfigurationError
from pipeline.source import check_url, shown_url
from pipeline.source.url import address


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/team/app.git",
        "http://localhost:3000/app.git",
        "https://user:token@example.org/app.git",
        "ssh://git@example.org:2222/app.git",
        "git://example.org/app.git",
        "file:///srv/git/app.git",
        "/srv/git/app.git",
        "git@example.org:team/app.git",
        "example.org:app.git",
    ],
)
def test_accepted(url: str) -> None:
    assert check_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "-",
        "--upload-pack=touch /tmp/x",
        "ext::sh -c whoami",
        "ext::whoami",
        "fd::17",
        "foo::https://example.org/a",
        "ext://example.org/a",
        "ftp://example.org/app.git",
        "app.git",
        "../app.git",
        "./app.git",
        "ssh://-oProxyCommand=whoami/app.git",
        "ssh://-oProxyCommand=x@example.org/app.git",
        "-oProxyCommand=x@example.org:app.git",
        "git@-example.org:app.git",
        "git@example.org:-app.git",
        "ssh://git:secret@example.org/app.git",
        "https://example.org",
        "https:///app.git",
        "https://example.org:port/app.git",
        "https://example.org/a b.git",
        "https://example.org/app.git\nrm",
        "file://host/app.git",
        "file://",
        "git@example.org:",
    ],
)
def test_refused(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_url(url)
    assert caught.value.key == "GIT_URL"
    assert "https, http, ssh, git or file" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.org/app.git", "https://example.org/app.git"),
        ("https://user:token@example.org/app.git", "https://example.org/app.git"),
        ("https://token@example.org:8443/app.git", "https://example.org:8443/app.git"),
        ("https://example.org/app.git?token=x#y", "https://example.org/app.git"),
        ("https://user:pa/ss@example.org/app.git", "https://example.org/app.git"),
        ("https://user:pa@ss@example.org/app.git", "https://example.org/app.git"),
        ("https://example.org/@scope/app.git", "https://example.org/@scope/app.git"),
        ("ssh://git@example.org/app.git", "ssh://git@example.org/app.git"),
        ("ssh://git:secret@example.org/app.git", "ssh://git@example.org/app.git"),
        ("git@example.org:app.git", "git@example.org:app.git"),
        ("/srv/git/app.git", "/srv/git/app.git"),
        ("ext::sh -c x", "ext::sh?-c?x"),
    ],
)
def test_shown(url: str, shown: str) -> None:
    assert shown_url(url) == shown


def test_credentials_leave_the_url_for_the_environment() -> None:
    found = address("https://me:p%40ss@example.org:8443/app.git")
    assert found.url == "https://example.org:8443/app.git"
    assert found.env == {"URL_USER": "me", "URL_PASSWORD": "p@ss"}
    assert set(found.secrets) == {"p%40ss", "p@ss"}
    assert [key for key, _ in found.config] == ["credential.https://example.org:8443.helper"] * 2
    assert "p@ss" not in repr(found)
    assert "p%40ss" not in repr(found)


def test_a_token_in_the_place_of_the_user_is_a_secret() -> None:
    assert address("https://ghtoken@example.org/app.git").secrets == ("ghtoken",)


@pytest.mark.parametrize("url", ["/srv/app.git", "git@example.org:app.git", "https://example.org/app.git"])
def test_without_credentials_the_url_is_used_as_it_is(url: str) -> None:
    found = address(url)
    assert (found.url, dict(found.env), found.config, found.secrets) == (url, {}, (), ())
