"""A command is registered once: plain words and buttons do what is registered, and the menu offers nothing else."""

from __future__ import annotations

from bot.views.menu import action_words, agent_command_list, command_list
from handlers import agent
from handlers.customer.commands import COMMANDS, PRESSES
from locales import translator


def test_plain_words_mean_what_can_be_pressed() -> None:
    assert set(action_words().values()) <= set(PRESSES)


def test_the_menu_offers_what_can_be_said() -> None:
    assert {name for name, _ in command_list(translator("en"))} <= set(COMMANDS)
    assert {name for name, _ in agent_command_list(translator("en"))} <= set(agent.COMMANDS)
