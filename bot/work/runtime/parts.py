"""The parts of the running program: `bot.app` builds them and gives them to the sides, to handlers and to jobs. No part
is ever replaced; what changes with time is kept inside an object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.channels import Channel
from bot.channels.telegram import TelegramChannel
from bot.clock import Clock
from bot.rules.customers.lessons import Lessons
from bot.rules.topics.message_screening import ForbiddenPhrases
from bot.settings import Settings
from bot.work.cases.canned_replies import ReplyBook
from bot.work.customers.phrase_book import PhraseBook
from bot.work.policy.policies import PoliciesInForce, PolicyBook
from bot.work.runtime.bells import Bell, Bells
from bot.work.topics.agent_groups import AgentGroups
from bot.work.topics.forbidden_phrases import shipped_words
from bot.work.topics.message_screening import Screening
from storage.runtime.engine import Database


@dataclass(slots=True)
class Listening:
    """Where this process serves HTTP: `address` such as http://127.0.0.1:8080, empty until it does."""

    address: str = ""


@dataclass(frozen=True, slots=True)
class Parts:
    """What every process has."""

    settings: Settings
    clock: Clock
    db: Database
    in_force: PoliciesInForce
    bells: Bells = field(default_factory=Bells, kw_only=True)
    listening: Listening = field(default_factory=Listening, kw_only=True)
    # What agents are asked about before it leaves: duebot's phrases, and the wallet's own beside them.
    forbidden: ForbiddenPhrases = field(default_factory=shipped_words, kw_only=True)

    @property
    def desk_has_work(self) -> Bell:
        return self.bells.desk

    @property
    def inbox_has_work(self) -> Bell:
        return self.bells.inbox

    @property
    def web_address(self) -> str:
        """Where people reach the HTTP side, without a path: the public address, else the one at which it listens."""
        settings = self.settings
        if settings.public_url:
            return settings.public_url.rstrip("/")
        address = self.listening.address or f"http://{settings.listen}"
        return address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")

    @property
    def policies(self) -> PolicyBook:
        """The policies in force now."""
        return self.in_force.book

    @property
    def screening(self) -> Screening:
        """What agents' words are screened by now."""
        return Screening(self.policies.current, self.forbidden)


@dataclass(frozen=True, slots=True, kw_only=True)
class BotParts(Parts):
    """What a process that speaks with people has in addition: all roles except the web's."""

    channel: TelegramChannel
    channels: Mapping[str, Channel]  # the channels that are set up for customers; Telegram is one of them
    groups: AgentGroups | None  # the agents' groups; None if none is set, or if this process does not serve them
    replies: ReplyBook  # canned replies for agents
    phrases: PhraseBook  # by which customers' own words are understood
    lessons: Lessons  # what /learn offers, and whose hints reminders end with
    worker: str  # the name of this process in claims

    @property
    def bot_username(self) -> str:
        """Without '@'; known after the program has started."""
        return self.channel.username
