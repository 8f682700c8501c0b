import pytest

from pipeline.containers.inside import inside, lacks_timeout
from pipeline.process import Command

RUNC = 'OCI runtime exec failed: exec failed: unable to start container process: exec: "{}": executable file'


def test_a_command_is_bounded_inside_and_goes_through_no_shell() -> None:
    assert inside("c0ffee", ["df", "-h", "; ls"], seconds=10) == Command(
        argv=("docker", "exec", "--", "c0ffee", "timeout", "-s", "KILL", "10", "df", "-h", "; ls")
    )


@pytest.mark.parametrize(
    ("exit_code", "output", "lacks"),
    [
        (127, RUNC.format("timeout"), True),
        (126, RUNC.format("timeout"), True),
        (127, "timeout: failed to run command 'df': No such file or directory", False),
        (1, RUNC.format("timeout"), False),
        (0, "", False),
    ],
)
def test_an_image_without_timeout_is_told_apart(exit_code: int, output: str, lacks: bool) -> None:
    assert lacks_timeout(exit_code, output) is lacks
