"""Kinds, states and exit codes, by the names the journal stores."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class RunKind(StrEnum):
    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    BACKUP = "backup"
    TEST = "test"  # pulls and tests a commit
    BUILD = "build"  # pulls and builds a commit
    RESTORE = "restore"  # puts the data of a backup in the place of the database
    DRILL = "drill"  # restores a backup aside, to prove it
    REWIND = "rewind"  # a rollback that brings the data of then back, too
    ROLLBACK_DRILL = "rollback_drill"  # tries the way back on a copy, to prove it

    @property
    def switches(self) -> bool:
        """Whether a run of this kind puts a release into production."""
        return self in (RunKind.DEPLOY, RunKind.ROLLBACK, RunKind.REWIND)

    @property
    def swaps(self) -> bool:
        """Whether a run of this kind puts another database in the place of the live one."""
        return self in (RunKind.RESTORE, RunKind.REWIND)

    @property
    def goes_back(self) -> bool:
        """Whether a run of this kind brings an earlier release back, which its target names."""
        return self in (RunKind.ROLLBACK, RunKind.REWIND)

    @property
    def names_a_release(self) -> bool:
        """Whether the target of a run of this kind is a release, none of them the one before."""
        return self.goes_back or self is RunKind.ROLLBACK_DRILL


class RunState(StrEnum):
    """Where a run stands. All but the first four are final."""

    REQUESTED = "requested"
    RUNNING = "running"
    AWAITING = "awaiting"  # a plan waits for Master
    REVERTING = "reverting"  # the previous release is being brought back
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # before the switch: nothing changed
    REVERTED = "reverted"  # after the switch: the previous release serves again
    BROKEN = "broken"  # the way back failed too: critical
    REJECTED = "rejected"
    EXPIRED = "expired"
    VOIDED = "voided"  # its plan no longer fits what is there, or a newer commit was pushed
    CANCELLED = "cancelled"  # called off before the switch: nothing changed

    @property
    def final(self) -> bool:
        return self not in ACTIVE


ENDED_BADLY = frozenset({RunState.FAILED, RunState.REVERTED, RunState.BROKEN})
"""A stage failed; a no of Master's, and a plan that no longer fits, are no failures."""

ACTIVE = frozenset({RunState.REQUESTED, RunState.RUNNING, RunState.AWAITING, RunState.REVERTING})


class StageName(StrEnum):
    PULL = "pull"
    BACKUP = "backup"
    TEST = "test"
    BUILD = "build"
    TAG = "tag"
    REHEARSE = "rehearse"  # the migration, on a copy of the database
    APPROVE = "approve"
    HAND_OVER = "hand-over"  # on the road of the controller's own runs: the worker lets go of it
    STOP = "stop"
    MIGRATE = "migrate"
    START = "start"
    WAIT = "wait"
    SMOKE = "smoke"
    REPORT = "report"
    REVERT = "revert"  # only after a failure past the switch
    CHECK = "check"  # these three on the road of a run that swaps the database
    PREPARE = "prepare"
    SWAP = "swap"
    PROVE = "prove"  # on the road of a drill, after check
    TRIAL = "trial"  # likewise of a rollback drill: the release is started on the copy


TOUCHING = frozenset(
    {
        StageName.STOP,
        StageName.MIGRATE,
        StageName.SWAP,
        StageName.START,
        StageName.WAIT,
        StageName.SMOKE,
    }
)
"""The stages that change production."""


class StageState(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"


class ApprovalState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    VOIDED = "voided"  # production, the compose file or an image is no longer as the plan says
    SUPERSEDED = "superseded"  # a newer commit was pushed to its branch


class PushState(StrEnum):
    SEEN = "seen"
    DEPLOYED = "deployed"  # Master tapped Deploy
    SKIPPED = "skipped"
    SUPERSEDED = "superseded"


class Source(StrEnum):
    """Where a run was asked for."""

    TELEGRAM = "telegram"
    PUSH = "push"
    CLI = "cli"
    SCHEDULE = "schedule"
    PROBATION = "probation"  # the release failed it
    ALERT = "alert"  # Master tapped Rollback on one


class Rehearse(StrEnum):
    """When a migration is rehearsed (REHEARSE)."""

    NEW = "new"  # where the commit brings migrations that the live one has not
    ALWAYS = "always"
    NEVER = "never"


class ExitCode(IntEnum):
    """Exit codes of a run and of the command line (docs/DEPLOYMENT_PIPELINE.md)."""

    SUCCESS = 0
    TEST_FAILED = 1
    BUILD_FAILED = 2
    DEPLOY_FAILED = 3
    SMOKE_FAILED = 4
    NOT_APPROVED = 5
    BACKUP_FAILED = 6
    ROLLBACK_FAILED = 7
    HELD = 8
    USAGE = 64


EXIT_OF_STAGE = {
    StageName.BACKUP: ExitCode.BACKUP_FAILED,
    StageName.TEST: ExitCode.TEST_FAILED,
    StageName.BUILD: ExitCode.BUILD_FAILED,
    StageName.APPROVE: ExitCode.NOT_APPROVED,
    StageName.SMOKE: ExitCode.SMOKE_FAILED,
    StageName.REVERT: ExitCode.ROLLBACK_FAILED,
    StageName.CHECK: ExitCode.BACKUP_FAILED,
    StageName.PREPARE: ExitCode.BACKUP_FAILED,
}
