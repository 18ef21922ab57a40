"""What people can say, in one list. Each handler reads the update, calls work, and answers with a view."""

from __future__ import annotations

from telegram.ext import BaseHandler

from bot.work.topics.agent_groups import AgentGroups
from handlers import agent, customer
from handlers.context import Context
from handlers.registry import load

load("handlers.agent", agent.__path__)
load("handlers.customer", customer.__path__)


def all_handlers(groups: AgentGroups | None) -> list[BaseHandler[object, Context, None]]:
    """Every handler; at most one of them takes an update, and their order does not matter but for the catch-alls,
    which are last in each of the two lists."""
    return [*agent.agent_handlers(groups), *customer.customer_handlers(groups)]
