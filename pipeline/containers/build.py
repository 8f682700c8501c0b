"""Image builds through the docker command line, with BuildKit where buildx works and the classic builder
where it does not."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pipeline.process import Command

STEERING = re.compile(
    r"^(PATH|HOME|TMPDIR|LD_\w+|GODEBUG|GOTRACEBACK|SSL_CERT_\w+|XDG_\w+|SSH_(AUTH_SOCK|ASKPASS)"
    r"|(DOCKER|BUILDX)_\w+|BUILDKIT_(PROGRESS|HOST|COLORS|TTY_LOG_LINES))$"
)
"""Names of variables by which the docker command line itself is steered."""

_OURS = "VNEXT_BUILD_SECRET_{}"
_BOTH = {"BUILDKIT_PROGRESS": "plain"}
_DIRECTIVE = re.compile(r"^#\s*(\w+)\s*=")
_FLAG = re.compile(
    r"^(?:ONBUILD\s+)?(?:(RUN)\s+(?:--\w+\S*\s+)*?(--(?:mount|network|security))\b"
    r"|(COPY|ADD)\s+(?:--\w+\S*\s+)*?(--(?:link|parents|exclude|checksum|keep-git-dir))\b)",
    re.IGNORECASE,
)
_STAGE = re.compile(r"^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*\S+[ \t]+AS[ \t]+(\S+)", re.IGNORECASE | re.MULTILINE)
_ARGUMENT = re.compile(r"^[ \t]*ARG[ \t]+(.+)$", re.IGNORECASE | re.MULTILINE)
_HEREDOC = re.compile(r"^(RUN|COPY|ADD)\s(?:.*\s)?\d*<<-?[\"']?[A-Za-z_]", re.IGNORECASE)


class Builder(StrEnum):
    BUILDKIT = "BuildKit"
    CLASSIC = "the classic builder"


@dataclass(frozen=True, kw_only=True)
class Secret:
    """What a build step may read at /run/secrets/`id` and no layer keeps: a file, or else a value."""

    id: str
    file: Path | None = None
    value: str = field(default="", repr=False)


def build(
    context: Path,
    *,
    builder: Builder,
    dockerfile: str,
    target: str | None,
    args: Mapping[str, str],
    labels: Mapping[str, str],
    image_id_file: Path,
    secrets: Sequence[Secret] = (),
) -> Command:
    """Builds `context`; the id of the image goes to `image_id_file`.

    Build arguments and secrets go by environment, so that a value never stands in the process list.
    Arguments are not named as what steers docker (STEERING); only BuildKit takes secrets. The classic builder
    makes an image of each label that it is given, so there they come afterwards, in one (`label`).
    """
    classic = builder is Builder.CLASSIC
    if classic and secrets:
        raise ValueError("the classic builder takes no secrets")
    argv = ["docker", "build", *(["--force-rm"] if classic else []), "--iidfile", str(image_id_file)]
    argv += ["--file", str(context / dockerfile)]
    if target:
        argv += ["--target", target]
    for name in sorted(args):
        argv += ["--build-arg", name]
    env = {**args, **_BOTH, **_choosing(builder)}
    for number, secret in enumerate(secrets):
        if secret.file is None:
            env[_OURS.format(number)] = secret.value
        place = f"src={secret.file}" if secret.file else f"env={_OURS.format(number)}"
        argv += ["--secret", _fields(f"id={secret.id}", place)]
    if not classic:
        for name, value in sorted(labels.items()):
            argv += ["--label", f"{name}={value}"]
    argv.append(str(context))
    return Command(argv=tuple(argv), env=env)


def label(image: str, labels: Mapping[str, str], image_id_file: Path) -> Command:
    """The image with labels, made by the classic builder in one step."""
    words = " ".join(f"{name}={_quoted(value)}" for name, value in sorted(labels.items()))
    argv = ("docker", "build", "--force-rm", "--iidfile", str(image_id_file), "-")
    env = {**_BOTH, **_choosing(Builder.CLASSIC)}
    return Command(argv=argv, env=env, stdin=f"FROM {image}\nLABEL {words}\n".encode())


def _quoted(value: str) -> str:
    """A word of a Dockerfile as it is, in one line."""
    escaped = re.sub(r'(["\\$])', r"\\\1", value)
    return '"' + " ".join(escaped.splitlines()) + '"'


def _fields(*fields: str) -> str:
    """As one line of CSV, which is how docker takes them: a path may hold a comma."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(fields)
    return line.getvalue()


def _choosing(builder: Builder) -> dict[str, str]:
    """The builder of this daemon and no other that somebody chose, and one image without attestations."""
    if builder is Builder.CLASSIC:
        return {"DOCKER_BUILDKIT": "0"}
    return {"DOCKER_BUILDKIT": "1", "BUILDX_BUILDER": "default", "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}


def needs_buildkit(dockerfile: str) -> str | None:
    """What in the text of a Dockerfile the classic builder cannot do, such as `line 4: RUN --mount`."""
    for number, line in _directives(dockerfile):
        return f"line {number}: {line}"
    for number, line in _instructions(dockerfile):
        if found := _FLAG.match(line):
            return f"line {number}: {' '.join(word for word in found.groups() if word)}"
        if found := _HEREDOC.match(line):
            return f"line {number}: {found[1]} with a here-document"
    return None


def _directives(dockerfile: str) -> Iterator[tuple[int, str]]:
    """A syntax line, which counts at the very top only."""
    for number, line in enumerate(dockerfile.splitlines(), 1):
        found = _DIRECTIVE.match(line.strip())
        if found is None:
            return
        if found[1].lower() == "syntax":
            yield number, line.strip()


def _instructions(dockerfile: str) -> Iterator[tuple[int, str]]:
    """Each instruction in one line, and the number of the line where it begins."""
    begun, parts = 0, list[str]()
    for number, line in enumerate(dockerfile.splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        begun = begun if parts else number
        parts.append(text.removesuffix("\\").strip())
        if not text.endswith("\\"):
            yield begun, " ".join(parts)
            parts = []
    if parts:
        yield begun, " ".join(parts)


def arguments(context: Path, dockerfile: str) -> frozenset[str]:
    """The names of the build arguments that the Dockerfile declares; none where it cannot be read."""
    text = _text(context, dockerfile) or ""
    words = (word for line in _ARGUMENT.findall(text) for word in line.split())
    return frozenset(word.partition("=")[0] for word in words)


def targets(context: Path, dockerfile: str) -> list[str] | None:
    """The names of the Dockerfile's stages in lower case; None where it cannot be read."""
    text = _text(context, dockerfile)
    return None if text is None else [name.lower() for name in _STAGE.findall(text)]


def _text(context: Path, dockerfile: str) -> str | None:
    """With its continued lines in one; None where it cannot be read."""
    try:
        return (context / dockerfile).read_text(errors="replace").replace("\\\n", " ")
    except OSError:
        return None
