from __future__ import annotations

from typing import Any

import pytest

from pipeline.project.difference import differences

BEFORE = {
    "services": {
        "app": {"image": "a:1", "environment": {"MODE": "x", "PASSWORD": "old secret"}, "ports": []},
        "other": {"image": "b"},
    },
    "x-pipeline": {"smoke": {"skip": ["stats"]}},
}


def changed(**app: Any) -> dict[str, Any]:
    services = {"app": {**BEFORE["services"]["app"], **app}, "other": {"image": "c"}}
    return {"services": services, "x-pipeline": BEFORE["x-pipeline"]}


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (BEFORE, []),
        (changed(), []),
        (
            changed(environment={"MODE": "x", "PASSWORD": "new secret", "MORE": "1"}),
            ["services.app.environment.MORE: added", "services.app.environment.PASSWORD: changed"],
        ),
        (changed(image=None), ["services.app.image: changed"]),
        (
            {"services": {"app": BEFORE["services"]["app"]}},
            ["x-pipeline.smoke.skip: removed"],
        ),
        ({**BEFORE, "volumes": {"data": {}}}, ["volumes.data: added"]),
        (
            {**BEFORE, "services": {}},
            [
                "services: added",
                "services.app.environment.MODE: removed",
                "services.app.environment.PASSWORD: removed",
                "services.app.image: removed",
                "services.app.ports: removed",
            ],
        ),
    ],
)
def test_keys_are_named_and_never_values(after: dict[str, Any], told: list[str]) -> None:
    assert differences(BEFORE, after, ["app"]) == told
