"""What agents and supervisors can do, for themselves: in private and in their group."""

from __future__ import annotations

from bot.message import Message
from bot.rules.cases.who_may import SUPERVISOR
from bot.views.lines import clipped
from bot.views.menu import agent_command_list
from locales import Translator, escape

FOR_SUPERVISORS = ("stats", "bulk")


def welcome(t: Translator, name: str, brand: str, role: str) -> Message:
    """An agent pressed Start: who they are here, and where their work is."""
    about = {"name": clipped(name, 60), "brand": clipped(brand, 60)}
    parts = (
        t("Hello {name}, you’re a supervisor at {brand}’s desk.", **about)
        if role == SUPERVISOR
        else t("Hello {name}, you’re an agent at {brand}’s desk.", **about),
        _where(t),
        _private(t, role),
    )
    return Message("\n\n".join(part for part in parts if part))


def help_in_private(t: Translator, role: str) -> Message:
    """What the bot does for them in private."""
    parts = (
        _where(t),
        _private(t, role),
        t("In the group, /help lists all commands."),
    )
    return Message("\n\n".join(part for part in parts if part))


def for_the_group(t: Translator, command: str) -> Message:
    """An agent wrote in private what works in their group only."""
    return Message(t("{command} works in the agents’ group: write it there.", command=f"/{command}"))


def _where(t: Translator) -> str:
    return t(
        "I’ll write to you here when something needs you. The work itself is in the agents’ group: /next takes a case."
    )


def _private(t: Translator, role: str) -> str:
    console = t("The same work in your browser, with search: /console")
    figures = t("Here you can ask for the desk’s figures: /stats")
    return f"{console}\n{figures}" if role == SUPERVISOR else console


def help_in_group(t: Translator, role: str) -> Message:
    """The commands that they may use, and how a case is talked in."""
    known = [(name, does) for name, does in agent_command_list(t) if role == SUPERVISOR or name not in FOR_SUPERVISORS]
    parts = (
        t("Each case has a topic. What you write there goes to the customer, and their answers come back."),
        "\n".join(f"/{name} – {escape(does)}" for name, does in known),
    )
    return Message("\n\n".join(parts))
