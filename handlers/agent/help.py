"""`/help` in the agents' group."""

from __future__ import annotations

from bot.views.cases.desk_help import help_in_group
from handlers.agent.permissions import Act, for_agents
from handlers.registry import agent_command


@agent_command("help")
@for_agents
async def show_help(act: Act) -> None:
    await act.answer(help_in_group(act.t, act.agent.role))
