"""What the bot has for each project, and what it does by itself for each."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypedDict

import structlog

from bot.agenda import Agenda
from bot.auto import Auto
from bot.backups import Backups
from bot.digests import DigestPictures
from bot.health import Health
from bot.home import Home
from bot.inquiries import Inquiries
from bot.lanes import Lanes
from bot.looking import Watch, nobody_looks
from bot.outbox import Outbox
from bot.permission import Terms
from bot.pictures import Pictures
from bot.progress import Progress
from bot.reporting import Reporting, nobody_is_told
from bot.rights import Rights
from bot.routines import Routine
from bot.schedule import Looks
from bot.served import Projects, Served
from bot.subjects import Subjects
from pipeline.forge import Github
from pipeline.model.push import PushMode
from pipeline.model.schedule import ScheduleName
from pipeline.of_project import key_of
from pipeline.settings import BotSettings
from pipeline.source import Source
from pipeline.store.store import Store
from pipeline.told import told

log = structlog.get_logger()

Part = Callable[[], Coroutine[Any, Any, None]]
"""Runs until cancelled."""


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What exists once and each project uses."""

    store: Store
    outbox: Outbox
    lanes: Lanes
    health: Health
    redact: Callable[[str], str]
    now: Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class Serving:
    """The background of one project: `parts` by their names; without `looks` pushes are not looked for."""

    served: Served
    progress: Progress
    looks: Looks | None
    routines: Sequence[Routine]
    parts: Mapping[str, Part]


async def all_served(
    settings: Sequence[BotSettings], store: Store, kept: Path, now: Callable[[], datetime]
) -> Projects:
    """In the order of `settings`. `kept` is a folder for what lasts as long as the process."""
    served: list[Served] = []
    rights = Rights(owners=settings[0].owner_ids, viewers=settings[0].viewer_ids)
    for each in settings:
        project = await store.releases.project(each.project_name, each.git_url, each.git_branch)
        if served:
            topics = {"runs_topic": each.runs_topic, "alerts_topic": each.alerts_topic}
            home = served[0].home.beside(each.home_chat_id, **topics)
        else:
            home = await _first_home(each, store)
        own = Served(
            project=project,
            settings=each,
            source=Source(each.git_url, kept / f"{project.id}.git"),
            home=home,
            pictures=Pictures(store, project, kept / "matplotlib", now),
            terms=Terms(rights=rights, two_persons=each.two_persons, secret=each.code_secret),
            agenda=Agenda(),
            freeze=each.freezes,
            quiet=each.quiet,
            own=told(each),
            mark=project.id if served else None,
            named=len(settings) > 1,
        )
        if home.chat != each.home_chat_id:
            key = home_key(each, settings[0])
            log.warning("setting_names_old_group", key=key, old=each.home_chat_id, new=home.chat)
        await store.chats.settle(project.id, home.chat)
        served.append(own)
    return Projects(served)


async def _first_home(settings: BotSettings, store: Store) -> Home:
    return Home(
        store.chats,
        settings.home_chat_id,
        runs_topic=settings.runs_topic,
        alerts_topic=settings.alerts_topic,
        moved=await store.chats.moved(),
    )


def home_key(settings: BotSettings, first: BotSettings) -> str:
    """The variable that says which chat the home of a project is; `first` are those of the default one."""
    if settings.telegram_chat_id is None:
        return "MASTER_CHAT_ID"
    if settings.telegram_chat_id == first.telegram_chat_id:
        return "TELEGRAM_CHAT_ID"
    return key_of(settings.project_name, "TELEGRAM_CHAT_ID")


async def serving(served: Served, shared: Shared) -> Serving:
    """What was wrong with GitHub before is over where it is told nothing any more, and what was wrong with
    the remote where nobody looks at it any more. Raises ConfigurationError, LOST."""
    store, settings, home = shared.store, served.settings, served.home
    writes = _Writes(store=store, outbox=shared.outbox, lanes=shared.lanes, home=home)
    github = settings.github(settings.git_url, needed=served.mark is None)
    watch = _watch(served, shared, github)
    pictures = DigestPictures(**writes, project=served.id, picture=served.pictures.newest)
    parts: dict[str, Part] = {
        "backups": Backups(**writes, project=served.id).run,
        "inquiries": _inquiries(served, shared).run,
        "trends": pictures.run,
    }
    if settings.push_mode is PushMode.OFF:
        shared.health.looks_at(served.name, first=served.mark is None).ok()
        await nobody_looks(store, served.id, shared.now())
    else:
        parts["hints"] = watch.listen
    if settings.push_mode is PushMode.AUTO:
        parts["auto"] = _auto(served, shared).run
    if github is None:
        await nobody_is_told(store, served.id, shared.now())
    else:
        reporting = Reporting(store=store, project=served.project, writing=github.writing, now=shared.now)
        parts["reporting"] = reporting.run
    return Serving(
        served=served,
        progress=Progress(**writes, subjects=_subjects(served, shared)),
        looks=_looks(served, watch),
        routines=[_routine(served, shared, name) for name in settings.schedules],
        parts=parts,
    )


class _Writes(TypedDict):
    """What each part that writes to the home chat is given."""

    store: Store
    outbox: Outbox
    lanes: Lanes
    home: Home


def _subjects(served: Served, shared: Shared) -> Subjects:
    return Subjects(
        shared.store,
        served.id,
        served.home,
        shared.now,
        served.freeze,
        served.quiet,
        asks=served.settings.push_mode is PushMode.PROMPT,
        of=served.card,
    )


def _watch(served: Served, shared: Shared, github: Github | None) -> Watch:
    settings = served.settings
    return Watch(
        store=shared.store,
        source=served.source,
        project=served.id,
        branch=settings.git_branch,
        every=float(settings.git_poll_seconds),
        part=shared.health.looks_at(served.name, first=served.mark is None),
        redact=shared.redact,
        now=shared.now,
        ci=github.ci if github else None,
    )


def _looks(served: Served, watch: Watch) -> Looks | None:
    settings = served.settings
    if settings.push_mode is PushMode.OFF:
        return None
    every, jitter = float(settings.git_poll_seconds), settings.git_poll_jitter
    return Looks(watch=watch, every=every, agenda=served.agenda, jitter=jitter)


def _inquiries(served: Served, shared: Shared) -> Inquiries:
    return Inquiries(
        store=shared.store,
        outbox=shared.outbox,
        lanes=shared.lanes,
        project=served.id,
        of=served.card,
        now=shared.now,
    )


def _auto(served: Served, shared: Shared) -> Auto:
    settings = served.settings
    return Auto(
        store=shared.store,
        source=served.source,
        project=served.id,
        branch=settings.git_branch,
        paths=settings.waived_paths,
        two_persons=settings.two_persons,
        freeze=served.freeze,
        now=shared.now,
    )


def _routine(served: Served, shared: Shared, name: ScheduleName) -> Routine:
    return Routine(
        store=shared.store,
        project=served.id,
        name=name,
        expression=served.settings.schedules[name],
        zone=served.settings.zone,
        now=shared.now,
    )
