"""Looks the releases up that a run goes from and to."""

from __future__ import annotations

from pipeline.model.run import Run
from pipeline.report.document import Between
from pipeline.store.releases import Releases


async def between(releases: Releases, run: Run) -> Between:
    return Between(
        before=await releases.get(run.live_release_id) if run.live_release_id else None,
        goal=await releases.get(run.release_id) if run.release_id else None,
    )
