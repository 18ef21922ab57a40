"""Signs for an agent whose words, or whose customer's words, wait for more than a few seconds: so nothing looks dead.

They are no messages, so they cost nothing of the group's few calls: a sign on the agent's own message until it has
left, and “typing” in the topic for which a customer's words wait. What was signed is only remembered here: after a
restart a sign may stay.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.work.topics.agent_groups import AgentGroups
from bot.work.topics.topics import DeskParts
from storage.topics.waiting_relays import Waiting, waiting_since

SHOWN_AFTER = timedelta(seconds=5)
SHOWN_UNTIL = timedelta(minutes=10)  # of what waits longer the topic is told in words
TYPING_FOR = timedelta(seconds=5)
MOST = 20  # at once
ON_ITS_WAY = "👀"


class WaitingSigns:
    """Shows and takes back the signs; call `show` each second or so."""

    def __init__(self, desk: DeskParts) -> None:
        self._desk = desk
        self._signed: dict[tuple[int, int], None] = {}
        self._typing: dict[int, datetime] = {}

    async def show(self) -> None:
        desk = self._desk
        if desk.groups is None:
            return
        now = desk.clock.now()
        async with desk.db.read() as conn:
            waiting = await waiting_since(conn, now - SHOWN_UNTIL, now - SHOWN_AFTER, MOST)
        await self._sign(desk.groups, {each.source for each in waiting if each.direction == "out"})
        for each in waiting:
            if each.direction == "in":
                await self._type(desk.groups, each)

    async def _sign(self, groups: AgentGroups, sources: set[tuple[int, int]]) -> None:
        """Signs the agents' messages that wait, and takes the signs from those that do not any more."""
        for chat_id, message_id in sources - self._signed.keys():
            self._signed[chat_id, message_id] = None
            if message_id > 0 and chat_id in groups:
                await groups.at(chat_id).react(message_id, ON_ITS_WAY)
        for chat_id, message_id in [source for source in self._signed if source not in sources]:
            del self._signed[chat_id, message_id]
            if message_id > 0 and chat_id in groups:
                await groups.at(chat_id).react(message_id, "")

    async def _type(self, groups: AgentGroups, each: Waiting) -> None:
        now, last = self._desk.clock.now(), self._typing.get(each.case_id)
        if each.chat_id is None or (last is not None and abs(now - last) < TYPING_FOR):
            return
        if len(self._typing) > 10 * MOST:
            self._typing.clear()
        self._typing[each.case_id] = now
        await groups.at(each.chat_id).show_typing(each.thread_id)
