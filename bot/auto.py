"""PUSH_MODE=auto: the newest push is deployed unasked, and AUTO_APPROVE_PATHS may answer its plan."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from bot.declared import Declared
from bot.looking import compose_file
from bot.waiver import SETTING, Difference, objection
from pipeline.cancelling import pass_on_cancellation
from pipeline.freeze import Freeze
from pipeline.model.errors import ActiveRun, PipelineError
from pipeline.model.plan import Approval
from pipeline.model.release import ApprovalId, ProjectId
from pipeline.model.run import Run
from pipeline.model.states import ApprovalState, PushState, RunKind, RunState, Source
from pipeline.source import Source as Repository
from pipeline.store.connect import LOST
from pipeline.store.store import Store
from pipeline.wording.markup import cut

BY = "the watch"

_JOURNAL_SECONDS = 2.0
_REASON = 250

log = structlog.get_logger()


class Auto:
    """`paths` are patterns of files whose change needs no approval, but where `two_persons` have to agree."""

    def __init__(
        self,
        *,
        store: Store,
        source: Repository,
        project: ProjectId,
        branch: str,
        paths: Sequence[str],
        two_persons: bool,
        freeze: Freeze,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._source = source
        self._declared = Declared()
        self._project = project
        self._branch = branch
        self._paths = () if two_persons else tuple(paths)
        self._freeze = freeze
        self._now = now
        self._judged: set[ApprovalId] = set()

    async def run(self) -> None:
        """Until cancelled. All is read from the journal, so a bot that starts anew goes on."""
        async with self._store.news.subscribe() as news:
            while True:
                try:
                    await self.act()
                except LOST as error:
                    pass_on_cancellation()
                    log.warning("auto_waits", problem=str(error))
                    await asyncio.sleep(_JOURNAL_SECONDS)
                else:
                    await news.wait()

    async def act(self) -> None:
        """Whatever there is to do now."""
        active = await self._store.runs.active(self._project)
        if active is None:
            await self._deploy_newest()
        elif self._paths and is_ours(active) and active.state is RunState.AWAITING:
            await self._answer(active)

    async def _deploy_newest(self) -> None:
        """Once each commit: one whose deploy failed is not tried again by itself."""
        push = await self._store.pushes.newest(self._project, self._branch)
        if push is None or push.state is not PushState.SEEN or await self._rests():
            return
        key = f"push:{push.id}"
        try:
            run = await self._store.runs.request(
                self._project, RunKind.DEPLOY, source=Source.PUSH, by=BY, target=push.sha, key=key
            )
        except ActiveRun:
            return  # after that one
        await self._store.pushes.answer(push.id, PushState.DEPLOYED, run.id)
        log.info("deploy_asked_for", sha=push.sha, run=run.id)

    async def _rests(self) -> bool:
        if await self._store.pauses.current(self._project) is not None:
            return True
        return await self._store.mutes.current(self._project, self._now()) is not None

    async def _answer(self, run: Run) -> None:
        approval = await self._store.approvals.of_run(run.id)
        if approval is None or approval.state is not ApprovalState.PENDING or approval.id in self._judged:
            return
        self._judged.add(approval.id)
        why = await self._objection(approval)
        if why is not None:
            log.info("approval_not_waived", run=run.id, reason=why)
            return
        reason = cut(f"all that differs fits {', '.join(self._paths)}", _REASON)
        if await self._store.approvals.waive(approval.nonce, SETTING, reason):
            log.info("approval_waived", run=run.id, paths=list(self._paths))

    async def _objection(self, approval: Approval) -> str | None:
        plan = approval.plan
        if plan.live is None or plan.live.sha is None or plan.goal.sha is None:
            return "nothing is live that it could be compared with"
        frozen = self._freeze.until(plan.kind, self._now())
        try:
            differs = await self._difference(plan.live.sha, plan.goal.sha)
        except PipelineError as error:
            pass_on_cancellation()
            return f"it is not known what differs: {error.what}"
        return objection(plan, differs, self._paths, frozen)

    async def _difference(self, live: str, goal: str) -> Difference:
        await self._source.fetch()
        found = await self._source.commits(live, goal, limit=1)
        named, group = await compose_file(self._store, self._project)
        return Difference(
            files=await self._source.changed_files(live, goal),
            rewritten=found.unrelated or found.dropped > 0,
            declared=await self._declared.patterns(self._source, goal, named, group),
            compose_file=named,
        )


def is_ours(run: Run) -> bool:
    return run.kind is RunKind.DEPLOY and run.source is Source.PUSH and run.requested_by == BY
