"""What has a card, and how that card looks now according to the journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.alerting import Alerting
from bot.auto import is_ours
from bot.cards.card import Card
from bot.cards.digest import digest_card
from bot.cards.plan import plan_card, reminder_card
from bot.cards.probation import probation_card
from bot.cards.progress import run_card
from bot.cards.push import push_card
from bot.cards.question import is_open, question_card
from bot.cards.result import result_card
from bot.cards.status import silence
from bot.cards.trouble import copies_card
from bot.digests import told
from bot.face import Face as Face
from bot.face import Shown as Shown
from bot.home import Home
from pipeline.freeze import Freeze
from pipeline.model.plan import Approval
from pipeline.model.probation import ProbationId
from pipeline.model.push import PromptId
from pipeline.model.release import ProjectId, RunId
from pipeline.model.run import Run, RunView
from pipeline.model.schedule import DigestId
from pipeline.model.states import ApprovalState, PushState, RunState, Source
from pipeline.quiet import Quiet
from pipeline.store.approvals import ReminderId
from pipeline.store.copies import TroubleId
from pipeline.store.store import Store
from pipeline.wording.probation import is_over
from pipeline.wording.words import WORKER_SILENT


class Subjects:
    """All that is told of one project."""

    def __init__(
        self,
        store: Store,
        project: ProjectId,
        home: Home,
        now: Callable[[], datetime],
        freeze: Freeze,
        quiet: Quiet,
        *,
        asks: bool = True,
        of: Callable[[Card], Card] = lambda card: card,
    ) -> None:
        """`asks`: whether pushes are asked about. `of` makes a card one of the project."""
        self._alerting = Alerting(store, project, home, now, quiet)
        self._store = store
        self._project = project
        self._of = of
        self._home = home
        self._now = now
        self._freeze = freeze
        self._quiet = quiet
        self._asks = asks

    async def to_tell(self) -> list[Face]:
        """All whose card may be missing or out of date: runs first, for the others reply to them."""
        store, of = self._store, (self._project, self._home.chat)
        plans = await store.approvals.to_tell(*of)
        for plan in plans:
            await self._remind(plan)
        return [
            *(Face("run", run) for run in await store.cards.runs_to_tell(*of)),
            *(Face("plan", plan.id, plan.nonce) for plan in plans),
            *(Face("reminder", number) for number in await store.approvals.reminders_to_tell(*of)),
            *(Face("question", asked.id, asked.nonce) for asked in await store.questions.to_tell(*of)),
            *(Face("push", prompt) for prompt in await self._prompts()),
            *(Face("result", run) for run in await store.cards.results_to_tell(*of)),
            *(Face("probation", number) for number in await store.probations.to_tell(*of)),
            *(Face("copies", trouble) for trouble in await store.copies.to_tell(*of)),
            *await self._alerting.to_tell(),
            *(Face("digest", digest) for digest in await store.digests.to_tell(*of)),
        ]

    async def look(self, face: Face) -> Shown:
        shown = await self._look(face)
        return replace(shown, card=self._of(shown.card))

    async def _look(self, face: Face) -> Shown:
        match face.subject:
            case "run":
                return await self._run(RunId(face.id))
            case "plan":
                return await self._plan(face.nonce)
            case "reminder":
                return await self._reminder(ReminderId(face.id))
            case "question":
                return await self._question(face.nonce)
            case "push":
                return await self._push(PromptId(face.id))
            case "result":
                return await self._result(RunId(face.id))
            case "copies":
                return await self._copies(TroubleId(face.id))
            case "alert" | "nudge" | "storm":
                return await self._alerting.look(face)
            case "probation":
                return await self._probation(ProbationId(face.id))
            case "digest":
                return await self._digest(DigestId(face.id))

    async def _run(self, run: RunId) -> Shown:
        view = await self._store.runs.view(run)
        now = self._now()
        final = view.run.state.final
        silent = None if final else await self._silence(view.run, now)
        asked = None if final else await self._store.questions.of_run(run)
        waits = asked if asked and is_open(asked, view) else None
        card = run_card(view, now, silent=silent, asked=waits)
        state = _state(view, silent is not None, waits is not None)
        quiet = view.run.source is Source.SCHEDULE or self._wakes_nobody(view.run)
        return Shown(card=card, final=final, state=state, silent=quiet)

    def _wakes_nobody(self, run: Run) -> bool:
        """In quiet hours, where nobody asked for it."""
        return (run.source is Source.SCHEDULE or is_ours(run)) and self._quiet.holds(self._now())

    async def _silence(self, run: Run, now: datetime) -> timedelta | None:
        seen = await self._store.releases.observation(run.project_id)
        waiting = now - run.requested_at
        if seen is None:
            return waiting if waiting > WORKER_SILENT else None
        return silence(seen, now)

    async def _plan(self, nonce: str) -> Shown:
        approval = await self._store.approvals.by_nonce(nonce)
        if approval is None:
            raise LookupError("the plan is gone")
        run = await self._store.runs.get(approval.run_id)
        over = run.state.final
        taken_up = approval.state is not ApprovalState.APPROVED or run.state is not RunState.AWAITING
        offers = approval.state is ApprovalState.SUPERSEDED
        return Shown(
            card=plan_card(approval, self._frozen(approval), over=over),
            final=approval.state is not ApprovalState.PENDING and taken_up and (over or not offers),
            asks=approval.state is ApprovalState.PENDING,
            silent=self._wakes_nobody(run),
            reply_to=await self._run_message(approval.run_id),
        )

    async def _reminder(self, number: ReminderId) -> Shown:
        found = await self._store.approvals.reminder(number)
        approval = found.approval
        plan = await self._store.cards.get("plan", approval.id, self._home.chat)
        return Shown(
            card=reminder_card(approval, self._frozen(approval), still=found.open),
            final=not found.open,
            late=not found.open,
            silent=self._wakes_nobody(await self._store.runs.get(approval.run_id)),
            reply_to=plan.message_id if plan else None,
        )

    async def _remind(self, plan: Approval) -> None:
        now = self._now()
        due = plan.remind_at is not None and plan.remind_at <= now < plan.expires_at
        if due and plan.state is ApprovalState.PENDING:
            await self._store.approvals.remind(plan)

    def _frozen(self, approval: Approval) -> datetime | None:
        return self._freeze.until(approval.plan.kind, self._now())

    async def _question(self, nonce: str) -> Shown:
        question = await self._store.questions.by_nonce(nonce)
        if question is None:
            raise LookupError("the question is gone")
        view = await self._store.runs.view(question.run_id)
        asks = is_open(question, view)
        return Shown(
            card=question_card(question, view),
            final=not asks,
            asks=asks,
            reply_to=await self._run_message(question.run_id),
        )

    async def _prompts(self) -> list[PromptId]:
        return await self._store.pushes.to_tell(self._project, self._home.chat, self._now(), ask=self._asks)

    async def _push(self, prompt: PromptId) -> Shown:
        push = await self._store.pushes.shown_in(prompt)
        if push is None:
            raise LookupError(f"the pushes of prompt {prompt} are gone")
        project = await self._store.releases.project_by_id(push.project_id)
        mute = await self._store.mutes.current(push.project_id, self._now())
        card, silent = push_card(push, project.name, mute=mute), self._quiet.holds(self._now())
        return Shown(card=card, final=push.state is not PushState.SEEN, silent=silent)

    async def _result(self, run: RunId) -> Shown:
        view = await self._store.runs.view(run)
        before = view.run.live_release_id
        release = await self._store.releases.get(before) if before else None
        proven = await self._store.releases.last_proven_backup(view.run.project_id)
        watch = await self._store.probations.of_run(run)
        asked = await self._store.probations.that_asked(run)
        card = result_card(view, release, proven, watch=watch, asked=asked)
        final = watch is None or is_over(watch)
        well = view.run.state is RunState.SUCCEEDED
        quiet = (well or not view.touched) and self._wakes_nobody(view.run)
        silent = quiet or (well and view.run.source is Source.SCHEDULE)
        return Shown(card=card, final=final, reply_to=await self._run_message(run), silent=silent)

    async def _probation(self, number: ProbationId) -> Shown:
        probation = await self._store.probations.get(number)
        if probation is None:
            raise LookupError(f"probation {number} is gone")
        view = await self._store.runs.view(probation.run_id)
        before = probation.previous_release_id
        release = await self._store.releases.get(before) if before else None
        return Shown(
            card=probation_card(probation, view, release),
            final=not probation.asks,
            asks=probation.asks,
            reply_to=await self._run_message(probation.run_id),
        )

    async def _copies(self, number: TroubleId) -> Shown:
        trouble = await self._store.copies.get(number)
        project = await self._store.releases.project_by_id(trouble.project_id)
        over = trouble.of_file or trouble.over_at is not None
        silent = trouble.over_at is not None or self._quiet.holds(self._now())
        return Shown(card=copies_card(trouble, project.name), final=over, silent=silent)

    async def _digest(self, number: DigestId) -> Shown:
        now = self._now()
        card = digest_card(await told(self._store, await self._store.digests.get(number), now), now)
        return Shown(card=card, final=True, silent=True)

    async def _run_message(self, run: RunId) -> int | None:
        card = await self._store.cards.get("run", run, self._home.chat)
        return card.message_id if card else None


def _state(view: RunView, silent: bool, asks: bool) -> str:
    stages = " ".join(f"{stage.name}:{stage.state}" for stage in view.stages)
    return f"{view.run.state} {silent} {asks} {stages}"
