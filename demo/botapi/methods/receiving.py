"""getMe, updates by polling, webhook registration."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from demo.botapi.errors import WEBHOOK_ACTIVE, ApiError, bad_request, conflict
from demo.botapi.params import Call
from demo.botapi.values import Webhook

if TYPE_CHECKING:
    from demo.botapi.world import World


def get_me(_world: World, call: Call) -> dict[str, Any]:
    return {
        **call.bot.user.as_api(),
        "can_join_groups": True,
        "can_read_all_group_messages": True,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def get_updates(world: World, call: Call) -> list[dict[str, Any]]:
    """Answers at once; waiting for `timeout` is the HTTP layer's, which asks again when woken."""
    if call.bot.webhook:
        raise conflict(WEBHOOK_ACTIVE)
    remember_allowed(call)
    return call.bot.updates.take(call.integer("offset"), call.integer("limit", 100, 1, 100), world.clock())


def remember_allowed(call: Call) -> None:
    """`allowed_updates` holds for later calls too; anything but a list is ignored, as in Telegram."""
    try:
        kinds = call.decoded("allowed_updates", "allowed_updates")
    except ApiError:
        return
    if isinstance(kinds, list):
        call.bot.updates.allow([str(kind) for kind in kinds])


def set_webhook(world: World, call: Call) -> bool:
    """Takes http addresses too, as a self-hosted server in local mode does."""
    url = call.text("url")
    if not url:
        return delete_webhook(world, call)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise bad_request("invalid webhook URL specified")
    secret = call.text("secret_token")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad_request("secret token contains unallowed characters")
    if call.flag("drop_pending_updates"):
        call.bot.updates.clear()
    remember_allowed(call)
    call.bot.webhook = Webhook(
        url=url, secret_token=secret, max_connections=call.integer("max_connections", 40, 1, 100)
    )
    return True


def delete_webhook(_world: World, call: Call) -> bool:
    if call.flag("drop_pending_updates"):
        call.bot.updates.clear()
    call.bot.webhook = None
    return True


def get_webhook_info(world: World, call: Call) -> dict[str, Any]:
    webhook = call.bot.webhook
    info: dict[str, Any] = {
        "url": webhook.url if webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(call.bot.updates.pending(world.clock())),
    }
    if webhook:
        info["max_connections"] = webhook.max_connections
    if webhook and webhook.last_error:
        info.update(last_error_date=webhook.last_error_date, last_error_message=webhook.last_error)
    if call.bot.updates.allowed is not None:
        info["allowed_updates"] = list(call.bot.updates.allowed)
    return info


def goodbye(_world: World, _call: Call) -> bool:
    """close and logOut: harmless here, the bot may go on."""
    return True
