import pytest

from pipeline.forge import repository_of
from pipeline.forge.place import PUBLIC_API


@pytest.mark.parametrize(
    ("url", "api", "repository"),
    [
        ("https://github.com/team/app.git", PUBLIC_API, "team/app"),
        ("https://user:token@github.com/team/app", PUBLIC_API, "team/app"),
        ("https://GitHub.com/team/app.git/", PUBLIC_API, "team/app"),
        ("ssh://git@github.com/team/app.git", PUBLIC_API, "team/app"),
        ("ssh://git@ssh.github.com:443/team/app.git", PUBLIC_API, "team/app"),
        ("git@github.com:team/app.git", PUBLIC_API, "team/app"),
        ("git@github.com:team/the.app", PUBLIC_API, "team/the.app"),
        ("git@forge.example.org:team/app.git", "https://forge.example.org/api/v3", "team/app"),
        ("git@github.com:team/app.git", "https://forge.example.org/api/v3", None),
        ("https://gitlab.com/team/app.git", PUBLIC_API, None),
        ("https://github.com.example.org/team/app.git", PUBLIC_API, None),
        ("https://github.com/team/group/app.git", PUBLIC_API, None),
        ("https://github.com/team/..", PUBLIC_API, None),
        ("https://github.com/team", PUBLIC_API, None),
        ("/srv/git/app.git", PUBLIC_API, None),
        ("git://github.com/team/app.git", PUBLIC_API, None),
    ],
)
def test_which_repository_is_meant(url: str, api: str, repository: str | None) -> None:
    assert repository_of(url, api) == repository
