"""The two base images made from Debian packages, as data: what to install and how the image starts."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from demo.machine.mirror import Mirror

SUITE = "trixie"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
HOST_CERTIFICATES = Path("/usr/local/share/ca-certificates")
ROOTFS = Path(__file__).parent / "rootfs"
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
POSTGRES_CONFIGURATION = '"$1"/usr/share/postgresql/17/postgresql.conf.sample'
LEAN_APT = 'APT::Keep-Downloaded-Packages "false"; Acquire::Languages "none";'
UNREAD = ("/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/doc/*")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One image: its official name, ours, the packages, shell hooks on the root (`$1`), image settings."""

    official: str
    local: str
    packages: tuple[str, ...]
    before_packages: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()


PYTHON = Recipe(
    official="python:3.13-slim-trixie",
    local="vnext-local/python:3.13",
    packages=(
        "ca-certificates",
        "netbase",
        "tzdata",
        "python3",
        "python3-venv",
        "python3-pip",
        "python-is-python3",
    ),
    # As in the official image, pip may install into the image's own Python.
    hooks=('rm -f "$1"/usr/lib/python3*/EXTERNALLY-MANAGED',),
    settings=('CMD ["python3"]',),
)

POSTGRES = Recipe(
    official="postgres:17-trixie",
    local="vnext-local/postgres:17",
    packages=("ca-certificates", "netbase", "tzdata", "postgresql-17"),
    before_packages=(
        'mkdir -p "$1"/etc/postgresql-common',
        'echo "create_main_cluster = false" > "$1"/etc/postgresql-common/createcluster.conf',
    ),
    # Just-in-time compilation is switched off below: its libraries are half of the image.
    excludes=("/usr/lib/*/libLLVM*", "/usr/lib/*/libz3*", "/usr/lib/postgresql/*/lib/bitcode/*"),
    hooks=(
        f"upload {shlex.quote(str(ROOTFS / 'postgres-entrypoint.sh'))} /usr/local/bin/docker-entrypoint.sh",
        'chmod 755 "$1"/usr/local/bin/docker-entrypoint.sh',
        f"""echo "listen_addresses = '*'" >> {POSTGRES_CONFIGURATION}""",
        f'echo "jit = off" >> {POSTGRES_CONFIGURATION}',
        'mkdir -p "$1"/docker-entrypoint-initdb.d "$1"/var/lib/postgresql/data',
        'chroot "$1" chown -R postgres:postgres /var/lib/postgresql',
    ),
    settings=(
        f"ENV PATH=/usr/lib/postgresql/17/bin:{PATH}",
        "ENV PG_MAJOR=17",
        "ENV PGDATA=/var/lib/postgresql/data",
        "VOLUME /var/lib/postgresql/data",
        "EXPOSE 5432",
        "STOPSIGNAL SIGINT",
        'ENTRYPOINT ["docker-entrypoint.sh"]',
        'CMD ["postgres"]',
    ),
)


def bootstrap_argv(recipe: Recipe, mirror: Mirror, archive: Path, *, certificates: bool) -> list[str]:
    """The mmdebstrap command that writes the image's files into `archive` (a tar file).

    `certificates` says whether the host trusts authorities of its own, which the image must then trust too.
    """
    # Only afterwards: mmdebstrap itself needs the packages that it downloads to be kept.
    hooks = [*recipe.hooks, f'echo {shlex.quote(LEAN_APT)} > "$1"/etc/apt/apt.conf.d/90lean']
    if certificates:
        hooks += [
            f"copy-in {HOST_CERTIFICATES} {HOST_CERTIFICATES.parent}",
            'chroot "$1" update-ca-certificates',
        ]
    return [
        "mmdebstrap",
        "--mode=root",
        "--variant=minbase",
        "--format=tar",
        f"--keyring={KEYRING}",
        f"--include={','.join(recipe.packages)}",
        *(f"--aptopt={option}" for option in mirror.options),
        *(f"--dpkgopt=path-exclude={path}" for path in (*UNREAD, *recipe.excludes)),
        "--dpkgopt=path-include=/usr/share/doc/*/copyright",
        *(f"--essential-hook={hook}" for hook in recipe.before_packages),
        *(f"--customize-hook={hook}" for hook in hooks),
        SUITE,
        str(archive),
        *mirror.sources(SUITE),
    ]


def dockerfile(recipe: Recipe, root: str, *, certificates: bool) -> str:
    """The Dockerfile that gives the imported files (image `root`) the settings of the official image."""
    trust = f"ENV SSL_CERT_FILE={BUNDLE} PIP_CERT={BUNDLE} REQUESTS_CA_BUNDLE={BUNDLE}"
    lines = (
        f"FROM {root}",
        f"ENV PATH={PATH} LANG=C.UTF-8",
        *((trust,) if certificates else ()),
        f"LABEL vnext.stands-in-for={recipe.official}",
        *recipe.settings,
    )
    return "".join(f"{line}\n" for line in lines)
