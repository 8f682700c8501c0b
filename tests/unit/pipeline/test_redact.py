import pytest

from pipeline.redact import redactor, secrets_of


@pytest.mark.parametrize(
    ("secrets", "text", "shown"),
    [
        (["hunter2"], "password hunter2!", "password ***!"),
        (["hunter2"], "hunter2hunter2", "******"),
        (["hunter2"], "Hunter2 stays", "Hunter2 stays"),
        (
            ["p@ss/word"],
            "https://me:p%40ss%2Fword@example.org and p@ss/word",
            "https://me:***@example.org and ***",
        ),
        (["secret", "secret-longer"], "secret-longer, secret", "***, ***"),
        (["secret-longer", "secret"], "secret-longer, secret", "***, ***"),
        (["a.c+d(e"], "a.c+d(e abc+d(e", "*** abc+d(e"),
        (["short", ""], "a short word", "a short word"),
        (["sixsix"], "sixsix", "***"),
        ([], "nothing is secret", "nothing is secret"),
        (["pässwörd"], "pässwörd p%C3%A4ssw%C3%B6rd", "*** ***"),
    ],
)
def test_what_is_masked(secrets: list[str], text: str, shown: str) -> None:
    assert redactor(secrets)(text) == shown


def test_which_variables_are_secret_by_their_name() -> None:
    environment = {
        "DB_PASSWORD": "1",
        "TELEGRAM_API_TOKEN": "2",
        "WEBHOOK_SECRET": "3",
        "SSH_PRIVATE_KEY": "4",
        "openai_api_key": "5",
        "TELEGRAM_PROXY": "6",
        "DB_USER": "agent",
        "TOKEN_BUDGET": "100000",
        "PATH": "/bin",
    }
    assert secrets_of(environment) == ["1", "2", "3", "4", "5", "6"]
