import pytest

from server_agent.replies import LONGEST_ANSWER, reply
from server_agent.stats import Stats

STATS = Stats(received=3, answered=2, queued=1, cycles=4, tokens_used=55)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("/ping", "pong"),
        ("/PING@agent_bot now", "pong"),
        ("/version", "Server Agent 1.2"),
        ("/stats", "3 messages received, 2 answered, 1 waiting.\n4 cycles, 55 tokens used today."),
        ("/reboot now", "I do not know /reboot. Try /help."),
        ("good morning", "You said: good morning"),
        ("", "You said nothing."),
        ("no /ping here", "You said: no /ping here"),
    ],
)
def test_answers(text: str, answer: str) -> None:
    assert reply(text, version="1.2", stats=STATS) == answer


@pytest.mark.parametrize("text", ["/start", "/help"])
def test_the_greeting_lists_every_command(text: str) -> None:
    greeting, *commands = reply(text, version="1.2", stats=None).splitlines()
    assert greeting.endswith(".")
    assert [line.split()[0] for line in commands] == ["/ping", "/version", "/stats", "/help"]


def test_figures_that_could_not_be_read_are_said_so() -> None:
    assert reply("/stats", version="1.2", stats=None) == "I cannot read my figures at the moment."


def test_an_answer_never_exceeds_what_telegram_takes() -> None:
    answer = reply("x" * 5000, version="1.2", stats=None)
    assert len(answer) == LONGEST_ANSWER
    assert answer.endswith("x…")
