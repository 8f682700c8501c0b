# One image for bot and worker. Stages: tools, dependencies, builder, runtime (what runs), test (the unit tests).
# Works with BuildKit and with the classic builder.
ARG PYTHON_IMAGE=python:3.13-slim-trixie

FROM ${PYTHON_IMAGE} AS tools
# More Debian packages, such as rclone or restic for copies of backups off site.
ARG EXTRA_PACKAGES=""
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        ca-certificates git openssh-client postgresql-client zstd age docker-cli docker-compose docker-buildx \
        ${EXTRA_PACKAGES} \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin \
    && useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin vnext
# Safe path: the worker's working directory is the installation, whose files are never its program.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONSAFEPATH=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore

FROM tools AS dependencies
WORKDIR /src
RUN pip install hatchling==1.33.0
COPY requirements.lock ./
# The image's own pip fills the virtual environment, so that what runs carries no pip.
RUN python3 -m venv --without-pip /opt/venv \
    && pip --python /opt/venv/bin/python install --no-deps --require-hashes -r requirements.lock

FROM dependencies AS builder
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY pipeline pipeline
COPY demo demo
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && pip --python /opt/venv/bin/python install --no-deps --no-index --prefix /program /wheels/*.whl

# What it depends on is a layer of its own, which all releases with the same lock share.
FROM tools AS runtime
COPY --from=dependencies /opt/venv /opt/venv
COPY --from=builder /program /opt/venv
USER vnext
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="Server Agent vNext controller" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
# So that bot and worker can say which commit they are.
ENV VNEXT_REVISION=${REVISION}
CMD ["python", "-m", "bot"]

# What tests need is installed before the code comes, which would have it installed anew with each commit.
FROM dependencies AS test
COPY requirements-dev.lock ./
RUN pip --python /opt/venv/bin/python install --no-deps --require-hashes -r requirements-dev.lock \
    && install --directory --owner=vnext /reports
COPY --from=builder /program /opt/venv
COPY . .
USER vnext
ENV COVERAGE_FILE=/tmp/coverage HYPOTHESIS_STORAGE_DIRECTORY=/tmp/hypothesis
CMD ["python", "-m", "pytest", "-p", "no:cacheprovider", "tests/unit", "--junitxml=/reports/junit.xml", \
     "--cov", "--cov-report=term", "--cov-report=xml:/reports/coverage.xml"]
