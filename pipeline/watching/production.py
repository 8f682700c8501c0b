"""The containers of the group: down, in a loop, unhealthy, restarted, short of memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pipeline.containers.container import Container
from pipeline.containers.events import Happened
from pipeline.model.alert import Problem
from pipeline.watching import production_words as words
from pipeline.watching.deaths import Death, Ledger, count
from pipeline.watching.lasting import AT_ONCE, Memory

_DEATHS_KEPT = 20


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long something lasts before it is told, and is over before that is told: down and up, unhealthy and
    healthy. `loop_deaths` within `loop_within` are a loop. Restarts and want of memory are told a while."""

    down_after: timedelta = timedelta(seconds=15)
    up_for: timedelta = timedelta(seconds=10)
    unhealthy_after: timedelta = timedelta(seconds=60)
    healthy_for: timedelta = timedelta(seconds=20)
    loop_deaths: int = 3
    loop_within: timedelta = timedelta(minutes=5)
    restarted_for: timedelta = timedelta(minutes=10)
    short_for: timedelta = timedelta(minutes=30)


PATIENCE = Patience()


@dataclass(frozen=True, kw_only=True)
class Look:
    """`containers` are those of the group, `services` those of the live release and whether each is critical,
    `happened` what did since the look before; `last_words` are log lines by service, without secrets."""

    containers: Sequence[Container]
    services: Mapping[str, bool] = field(default_factory=dict)
    happened: Sequence[Happened] = ()
    last_words: Mapping[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Watched:
    """By service: deaths by themselves (newest last), and how many of them and of kills for want of memory no
    problem tells of yet; the last death of any kind."""

    memory: Memory = field(default_factory=Memory)
    ledger: Ledger = field(default_factory=Ledger)
    known: frozenset[str] = frozenset()
    deaths: Mapping[str, tuple[Death, ...]] = field(default_factory=dict)
    last: Mapping[str, Death] = field(default_factory=dict)
    untold: Mapping[str, int] = field(default_factory=dict)
    short: Mapping[str, int] = field(default_factory=dict)


def at_rest(watched: Watched, look: Look, now: datetime) -> Watched:
    """While a run switches all that ends is expected; what is told stays, and is judged anew afterwards. What
    was stopped meanwhile stays known: it may end only after the switch."""
    ledger, _ = count(watched.ledger, look.containers, look.happened, now)
    return Watched(memory=watched.memory.at_rest(), ledger=ledger, known=watched.known)


def watch(
    watched: Watched, look: Look, now: datetime, patience: Patience = PATIENCE
) -> tuple[Watched, list[Problem]]:
    ledger, told = count(watched.ledger, look.containers, look.happened, now)
    seen = frozenset(container.service for container in look.containers if container.service)
    known = frozenset(look.services) if look.services else watched.known | seen
    state = replace(watched, ledger=ledger, known=known)
    kept_up = {container.id for container in look.containers if container.kept_up}
    for death in told.deaths:
        did = death.exit_code == 0 and not _critical(look, death.service) and death.container not in kept_up
        state = _note(state, death, counts=not (death.by_hand or did))
    for service, times in told.oom_kills.items():
        state = replace(state, short={**state.short, service: state.short.get(service, 0) + times})
    for service in sorted(known | seen):
        state = _service(state, service, look, now, patience)
    gone = {name for name in state.memory.problems if name.partition("/")[2] not in known | seen}
    for fingerprint in gone:
        state = replace(state, memory=state.memory.after(fingerprint, False, None, now))
    return state, state.memory.all


def _critical(look: Look, service: str) -> bool:
    return look.services.get(service, not look.services)


def _done(container: Container) -> bool:
    """Of a service that is not critical: it has done what it had to, and is not to run any more."""
    ended = not container.running and container.started_at is not None and container.exit_code == 0
    return ended and not container.kept_up


def _note(state: Watched, death: Death, *, counts: bool) -> Watched:
    service = death.service
    state = replace(state, last={**state.last, service: death})
    if not counts:
        return state
    kept = (*state.deaths.get(service, ()), death)[-_DEATHS_KEPT:]
    more = 0 if death.oom else 1
    return replace(
        state,
        deaths={**state.deaths, service: kept},
        untold={**state.untold, service: state.untold.get(service, 0) + more},
    )


def _service(state: Watched, service: str, look: Look, now: datetime, patience: Patience) -> Watched:
    every = [container for container in look.containers if container.service == service]
    critical = _critical(look, service)
    here = [container for container in every if critical or not _done(container)]
    done = bool(every) and not here
    dead = [container for container in here if not container.running]
    case = words.Case(
        service=service,
        critical=critical,
        containers=here,
        last=state.last.get(service),
        log=look.last_words.get(service, []),
    )
    recent = [death for death in state.deaths.get(service, ()) if now - death.at <= patience.loop_within]
    untold, short = (0, 0) if done else (state.untold.get(service, 0), state.short.get(service, 0))
    memory = state.memory

    loop = f"loop/{service}"
    loops = bool(untold or short or dead) if memory.told(loop) else len(recent) >= patience.loop_deaths
    new = untold + short if memory.told(loop) else len(recent) - 1
    memory = memory.after(loop, loops, words.loop(case, len(recent), new), now, closes=patience.loop_within)
    in_loop = memory.told(loop)

    down = f"down/{service}"
    starting = any(container.health == "starting" for container in here)
    is_down: bool | None = bool(dead) or not every
    if in_loop:
        is_down = False
    elif memory.told(down) and not is_down and starting:
        is_down = None
    memory = memory.after(
        down,
        is_down,
        words.down(case),
        now,
        opens=patience.down_after,
        closes=AT_ONCE if in_loop else patience.up_for,
    )
    worse = in_loop or memory.told(down)

    ill: bool | None = any(container.running and container.health == "unhealthy" for container in here)
    if not ill and (worse or dead or starting):
        ill = None
    memory = memory.after(
        f"unhealthy/{service}",
        False if worse else ill,
        words.unhealthy(case),
        now,
        opens=patience.unhealthy_after,
        closes=AT_ONCE if worse else patience.healthy_for,
    )

    up = bool(here) and not dead and not worse
    for fingerprint, problem, times, lasts in (
        (f"restarted/{service}", words.restarted(case), untold, patience.restarted_for),
        (f"oom/{service}", words.short_of_memory(case), short, patience.short_for),
    ):
        # Over as soon as it is seen, it is told for a while; what is worse tells of it too.
        bad = None if times and not up else times > 0
        more = times if memory.told(fingerprint) else times - 1
        memory = memory.after(
            fingerprint,
            False if worse else bad,
            replace(problem, more=max(more, 0) if up else 0),
            now,
            closes=AT_ONCE if worse else lasts,
        )
    if up or worse:
        untold = short = 0
    return replace(
        state,
        memory=memory,
        deaths={**state.deaths, service: tuple(recent)},
        untold={**state.untold, service: untold},
        short={**state.short, service: short},
    )
