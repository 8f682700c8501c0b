"""The base images that everything is built on: pulled where a registry answers, else made here."""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.machine.engine import engine_version
from demo.machine.mirror import Mirror, read_host
from demo.machine.recipes import HOST_CERTIFICATES, POSTGRES, PYTHON, Recipe, bootstrap_argv, dockerfile
from demo.machine.running import CommandFailed, as_root, run, succeeds

PULL_SECONDS = 300.0
MAKE_SECONDS = 1200.0
LOCK = Path(tempfile.gettempdir()) / "vnext-local-images.lock"

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Images:
    """Names of the two base images, as the Dockerfiles and the compose file take them."""

    python: str
    postgres: str

    def environment(self) -> dict[str, str]:
        """The variables that hand these names to Compose."""
        return {"PYTHON_IMAGE": self.python, "POSTGRES_IMAGE": self.postgres}


def ensure_images(say: Say = print) -> Images:
    """Return the base images, pulling or making what is missing.

    Raises `MachineError` if no engine answers, or if neither pulling nor making works.
    """
    engine_version()
    with _one_at_a_time():
        names = {recipe: _present(recipe) for recipe in (PYTHON, POSTGRES)}
        missing = [recipe for recipe, name in names.items() if name is None]
        for recipe in list(missing):
            if not _pull(recipe, say):
                break
            missing.remove(recipe)
            names[recipe] = recipe.official
        if missing:
            _make_all(missing, say)
    return Images(python=names[PYTHON] or PYTHON.local, postgres=names[POSTGRES] or POSTGRES.local)


def remove_images(say: Say = print) -> None:
    """Remove the images that were made here and the nameless ones that builds left on top of them.

    Pulled images stay, they may serve others.
    """
    for recipe in (PYTHON, POSTGRES):
        if _exists(recipe.local):
            say(f"removing image {recipe.local}")
            if left := _nameless_on(recipe.local):
                run(["docker", "rmi", "--force", *left], timeout=300)
            run(["docker", "rmi", "--force", recipe.local], timeout=120)


def _nameless_on(base: str) -> list[str]:
    """Nameless images that begin with the layers of `base`."""
    below = _layers(base)
    found = run(["docker", "images", "--quiet", "--filter", "dangling=true"], timeout=30).split()
    return [image for image in found if _stands_on(image, below)]


def _stands_on(image: str, below: str) -> bool:
    try:
        return _layers(image).startswith(below)
    except CommandFailed:
        if _exists(image):
            raise
        return False  # gone since it was listed


def _layers(image: str) -> str:
    shown = ["docker", "image", "inspect", "--format", '{{join .RootFS.Layers " "}}', image]
    return run(shown, timeout=30).strip()


def _present(recipe: Recipe) -> str | None:
    return next((name for name in (recipe.official, recipe.local) if _exists(name)), None)


def _exists(image: str) -> bool:
    return succeeds(["docker", "image", "inspect", "--format", "{{.Id}}", image], timeout=30)


def _pull(recipe: Recipe, say: Say) -> bool:
    say(f"pulling {recipe.official}")
    try:
        run(["docker", "pull", "--quiet", recipe.official], timeout=PULL_SECONDS)
    except CommandFailed as failed:
        reason = failed.output.strip().splitlines()
        say(f"  no registry answers ({reason[-1] if reason else failed})")
        say("  the base images are made from Debian packages instead")
        return False
    return True


def _make_all(recipes: Sequence[Recipe], say: Say) -> None:
    if not succeeds(["mmdebstrap", "--version"], timeout=30):
        say("  installing mmdebstrap")
        run(as_root(["apt-get", "update"]), timeout=300)
        packages = ["mmdebstrap", "debian-archive-keyring"]
        run(as_root(["apt-get", "install", "--yes", "--no-install-recommends", *packages]), timeout=600)
    say(f"making {' and '.join(recipe.local for recipe in recipes)} from Debian packages (a minute or two)")
    mirror = read_host()
    certificates = any(HOST_CERTIFICATES.rglob("*.crt"))
    with ThreadPoolExecutor() as pool:
        for made in [pool.submit(_make, recipe, mirror, certificates) for recipe in recipes]:
            made.result()


def _make(recipe: Recipe, mirror: Mirror, certificates: bool) -> None:
    root = f"{recipe.local}-files"
    with tempfile.TemporaryDirectory(prefix="vnext-image-") as folder:
        archive = Path(folder) / "root.tar"
        run(as_root(bootstrap_argv(recipe, mirror, archive, certificates=certificates)), timeout=MAKE_SECONDS)
        run(["docker", "import", "-", root], timeout=300, stdin=archive)
        build_file = Path(folder) / "Dockerfile"
        build_file.write_text(dockerfile(recipe, root, certificates=certificates), encoding="utf-8")
        run(["docker", "build", "--quiet", "--tag", recipe.local, "-"], timeout=120, stdin=build_file)
        run(["docker", "rmi", "--no-prune", root], timeout=60)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with LOCK.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
