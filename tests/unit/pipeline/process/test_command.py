from pipeline.process import Command


def test_what_may_be_secret_is_not_shown() -> None:
    command = Command(("pg_dump",), env={"PGPASSWORD": "hunter2"}, stdin=b"hunter2")
    assert repr(command) == "Command(argv=('pg_dump',), cwd=None)"


def test_a_command_is_a_value() -> None:
    assert Command(("a", "b"), env={"C": "d"}) == Command(("a", "b"), env={"C": "d"})
    assert hash(Command(("a",), env={"C": "d"})) == hash(Command(("a",), env={"C": "d"}))


def test_name() -> None:
    assert Command(("/usr/bin/docker", "compose")).name == "docker"
