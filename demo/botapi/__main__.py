"""`python -m demo.botapi`: a Telegram to try bots against, with a chat page."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence

from demo.botapi.server import BotApiServer
from demo.botapi.world import World

DEFAULT_TOKEN = "7000000001:local-token"  # noqa: S105 - opens nothing but this program
DEFAULT_USER = "1001:Master:master"


def main(argv: Sequence[str] | None = None) -> int:
    """Exit codes: 0 ended by SIGTERM or Ctrl-C, 1 the address cannot be used, 64 wrong usage."""
    options = _parser().parse_args(argv)
    try:
        world = _world(options.token or [DEFAULT_TOKEN], options.user or [DEFAULT_USER])
    except ValueError as error:
        print(f"demo.botapi: {error}", file=sys.stderr)
        return 64
    return asyncio.run(_serve(BotApiServer(world, options.host, options.port)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m demo.botapi", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument(
        "--token",
        action="append",
        metavar="TOKEN[,USERNAME[,NAME]]",
        help=f"a bot; may be given several times; default {DEFAULT_TOKEN}",
    )
    parser.add_argument(
        "--user",
        action="append",
        metavar="ID:FIRST_NAME[:USERNAME]",
        help=f"a person; may be given several times; default {DEFAULT_USER}",
    )
    return parser


def _world(tokens: Sequence[str], users: Sequence[str]) -> World:
    world = World()
    for given in tokens:
        token, username, name = [*given.split(",", 2), "", ""][:3]
        world.add_bot(token, username=username or None, first_name=name or None)
    for given in users:
        user_id, name, username = [*given.split(":", 2), "", ""][:3]
        if not user_id.isdigit():
            raise ValueError(f"--user {given}: expected ID:FIRST_NAME[:USERNAME], for example {DEFAULT_USER}")
        world.add_user(int(user_id), name, username or None)
    return world


async def _serve(server: BotApiServer) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await server.start()
    except OSError as error:
        print(f"demo.botapi: cannot listen on {server.host}:{server.port}: {error}", file=sys.stderr)
        return 1
    print(f"Local Bot API server and chat page: {server.url}/", flush=True)
    await stop.wait()
    await server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
