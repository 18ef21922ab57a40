"""What the program is made of while it runs: handed to the sides, to handlers and to jobs by `bot.app`, which alone
builds it. Nothing in it is exchanged; what changes with time is kept in an object that says so."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.channels import Channel
from bot.channels.telegram import TelegramChannel
from bot.clock import Clock
from bot.settings import Settings
from bot.work.cases.canned_replies import ReplyBook
from bot.work.policy.policies import PoliciesInForce, PolicyBook
from bot.work.topics.agent_groups import AgentGroups
from storage.runtime.engine import Database


@dataclass(frozen=True, slots=True)
class Parts:
    """What every process has. The events wake what would else look again in a second; nothing depends on them."""

    settings: Settings
    clock: Clock
    db: Database
    in_force: PoliciesInForce
    desk_has_work: asyncio.Event = field(default_factory=asyncio.Event, kw_only=True)
    inbox_has_work: asyncio.Event = field(default_factory=asyncio.Event, kw_only=True)

    @property
    def policies(self) -> PolicyBook:
        """The policies as they are in force now."""
        return self.in_force.book


@dataclass(frozen=True, slots=True, kw_only=True)
class BotParts(Parts):
    """What a process has besides that speaks with people: all roles but the web's."""

    channel: TelegramChannel
    channels: Mapping[str, Channel]  # set up, to reach customers by; Telegram is one of them
    groups: AgentGroups | None  # of the agents; None where none is set, or in a process that does not serve them
    replies: ReplyBook  # ready ones, for agents
    worker: str  # this process, in claims

    @property
    def bot_username(self) -> str:
        """Without '@'; known once the program has started."""
        return self.channel.username
