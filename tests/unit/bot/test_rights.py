"""Roles by id, and what each may do; that each handler says it where it is registered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from aiogram import Router
from aiogram.types import BotCommandScopeChat, BotCommandScopeChatMember, BotCommandScopeDefault

from bot.cards.help import COMMANDS, help_card
from bot.handlers import setup
from bot.offering import menus
from bot.rights import LOOKING_COMMANDS, Hearing, Rights, Role, offered

RIGHTS = Rights(owners=frozenset({1, 2}), viewers=frozenset({2, 3}))
GROUP = -100


@pytest.mark.parametrize(
    ("user", "role"),
    [(1, Role.OWNER), (2, Role.OWNER), (3, Role.VIEWER), (4, Role.STRANGER), (None, Role.STRANGER)],
)
def test_roles(user: int | None, role: Role) -> None:
    assert RIGHTS.role(user) is role


@pytest.mark.parametrize(
    ("user", "chat", "home", "hearing"),
    [
        (1, 1, 1, Hearing.HEARD),
        (1, 1, GROUP, Hearing.HEARD),
        (1, GROUP, GROUP, Hearing.HEARD),
        (3, 3, GROUP, Hearing.HEARD),
        (3, GROUP, GROUP, Hearing.HEARD),
        (1, -7, GROUP, Hearing.AFAR),
        (1, GROUP, 1, Hearing.AFAR),
        (3, -7, GROUP, Hearing.REFUSED),
        (4, 4, GROUP, Hearing.REFUSED),
        (4, GROUP, GROUP, Hearing.REFUSED),
        (None, GROUP, GROUP, Hearing.REFUSED),
        (1, None, GROUP, Hearing.REFUSED),
        (1, 3, GROUP, Hearing.REFUSED),
    ],
)
def test_hearing(user: int | None, chat: int | None, home: int, hearing: Hearing) -> None:
    assert RIGHTS.hearing(user, chat, {home}) is hearing


def test_commands_that_look_are_declared_so_where_they_are_registered_and_no_others() -> None:
    declared = {}
    for router in _all(setup()):
        for handler in router.message.handlers:
            for command in handler.flags.get("commands", ()):
                declared |= dict.fromkeys(command.commands, bool(handler.flags.get("viewers")))
    assert {name: looks for name, looks in declared.items() if looks is not (name in LOOKING_COMMANDS)} == {
        "start": True  # says what /help says
    }
    assert declared.keys() - {"start"} == COMMANDS.keys()


def test_a_handler_that_says_nothing_is_for_owners() -> None:
    looks = {
        handler.callback.__name__
        for router in _all(setup())
        for handler in router.callback_query.handlers
        if handler.flags.get("viewers")
    }
    assert not looks & {"deploy_tapped", "rollback_tapped", "backup_tapped", "answered", "confirmed", "undo"}
    assert {"status_tapped", "logs", "unknown_tap"} <= looks


def test_help_names_what_the_reader_may_do() -> None:
    text = help_card("sample", "main", Role.VIEWER).text
    assert "/status" in text
    assert "/deploy" not in text
    assert "/deploy" in help_card("sample", "main").text


def test_each_person_is_offered_what_they_may_do_in_each_chat() -> None:
    shown = menus(RIGHTS, {GROUP}, COMMANDS)
    looking = offered(Role.VIEWER, COMMANDS)
    assert shown == [
        (BotCommandScopeDefault(), {}),
        (BotCommandScopeChat(chat_id=1), COMMANDS),
        (BotCommandScopeChat(chat_id=2), COMMANDS),
        (BotCommandScopeChat(chat_id=3), looking),
        (BotCommandScopeChat(chat_id=GROUP), looking),
        (BotCommandScopeChatMember(chat_id=GROUP, user_id=1), COMMANDS),
        (BotCommandScopeChatMember(chat_id=GROUP, user_id=2), COMMANDS),
    ]
    assert looking.keys() == COMMANDS.keys() & set(LOOKING_COMMANDS)
    assert offered(Role.STRANGER, COMMANDS) == {}
    assert menus(Rights(owners=frozenset({1})), {1}, COMMANDS) == [
        (BotCommandScopeDefault(), {}),
        (BotCommandScopeChat(chat_id=1), COMMANDS),
    ]


def _all(router: Router) -> Iterator[Router]:
    yield router
    for sub in router.sub_routers:
        yield from _all(sub)
