"""The agents' groups: which one takes new topics, where one moved to, and which ones have no topics.

This is in the database too, so every process uses a group's new id at once, and the old id in the settings keeps
working.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from bot.channels.telegram_forum import Forum
from storage.runtime.engine import Database
from storage.topics import agent_groups, topics

log = structlog.get_logger()

SUPERGROUPS_BELOW = -1_000_000_000_000  # ids of supergroups, as the Bot API writes them
LOOK_AGAIN_AFTER_S = 5.0  # how often to read what other processes wrote down
ASKED_AGAIN_AFTER_S = 600.0  # topics may be switched on later in a group without them


class AgentGroups:
    """Ids of the groups in the settings, first to last. The last one takes the topics of new cases; a full group keeps
    its cases."""

    def __init__(self, configured: Sequence[int], make: Callable[[int], Forum]) -> None:
        if not configured:
            raise ValueError("there is no agents' group: expected at least one id")
        self._configured = tuple(configured)
        self._make = make
        self._forums: dict[int, Forum] = {}
        self._moved: dict[int, int] = {}
        self._plain_since: dict[int, float] = {}
        self._refreshed_at = -LOOK_AGAIN_AFTER_S

    @property
    def current(self) -> Forum:
        """The group in which new topics are opened."""
        return self.at(self._configured[-1])

    @property
    def all(self) -> list[Forum]:
        return [self.at(chat_id) for chat_id in self._configured]

    def at(self, chat_id: int) -> Forum:
        """The group with this id, or the group that it has become."""
        now = self.id_now(chat_id)
        if now not in self._forums:
            self._forums[now] = self._make(now)
        return self._forums[now]

    def id_now(self, chat_id: int) -> int:
        seen = {chat_id}
        while (new := self._moved.get(chat_id)) is not None and new not in seen:
            seen.add(new)
            chat_id = new
        return chat_id

    def __contains__(self, chat_id: int) -> bool:
        """Whether this is an agents' group, by a present or an earlier id."""
        return chat_id in self._configured or chat_id in self._moved or chat_id in self._moved.values()

    @property
    def may_move(self) -> bool:
        """Whether one of them may get another id: a basic group gets one when it becomes a supergroup, which looks like
        a new group until Telegram reports the move."""
        return any(self.id_now(chat_id) > SUPERGROUPS_BELOW for chat_id in self._configured)

    # -- moving ------------------------------------------------------------------------------------------------------

    async def refresh(self, db: Database) -> None:
        """Reads what other processes, or an earlier run, found out; at most every few seconds."""
        if time.monotonic() - self._refreshed_at < LOOK_AGAIN_AFTER_S:
            return
        self._refreshed_at = time.monotonic()
        async with db.read() as conn:
            self._moved.update(await agent_groups.moves(conn))

    async def move(self, db: Database, old: int, new: int, now: datetime) -> None:
        """A group has a new id: open cases get new topics there."""
        if self._moved.get(old) == new:
            return
        async with db.write() as conn:
            await agent_groups.moved(conn, old, new, now)
            await topics.reset_topics(conn, old)
        self._moved[old] = new
        log.warning("the agents' group has a new id", old=old, new=new, hint=f"set DUEBOT_AGENT_CHAT to {new}")

    # -- without topics ----------------------------------------------------------------------------------------------

    def is_plain(self, forum: Forum) -> bool:
        """Whether this group was recently found to have no topics: there, cases are told apart by replies."""
        since = self._plain_since.get(forum.chat_id)
        return since is not None and time.monotonic() - since < ASKED_AGAIN_AFTER_S

    def found_plain(self, forum: Forum) -> None:
        if forum.chat_id not in self._plain_since:
            log.info("the agents' group has no topics, cases are told apart by replies", chat_id=forum.chat_id)
        self._plain_since[forum.chat_id] = time.monotonic()


async def note_group(db: Database, chat_id: int, title: str, now: datetime) -> dict[int, str]:
    """Keeps which groups the bot is in while no agents' group is set (an empty title: it left), for the operator who
    has to choose one; returns all of them with their titles."""
    async with db.write() as conn:
        if title:
            await agent_groups.seen(conn, chat_id, title, now)
        else:
            await agent_groups.left(conn, chat_id)
        return await agent_groups.titles(conn)


async def was_agents_group(db: Database, chat_id: int) -> bool:
    """Whether cases were worked on there: then its messages are ours, and may still have to be deleted."""
    async with db.read() as conn:
        return await topics.has_topics_in(conn, chat_id)


async def note_rights(db: Database, missing: str, now: datetime) -> None:
    """Keeps which rights Telegram reported as missing in the group; empty: the bot may do all it needs. Monitoring
    tells the supervisors. Earlier refusals of the group are dropped, so that it is tried again at once."""
    async with db.write() as conn:
        await agent_groups.note_trouble(conn, "rights", missing, now)
        if not missing:
            await agent_groups.note_trouble(conn, "refusal", "", now)


async def trouble_noted(db: Database) -> str:
    """Why the group cannot be used, as far as any process knows."""
    async with db.read() as conn:
        refused = await agent_groups.trouble(conn, "refusal")
    return refused.reason if refused else ""
