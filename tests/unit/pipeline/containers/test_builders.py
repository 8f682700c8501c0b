"""Builds of one machine beside each other."""

from __future__ import annotations

import asyncio

import pytest

from pipeline.containers.build import Builder
from pipeline.containers.builders import Builders


@pytest.mark.parametrize(("builder", "together"), [(Builder.BUILDKIT, 2), (Builder.CLASSIC, 1)])
async def test_only_buildkit_builds_side_by_side(builder: Builder, together: int) -> None:
    builders, at_work, most = Builders(), 0, 0

    async def build() -> None:
        nonlocal at_work, most
        async with builders.turn(builder):
            at_work += 1
            most = max(most, at_work)
            await asyncio.sleep(0)
            at_work -= 1

    await asyncio.gather(build(), build())
    assert most == together
