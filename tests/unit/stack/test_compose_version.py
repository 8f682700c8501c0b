import pytest

from demo.machine.compose import is_current


@pytest.mark.parametrize("version", ["2.26.1-4\n", "v5.6.1", "2.0.0", "10.1"])
def test_current(version: str) -> None:
    assert is_current(version)


@pytest.mark.parametrize("version", ["1.29.2\n", "", "dev", "docker-compose version 1.29.2"])
def test_too_old_or_unknown(version: str) -> None:
    assert not is_current(version)
