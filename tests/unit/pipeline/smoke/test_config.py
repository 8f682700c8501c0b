from typing import Any

import pytest

from pipeline.model.errors import ConfigurationError
from pipeline.smoke import SmokeConfig


@pytest.mark.parametrize(
    ("wrong", "key", "found"),
    [
        ({"skip": frozenset({"telegramm"})}, "x-pipeline.smoke.skip", "'telegramm'"),
        ({"health": "health"}, "x-pipeline.smoke.health", "'health'"),
        ({"stats": ""}, "x-pipeline.smoke.stats", "''"),
        (
            {"fail_on": ("(",)},
            "x-pipeline.smoke.fail_on",
            "'(' (missing ), unterminated subpattern at position 0)",
        ),
        ({"ignore": ("*",)}, "x-pipeline.smoke.ignore", "'*' (nothing to repeat at position 0)"),
        ({"attempts": 0}, "x-pipeline.smoke.attempts", "0"),
        ({"delay": -1.0}, "x-pipeline.smoke.delay", "-1.0"),
        ({"timeout": 0.0}, "x-pipeline.smoke.timeout", "0.0"),
        ({"disk_free_min": 5.0}, "x-pipeline.smoke.disk_free_min", "5.0"),
        ({"memory_available_min": -0.1}, "x-pipeline.smoke.memory_available_min", "-0.1"),
        ({"load_per_core_max": 0.0}, "x-pipeline.smoke.load_per_core_max", "0.0"),
    ],
)
def test_a_wrong_value_is_named(wrong: dict[str, Any], key: str, found: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        SmokeConfig(**wrong)
    assert (caught.value.key, caught.value.found) == (key, found)
