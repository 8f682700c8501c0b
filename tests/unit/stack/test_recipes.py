from pathlib import Path

from demo.machine.mirror import Mirror
from demo.machine.recipes import POSTGRES, PYTHON, bootstrap_argv, dockerfile

MIRROR = Mirror(
    archive="http://mirror.example/debian", security=None, options=('Acquire::Check-Date "false";',)
)
LEAN = (
    """echo 'APT::Keep-Downloaded-Packages "false"; Acquire::Languages "none";' """
    '> "$1"/etc/apt/apt.conf.d/90lean'
)


def test_the_files_of_the_python_image() -> None:
    argv = bootstrap_argv(PYTHON, MIRROR, Path("/scratch/root.tar"), certificates=False)

    assert argv == [
        "mmdebstrap",
        "--mode=root",
        "--variant=minbase",
        "--format=tar",
        "--keyring=/usr/share/keyrings/debian-archive-keyring.gpg",
        "--include=ca-certificates,netbase,tzdata,python3,python3-venv,python3-pip,python-is-python3",
        '--aptopt=Acquire::Check-Date "false";',
        "--dpkgopt=path-exclude=/usr/share/man/*",
        "--dpkgopt=path-exclude=/usr/share/info/*",
        "--dpkgopt=path-exclude=/usr/share/locale/*",
        "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=path-include=/usr/share/doc/*/copyright",
        '--customize-hook=rm -f "$1"/usr/lib/python3*/EXTERNALLY-MANAGED',
        f"--customize-hook={LEAN}",
        "trixie",
        "/scratch/root.tar",
        "deb http://mirror.example/debian trixie main",
        "deb http://mirror.example/debian trixie-updates main",
    ]


def test_the_hosts_own_authorities_are_trusted_in_the_image() -> None:
    argv = bootstrap_argv(POSTGRES, MIRROR, Path("/scratch/root.tar"), certificates=True)

    assert argv[argv.index("trixie") - 2 : argv.index("trixie")] == [
        "--customize-hook=copy-in /usr/local/share/ca-certificates /usr/local/share",
        '--customize-hook=chroot "$1" update-ca-certificates',
    ]


def test_the_settings_of_the_postgres_image() -> None:
    assert dockerfile(POSTGRES, "root", certificates=False) == (
        "FROM root\n"
        "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8\n"
        "LABEL vnext.stands-in-for=postgres:17-trixie\n"
        "ENV PATH=/usr/lib/postgresql/17/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
        "ENV PG_MAJOR=17\n"
        "ENV PGDATA=/var/lib/postgresql/data\n"
        "VOLUME /var/lib/postgresql/data\n"
        "EXPOSE 5432\n"
        "STOPSIGNAL SIGINT\n"
        'ENTRYPOINT ["docker-entrypoint.sh"]\n'
        'CMD ["postgres"]\n'
    )


def test_certificates_are_named_to_the_tools_that_bring_their_own() -> None:
    lines = dockerfile(PYTHON, "root", certificates=True).splitlines()

    bundle = "/etc/ssl/certs/ca-certificates.crt"
    assert lines[2] == f"ENV SSL_CERT_FILE={bundle} PIP_CERT={bundle} REQUESTS_CA_BUNDLE={bundle}"
