"""What happens to groups: topics, and a basic group that becomes a supergroup with another id."""

from __future__ import annotations

from collections.abc import Mapping

from demo.botapi.values import Chat, Message, User
from demo.botapi.world import UnknownError, World


def add_topic(world: World, group_id: int, name: str) -> int:
    """Its message_thread_id: that of the notice which begins it. Raises UnknownError, ValueError."""
    group = _group(world, group_id)
    if not group.forum:
        raise ValueError(f"group {group_id} has no topics: it is not a forum")
    created = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
    notice = _notice(world, group, created)
    notice.topic = notice.message_id
    group.topics[notice.message_id] = name
    world.tell_bots(group, notice)
    return notice.message_id


def delete_topic(world: World, group_id: int, topic: int) -> None:
    """Deletes the topic with what was said in it."""
    group = _group(world, group_id)
    del group.topics[topic]
    for message in group.messages.values():
        message.deleted = message.deleted or message.topic == topic


def upgrade(world: World, group_id: int) -> Chat:
    """The supergroup that the basic group becomes: with its people and bots, and none of its messages.

    Each of both chats gets a notice. From now on calls to the old id are refused, naming the new one.
    """
    old = _group(world, group_id)
    if not old.basic or old.upgraded_to is not None:
        raise ValueError(f"group {group_id} is no basic group")
    new = Chat(
        id=world.new_group_id(basic=False),
        title=old.title,
        users=dict(old.users),
        bots=dict(old.bots),
        kicked=set(old.kicked),
        forbidden=set(old.forbidden),
        started=True,
    )
    world.groups[new.id] = new
    world.tell_bots(old, _notice(world, old, {"migrate_to_chat_id": new.id}))
    world.tell_bots(new, _notice(world, new, {"migrate_from_chat_id": old.id}))
    old.upgraded_to = new.id
    world.changes.add("chat", new.id, new.users, title=new.title)
    return new


def _notice(world: World, group: Chat, service: Mapping[str, object]) -> Message:
    by: User = next(iter(group.users.values()))
    return world.post(group, Message(message_id=0, sender=by, date=world.now(), service=dict(service)))


def _group(world: World, group_id: int) -> Chat:
    if group_id not in world.groups:
        raise UnknownError(f"there is no group {group_id}")
    return world.groups[group_id]
