#!/bin/sh
# Prepares a Debian or Ubuntu machine, as root or with sudo; a second call finds nothing to do.
#   prepare.sh python    the virtual environment .venv with the pinned packages
#   prepare.sh machine   that, git, zstd and age, Docker Engine running, Compose, and the base images
#   prepare.sh tests     that, rclone and restic for the tests of copies off site, and Chromium for those of the
#                        chat page (Debian; elsewhere they are skipped)
set -eu
cd "$(dirname "$0")/../.."

part="${1:-machine}"
stamp=.venv/.installed
docker_missing=no

stop() {
    echo "machine: $*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo --preserve-env=http_proxy,https_proxy,no_proxy,DEBIAN_FRONTEND -- "$@"
    else
        stop "'$1' needs root, and sudo is not installed: run the same as root."
    fi
}

usable_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
}

wanted_stamp() {
    cat requirements-dev.lock pyproject.toml | sha256sum
}

python_ready() {
    [ "$(cat "$stamp" 2>/dev/null)" = "$(wanted_stamp)" ] && .venv/bin/python -c '' 2>/dev/null
}

find_missing() {
    packages=""
    python_ready || [ -n "$(usable_python)" ] || packages="$packages python3 python3-venv"
    [ "$part" != python ] || return 0
    for tool in rclone restic; do
        [ "$part" != tests ] || command -v "$tool" >/dev/null || packages="$packages $tool"
    done
    if [ "$part" = tests ] && grep -qx ID=debian /etc/os-release; then
        command -v chromium >/dev/null || packages="$packages chromium"
    fi
    for tool in git zstd age; do
        command -v "$tool" >/dev/null || packages="$packages $tool"
    done
    [ -s /etc/ssl/certs/ca-certificates.crt ] || packages="$packages ca-certificates"
    if ! command -v docker >/dev/null || ! timeout 20 docker info >/dev/null 2>&1; then
        docker_missing=yes
        PATH="$PATH:/usr/sbin:/sbin"
        command -v docker >/dev/null && command -v dockerd >/dev/null || packages="$packages docker.io"
        command -v iptables >/dev/null || packages="$packages iptables"
    fi
}

announce() {
    python_ready || announced="
  into .venv: $(grep -c '^[a-z0-9].*==' requirements-dev.lock) Python packages, pinned by requirements-dev.lock"
    [ -z "$packages" ] || announced="
  from apt:$packages${announced:-}"
    [ "$docker_missing" = no ] || announced="${announced:-}
  Docker Engine, started; then two base images if not there yet, pulled or made from Debian packages"
    [ -z "${announced:-}" ] || echo "Missing here, and set up now:$announced"
}

install_packages() {
    [ -n "$packages" ] || return 0
    command -v apt-get >/dev/null || stop "needed:$packages. Install them; this is not a Debian or Ubuntu machine."
    export DEBIAN_FRONTEND=noninteractive
    as_root apt-get update -qq || stop "apt-get update failed, so$packages cannot be installed: see its message above."
    case "$packages" in
        # From Debian 13 on the client is a package of its own.
        *docker.io*) if apt-cache show docker-cli >/dev/null 2>&1; then packages="$packages docker-cli"; fi ;;
    esac
    # shellcheck disable=SC2086  # a list of package names
    as_root apt-get install -qq --yes --no-install-recommends $packages >/dev/null ||
        stop "apt-get could not install$packages: see its message above."
}

install_python_packages() {
    python_ready && return 0
    python="$(usable_python)"
    [ -n "$python" ] || stop "Python 3.11 or newer is needed, with its venv module; found: $(python3 --version 2>&1)."
    .venv/bin/python -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear .venv
    # --no-deps: the lock is whole, and pip before 23.3 takes the newest coverage[toml] instead of the pinned one.
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
    wanted_stamp >"$stamp"
}

case "$part" in
    python | machine | tests) ;;
    *) stop "unknown part '$part': python, machine or tests." ;;
esac
find_missing
announce
install_packages
install_python_packages
[ "$part" = python ] || .venv/bin/python -m demo.machine ready
