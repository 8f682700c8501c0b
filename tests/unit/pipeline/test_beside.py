"""What is told of a project that the worker cannot serve, while it serves the others."""

from __future__ import annotations

import pytest

from pipeline.beside import no_branch, not_served
from pipeline.model.errors import ConfigurationError, PipelineError
from pipeline.of_project import key_of

WRONG = ConfigurationError(key_of("shop", "DEPLOYMENT_GROUP"), "'shop'", "a label: web")
AWAY = PipelineError("Docker does not answer.", advice="See the daemon.")


@pytest.mark.parametrize(
    ("error", "what", "advice"),
    [
        (
            WRONG,
            "SHOP__DEPLOYMENT_GROUP is 'shop'; allowed: a label: web.",
            "Correct SHOP__DEPLOYMENT_GROUP. A compose file is looked at again within a minute; after a"
            " change of .env.vnext start worker and bot anew.",
        ),
        (AWAY, "Docker does not answer.", "See the daemon."),
        (
            ExceptionGroup("tasks", [ExceptionGroup("more", [AWAY])]),
            "Docker does not answer.",
            "See the daemon.",
        ),
        (
            KeyError("name"),
            "An unforeseen error: KeyError: 'name'.",
            "It is tried again. This is a fault of the controller: please report it with the worker's log.",
        ),
    ],
)
def test_why_it_is_not_served(error: Exception, what: str, advice: str) -> None:
    problem = not_served("shop", error)
    assert (problem.what, problem.advice) == (what, advice)
    assert problem.title == "The worker cannot serve it"
    assert problem.production == (
        "What runs of shop goes on, but nothing watches it, and no run of it begins."
    )


def test_a_branch_that_is_not_there_is_no_reason_to_stop() -> None:
    problem = no_branch(ConfigurationError("SHOP__GIT_BRANCH", "'mian'", "a branch of GIT_URL: main"))
    assert problem.what == "SHOP__GIT_BRANCH is 'mian'; allowed: a branch of GIT_URL: main."
    assert problem.advice == "Push the branch, or correct SHOP__GIT_BRANCH and start worker and bot anew."
