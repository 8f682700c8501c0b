"""What is told of a build, from the output of both builders."""

from __future__ import annotations

import pytest

from pipeline.containers.build_progress import Progress

CLASSIC = """\
Sending build context to Docker daemon  14.34kB
Step 1/8 : ARG PYTHON_IMAGE
Step 2/8 : FROM ${PYTHON_IMAGE} AS base
 ---> 96a1c834f492
Step 3/8 : WORKDIR /srv
 ---> Using cache
 ---> 5d1b2c3a4f5e
Step 4/8 : COPY app.py suite.py migrate.py ./
 ---> Using cache
 ---> 5d1b2c3a4f5f
Step 5/8 : RUN pip install .
 ---> Running in 5d1b2c3a4f5e
a line that says Step 1/2 : nothing
Removing intermediate container 5d1b2c3a4f5e
Step 6/8 : FROM base
 ---> 5d1b2c3a4f5f
Step 7/8 : CMD ["python", "app.py"]
 ---> Using cache
Step 8/8 : LABEL org.opencontainers.image.created=2026-03-01T12:00:00+00:00
 ---> Running in 5d1b2c3a4f5e
Successfully built 96a1c834f492
"""
BUILDKIT = """\
#0 building with "default" instance using docker driver
#1 [internal] load build definition from Dockerfile
#1 transferring dockerfile: 282B done
#1 DONE 0.1s
#3 [internal] load metadata for docker.io/library/python:3.13-slim
#4 [base 1/3] FROM docker.io/library/python:3.13-slim
#4 DONE 0.0s
#5 [base 2/3] WORKDIR /srv
#5 CACHED
#6 [base 3/3] COPY app.py ./
#6 CACHED
#7 [stage-2 1/2] RUN pip install .
#7 ...
#8 [other 1/1] RUN make
#8 CACHED
#7 [stage-2 1/2] RUN pip install .
#7 0.412 Collecting aiogram
#7 DONE 3.1s
#9 [stage-2 2/2] COPY --from=other /made /made
#9 DONE 0.1s
#10 exporting to image
"""


@pytest.mark.parametrize(
    ("output", "told", "steps", "cached"),
    [
        (
            CLASSIC,
            [
                "1 of 8 · ARG PYTHON_IMAGE",
                "2 of 8 · FROM ${PYTHON_IMAGE} AS base",
                "3 of 8 · WORKDIR /srv",
                "4 of 8 · COPY app.py suite.py migrate.py ./",
                "5 of 8 · RUN pip install .",
                "5 of 8 · a line that says Step 1/2 : nothing",
                "6 of 8 · FROM base",
                '7 of 8 · CMD ["python", "app.py"]',
                "8 of 8 · LABEL org.opencontainers.image.created=2026-03-01T12:00:00+00:00",
            ],
            3,
            2,
        ),
        (
            BUILDKIT,
            [
                "1 of 3 · FROM docker.io/library/python:3.13-slim",
                "2 of 3 · WORKDIR /srv",
                "3 of 3 · COPY app.py ./",
                "4 of 5 · RUN pip install .",
                "5 of 6 · RUN make",
                "5 of 6 · RUN pip install .",
                "5 of 6 · Collecting aiogram",
                "6 of 6 · COPY --from=other /made /made",
            ],
            5,
            3,
        ),
        ("#5 [1/4] FROM docker.io/library/python\n", ["1 of 4 · FROM docker.io/library/python"], 0, 0),
        ("#5 CACHED\n ---> Using cache\n\n#6 [auth] library/python:pull token for x\n", [], 0, 0),
    ],
)
def test_steps_over_all_stages_what_they_write_and_how_many_were_there(
    output: str, told: list[str], steps: int, cached: int
) -> None:
    progress = Progress()
    shown = [f"{progress.far} · {what}" for line in output.splitlines() if (what := progress.take(line))]
    assert shown == [f"step {line}" for line in told]
    assert (progress.steps, progress.cached) == (steps, cached)
