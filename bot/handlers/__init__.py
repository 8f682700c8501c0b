"""Each handler: parse, one use case, one answer."""

from __future__ import annotations

from aiogram import F, Router

from bot.handlers import (
    again,
    alerts,
    approve,
    attend,
    backup,
    cancel,
    choosing,
    deploy,
    drill,
    fallback,
    history,
    logs,
    mute,
    pause,
    plan,
    probation,
    push,
    question,
    releases,
    restart,
    restore,
    rollback,
    schedules,
    service_logs,
    settings,
    stats,
    status,
    whoami,
)
from bot.handlers import help as help_


def setup() -> Router:
    """All routers in one, the fallback last. What a person passes on from others is not their command, nor is
    what stands below a picture: the middlewares read the text alone."""
    own = Router(name="own")
    own.message.filter(F.text, ~F.forward_origin, ~F.via_bot)
    for module in (
        help_,
        deploy,
        rollback,
        backup,
        restore,
        drill,
        status,
        plan,
        approve,
        question,
        push,
        mute,
        probation,
        again,
        logs,
        history,
        stats,
        settings,
        releases,
        pause,
        schedules,
        service_logs,
        cancel,
        choosing,
        alerts,
        attend,
        restart,
        whoami,
    ):
        own.include_router(module.setup())
    root = Router(name="people")
    root.include_routers(own, fallback.setup())
    return root
