"""Everything people can say to the bot, in one list. Each handler reads the update, calls work, and answers with a
view.
"""

from __future__ import annotations

from telegram import Update
from telegram.ext import BaseHandler

from bot.work.topics.agent_groups import AgentGroups
from handlers import agent, customer
from handlers.context import Context
from handlers.registry import load

load("handlers.agent", agent.__path__)
load("handlers.customer", customer.__path__)


def all_handlers(groups: AgentGroups | None) -> list[BaseHandler[Update, Context, None]]:
    """Every handler. At most one of them takes an update. Their order does not matter, except for the catch-all
    handlers, which come last in each of the two lists."""
    return [*agent.agent_handlers(groups), *customer.customer_handlers(groups)]
