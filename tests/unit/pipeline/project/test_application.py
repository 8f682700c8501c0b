"""A resolved compose file read as an application."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.model.errors import ConfigurationError
from pipeline.project.application import (
    Application,
    Build,
    BuildSecret,
    Service,
    context_in,
    read_application,
)

CONFIG: dict[str, Any] = {
    "services": {
        "postgres": {"image": "postgres:17", "labels": {"deployment.group": "infrastructure"}},
        "app": {
            "image": "server-agent:live",
            "build": {
                "context": "/srv/agent/app",
                "dockerfile": "docker/Dockerfile",
                "target": "runtime",
                "args": {"PYTHON": "3.13", "JOBS": 4, "UNSET": None, "PRICE": "5$$"},
                "secrets": [{"source": "npm"}, {"source": "cert", "target": "server.crt"}],
            },
            "labels": {
                "deployment.group": "agent",
                "deployment.service": "the agent",
                "deployment.critical": "true",
                "deployment.rollback-enabled": "false",
            },
        },
        "helper": {
            "image": "redis:7",
            "labels": {"deployment.group": "agent", "deployment.critical": "false"},
        },
        "loner": {"image": "busybox", "labels": None},
    },
    "secrets": {
        "npm": {"name": "agent_npm", "environment": "NPM_TOKEN"},
        "cert": {"name": "agent_cert", "file": "/srv/agent/cert$$.pem"},
    },
    "x-pipeline": {"migrate": {"service": "app", "command": ["migrate"]}},
}

APP = Service(
    name="app",
    label="the agent",
    image="server-agent:live",
    build=Build(
        context="/srv/agent/app",
        dockerfile="docker/Dockerfile",
        target="runtime",
        args={"PYTHON": "3.13", "JOBS": "4", "PRICE": "5$"},
        secrets=(
            BuildSecret(id="npm", variable="NPM_TOKEN"),
            BuildSecret(id="server.crt", file="/srv/agent/cert$.pem"),
        ),
    ),
    critical=True,
    rollback_enabled=False,
)
HELPER = Service(
    name="helper", label="helper", image="redis:7", build=None, critical=False, rollback_enabled=True
)


def _with(**changes: Any) -> dict[str, Any]:
    """The file with one service of the group, changed."""
    service = {"image": "a", "labels": {"deployment.group": "agent"}, **changes.pop("service", {})}
    return {"services": {"app": service}, **changes}


def test_the_services_of_the_group_in_the_files_order() -> None:
    application = read_application(CONFIG, "agent")
    assert application.services == [APP, HELPER]
    assert application.names == ["app", "helper"]
    assert application.tested() == APP
    assert application.migrated() == APP


def test_what_a_label_does_not_say() -> None:
    [service] = read_application(_with(service={"build": {"context": "/srv"}}), "agent").services
    assert (service.label, service.critical, service.rollback_enabled) == ("app", True, True)
    assert service.build == Build(context="/srv", dockerfile="Dockerfile", target=None, args={})


def test_who_is_tested_and_migrated() -> None:
    pulled_only = read_application(_with(), "agent")
    assert pulled_only.tested() is None
    assert pulled_only.migrated() == pulled_only.services[0]
    nobody = Application(services=[], section=pulled_only.section)
    assert nobody.migrated() is None


@pytest.mark.parametrize(
    ("config", "group", "key", "found", "allowed"),
    [
        (
            CONFIG,
            "agents",
            "DEPLOYMENT_GROUP",
            "'agents'",
            "a deployment.group label of the compose file: agent, infrastructure",
        ),
        (
            {"services": {"app": {"image": "a"}}},
            "agent",
            "DEPLOYMENT_GROUP",
            "'agent'",
            "a deployment.group label of the compose file: there is none",
        ),
        (
            {},
            "agent",
            "DEPLOYMENT_GROUP",
            "'agent'",
            "a deployment.group label of the compose file: there is none",
        ),
        (
            _with(service={"build": {"context": "/srv", "args": {"A": "1", "DOCKER_HOST": "tcp://x"}}}),
            "agent",
            "services.app.build.args",
            "DOCKER_HOST, a variable that steers the docker command line itself",
            "any other name",
        ),
        (
            _with(
                service={"build": {"context": "/srv", "secrets": [{"source": "vault"}]}},
                secrets={"vault": {"external": True}},
            ),
            "agent",
            "services.app.build.secrets",
            "'vault', whose value is neither in a file nor in a variable",
            "a secret with file: or environment: (secrets.vault)",
        ),
        (
            _with(service={"labels": {"deployment.group": "agent", "deployment.critical": "yes"}}),
            "agent",
            "services.app.labels.deployment.critical",
            "'yes'",
            "true or false",
        ),
        (
            _with(service={"labels": {"deployment.group": "agent", "deployment.rollback-enabled": ""}}),
            "agent",
            "services.app.labels.deployment.rollback-enabled",
            "''",
            "true or false",
        ),
        (
            {**CONFIG, "x-pipeline": {"test": {"service": "helper"}}},
            "agent",
            "x-pipeline.test.service",
            "'helper'",
            "app",
        ),
        (
            {**CONFIG, "x-pipeline": {"migrate": {"service": "postgres", "command": ["m"]}}},
            "agent",
            "x-pipeline.migrate.service",
            "'postgres'",
            "app, helper",
        ),
        (
            _with(**{"x-pipeline": {"test": {"service": "app"}}}),
            "agent",
            "x-pipeline.test.service",
            "'app'",
            "no service fits",
        ),
    ],
)
def test_a_wrong_file_is_named(
    config: dict[str, Any], group: str, key: str, found: str, allowed: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_application(config, group)
    assert (caught.value.key, caught.value.found, caught.value.allowed) == (key, found, allowed)


@pytest.mark.parametrize(
    ("image", "alone", "repository"),
    [
        ("server-agent:live", True, "server-agent"),
        ("server-agent", True, "server-agent"),
        ("team/server-agent:1.2", True, "team/server-agent"),
        ("registry.example.org:5000/team/agent:1", False, "registry.example.org:5000/team/agent"),
        ("registry.example.org:5000/agent", False, "registry.example.org:5000/agent"),
        ("agent:1@sha256:" + "a" * 64, True, "agent"),
        (None, True, "base"),
        (None, False, "base-app"),
    ],
)
def test_under_which_name_images_are_kept(image: str | None, alone: bool, repository: str) -> None:
    service = Service(name="app", label="app", image=image, build=None, critical=True, rollback_enabled=True)
    assert service.repository("base", alone) == repository


SOURCE = Path("/state/runs/7/source")
INSTALLATION = Path("/srv/agent")


def _build(context: str) -> Build:
    return Build(context=context, dockerfile="Dockerfile", target=None, args={})


@pytest.mark.parametrize(
    ("context", "commits_file", "where"),
    [
        ("/srv/agent", None, SOURCE),
        ("/elsewhere", None, SOURCE),
        ("/srv/agent", SOURCE / "compose.yml", SOURCE),
        ("/srv/agent/app", SOURCE / "compose.yml", SOURCE / "app"),
        ("/srv/agent/app", SOURCE / "deploy/compose.yml", SOURCE / "deploy/app"),
        ("/srv", SOURCE / "deploy/compose.yml", SOURCE),
    ],
)
def test_where_a_commit_is_built(context: str, commits_file: Path | None, where: Path) -> None:
    assert context_in(SOURCE, _build(context), INSTALLATION, commits_file) == where


def test_a_dollar_that_compose_prints_twice_is_meant_once() -> None:
    said = {"migrate": {"service": "app", "command": ["sh", "-c", 'echo "$$HOME"; exit $$?']}}
    migrate = read_application({**CONFIG, "x-pipeline": said}, "agent").section.migrate
    assert migrate is not None
    assert migrate.command == ["sh", "-c", 'echo "$HOME"; exit $?']


def _refused(context: str, installation: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        context_in(SOURCE, _build(context), installation, SOURCE / "compose.yml")
    assert (caught.value.key, caught.value.found, caught.value.allowed) == (
        "build.context",
        repr(context),
        "a directory inside the repository",
    )


@pytest.mark.parametrize("context", ["/srv", "/etc", "/srv/agent-other", "/srv/agent/../../etc"])
def test_outside_the_commit_nothing_is_built(context: str) -> None:
    _refused(context, INSTALLATION)


@pytest.mark.parametrize("context", ["https://example.org/team/app.git", "git@example.org:team/app.git"])
def test_a_url_is_no_directory_of_the_commit(
    context: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Also where this process stands in the installation."""
    monkeypatch.chdir(tmp_path)
    _refused(context, tmp_path)
