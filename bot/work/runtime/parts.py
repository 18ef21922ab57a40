"""What the program is made of while it runs: handed to handlers and jobs by `bot.app`, which alone builds it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from bot.channels import Channel
from bot.channels.telegram import TelegramChannel
from bot.clock import Clock
from bot.settings import Settings
from bot.work.cases.canned_replies import ReplyBook
from bot.work.policy.policies import PolicyBook
from bot.work.topics.agent_groups import AgentGroups
from storage.runtime.engine import Database


@dataclass(slots=True)
class Parts:
    """One running program. The events wake what would else look again in a second; nothing depends on them."""

    settings: Settings
    clock: Clock
    db: Database
    policies: PolicyBook
    channels: dict[str, Channel]  # set up, to reach customers by
    channel: TelegramChannel | None  # None in a process that speaks to nobody
    worker: str  # this process, in claims
    groups: AgentGroups | None = None  # of the agents; None where none is set, or in a process that does not serve them
    replies: ReplyBook = field(default_factory=ReplyBook)  # ready ones, for agents
    bot_username: str = ""
    desk_has_work: asyncio.Event = field(default_factory=asyncio.Event)
    inbox_has_work: asyncio.Event = field(default_factory=asyncio.Event)
