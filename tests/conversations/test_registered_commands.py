"""A command is registered once, and everything that needs it has it: the menu, the handlers, the words, the
documents."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from bot.rules.customers.intents import Intent
from bot.views.cases.presses import press_words
from bot.views.customers.understanding import intent_button
from bot.views.menu import BY_NAME, action_words, agent_command_list
from bot.work.topics.agent_groups import AgentGroups
from handlers import agent, all_handlers, customer
from handlers.registry import AGENTS, CUSTOMERS
from locales import LANGUAGES, translator
from locales.languages import SPOKEN

AGENT_COMMANDS = {name for name, _ in agent_command_list(translator("en"))}


def test_what_the_menus_offer_can_be_said_and_the_other_way_round() -> None:
    assert set(CUSTOMERS.commands) == {*BY_NAME, "start"}
    assert set(AGENTS.commands) == AGENT_COMMANDS


def test_a_command_does_the_same_as_its_button() -> None:
    assert {name: CUSTOMERS.presses[name] for name in BY_NAME} == {
        name: do for name, do in CUSTOMERS.commands.items() if name != "start"
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_plain_words_mean_what_can_be_pressed(language: str) -> None:
    assert set(action_words().values()) <= set(CUSTOMERS.presses)
    assert BY_NAME.keys() <= SPOKEN[language].words.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_command_has_a_button_whose_label_is_one_of_its_words(language: str) -> None:
    t = translator(language)
    for name, command in BY_NAME.items():
        assert action_words()[command.label(t).casefold()] == name
        assert press_words(t, name) == command.label(t)


def test_whatever_a_customer_can_mean_is_done() -> None:
    assert set(CUSTOMERS.intents) == set(Intent) - {Intent.NONE}


def test_did_you_mean_offers_only_what_can_be_pressed() -> None:
    asked = {intent: intent_button(translator("en"), intent) for intent in Intent}
    assert {button.action for button in asked.values() if button is not None} <= set(CUSTOMERS.presses)


MODULES = [
    f"{package.__name__}.{module.name}" for package in (agent, customer) for module in iter_modules(package.__path__)
]


@pytest.mark.parametrize("name", MODULES)
def test_every_handler_is_reached_by_something(name: str) -> None:
    """By what it is registered for, or by its own place in the list of handlers."""
    registered = {
        do
        for registry in (CUSTOMERS, AGENTS)
        for do in (*registry.commands.values(), *registry.presses.values(), *registry.intents.values())
    }
    groups = AgentGroups((-100,), lambda chat_id: None)  # type: ignore[arg-type,return-value]
    listed = {handler.callback for handler in all_handlers(groups)}
    for public, value in vars(import_module(name)).items():
        if getattr(value, "__qualname__", "").endswith(".<locals>.handle"):
            assert value in registered | listed, f"nothing leads to {name}.{public}"


def test_people_can_read_of_each_of_their_commands() -> None:
    assert not {name for name in AGENT_COMMANDS if not re.search(rf"/{name}\b", read("docs/desk.md"))}
    assert not {name for name in BY_NAME if not re.search(rf"/{name}\b", read("README.md"))}


def read(name: str) -> str:
    return (Path(__file__).parents[2] / name).read_text("utf-8")
