"""The menu: the commands by name, the buttons below most messages, and plain words that do the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from bot.message import Button, Message
from locales import Translator, escape
from locales.languages import SPOKEN

Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Command:
    """Something a customer can ask for by `/name`, by a button, and by plain words in each language. `does` is its text
    in the menu and in /help, `label` its button's text."""

    name: str
    does: Callable[[Translator], str]
    label: Callable[[Translator], str]

    def button(self, t: Translator) -> Button:
        return Button(self.label(t), self.name)


COMMANDS = (
    Command("balance", lambda t: t.plain("Your balance and what is due"), lambda t: t.plain("Balance")),
    Command("due", lambda t: t.plain("Your due dates"), lambda t: t.plain("Due dates")),
    Command("pay", lambda t: t.plain("Ways to pay"), lambda t: t.plain("Pay")),
    Command("promise", lambda t: t.plain("Choose a day to pay by"), lambda t: t.plain("Choose a day to pay")),
    Command("plan", lambda t: t.plain("Your plan to pay in parts"), lambda t: t.plain("Pay in parts")),
    Command("dispute", lambda t: t.plain("Say that something isn’t right"), lambda t: t.plain("Something’s not right")),
    Command("agent", lambda t: t.plain("Talk to a person"), lambda t: t.plain("Talk to a person")),
    Command("calendar", lambda t: t.plain("Your due dates as a calendar"), lambda t: t.plain("Calendar")),
    Command("fees", lambda t: t.plain("What being late costs"), lambda t: t.plain("Late fees")),
    Command("learn", lambda t: t.plain("Good to know about money"), lambda t: t.plain("Good to know")),
    Command("genuine", lambda t: t.plain("Is this really us?"), lambda t: t.plain("Is this really you?")),
    Command("history", lambda t: t.plain("What was sent and answered"), lambda t: t.plain("Our contact so far")),
    Command("policy", lambda t: t.plain("When I write, and what being late costs"), lambda t: t.plain("Our rules")),
    Command("settings", lambda t: t.plain("Your settings"), lambda t: t.plain("Settings")),
    Command("language", lambda t: t.plain("Change the language"), lambda t: t.plain("Language")),
    Command("privacy", lambda t: t.plain("What I keep, and how to be forgotten"), lambda t: t.plain("Privacy")),
    Command("cancel", lambda t: t.plain("Leave the questions I’m asking"), lambda t: t.plain("Never mind")),
    Command("help", lambda t: t.plain("What I can do"), lambda t: t.plain("Help")),
    Command("stop", lambda t: t.plain("Turn reminders off"), lambda t: t.plain("Turn reminders off")),
)
"""In the order of /help. A command is registered here, in one line; `/start` is not, Telegram offers that itself."""

BY_NAME = {command.name: command for command in COMMANDS}


IN_MENU = ("balance", "due", "pay", "promise", "agent", "settings", "help")
"""The commands that Telegram's menu shows, a screenful; /help tells of all of them."""


def command_list(t: Translator) -> tuple[tuple[str, str], ...]:
    """A customer's menu of commands in Telegram."""
    return tuple((name, BY_NAME[name].does(t)) for name in IN_MENU)


def all_commands(t: Translator) -> tuple[tuple[str, str], ...]:
    """Every command of a customer's."""
    return tuple((command.name, command.does(t)) for command in COMMANDS)


def agent_command_list(t: Translator) -> tuple[tuple[str, str], ...]:
    """The menu in the agents' group."""
    return (
        ("queue", t.plain("What is waiting, most urgent first")),
        ("next", t.plain("Take the most urgent case")),
        ("take", t.plain("Take this case, or one by its number")),
        ("open", t.plain("Look at a waiting case by its number")),
        ("note", t.plain("Write a note that stays inside")),
        ("say", t.plain("Send a ready reply")),
        ("later", t.plain("Send a text later, or see what waits")),
        ("anyway", t.plain("Send what I asked about, with a reason")),
        ("release", t.plain("Return this case to the queue")),
        ("transfer", t.plain("Give this case to a colleague")),
        ("snooze", t.plain("Let this case rest until a day")),
        ("away", t.plain("Get no cases, now or on some days")),
        ("back", t.plain("Get cases again")),
        ("shift", t.plain("When you are there in the week")),
        ("promise", t.plain("Note what the customer will pay by when")),
        ("plan", t.plain("Propose a plan of several parts")),
        ("hold", t.plain("Let reminders rest for some days")),
        ("dispute", t.plain("Note that an instalment is not right")),
        ("done", t.plain("Close this case with an outcome")),
        ("reveal", t.plain("Phone and e-mail, to you in private")),
        ("calling", t.plain("Tell their chat that you are calling now")),
        ("genuine", t.plain("The code by which they know it’s you")),
        ("call", t.plain("Note the result of a call")),
        ("help", t.plain("What you can do here")),
        ("console", t.plain("All this in your browser (say it in private)")),
        ("day", t.plain("Your day, line by line (say it in private)")),
        ("stats", t.plain("The desk’s figures (supervisors)")),
        ("bulk", t.plain("Move or hold many cases (supervisors)")),
        ("reassign", t.plain("An absent agent’s cases to others (supervisors)")),
    )


def button(t: Translator, name: str) -> Button:
    """The button of a command."""
    return BY_NAME[name].button(t)


def menu_buttons(t: Translator) -> Rows:
    """The rows that most messages to a customer end with."""
    return _rows(t, ("balance", "due"), ("agent",), ("language", "help"))


CARD = "ways:card"
"""The action of a button that shows how things are today, in place of what was there."""


def with_way_back(t: Translator, message: Message) -> Message:
    """A message that takes the place of another, with a button back to today's card. What has no buttons is the end of
    something, and what has the menu needs no other way."""
    shown = {button.action for row in message.buttons for button in row}
    if not shown or shown & {CARD, "balance"}:
        return message
    return replace(message, buttons=(*message.buttons, (Button(t.plain("Back"), CARD),)))


def ways_out(t: Translator) -> Rows:
    """The buttons for what can be done about something due."""
    return _rows(t, ("pay", "promise"), ("dispute",))


@cache  # most messages end with the same ones
def _rows(t: Translator, *rows: tuple[str, ...]) -> Rows:
    return tuple(tuple(button(t, name) for name in row) for row in rows)


def _other_commands(t: Translator, shown: Rows) -> Rows:
    """The buttons of the commands that are not in these rows, two per row; the first one alone if their number is
    odd."""
    there = {button.action for row in shown for button in row}
    others = tuple(command.name for command in COMMANDS if command.name not in there)
    odd = len(others) % 2
    pairs = (others[at : at + 2] for at in range(odd, len(others), 2))
    return _rows(t, *((others[:1],) if odd else ()), *pairs)


def help_message(t: Translator, brand: str) -> Message:
    """What the bot is for and how to use it: every command, also as a button."""
    commands = "\n".join(f"/{name} – {escape(text)}" for name, text in all_commands(t))
    parts = (
        t(
            "I let you know before payments to {brand} are due, and I can bring in a person whenever you’d like one.",
            brand=brand,
        ),
        commands,
        t("You can also use the buttons below, or just type a word like “balance”."),
        t("I’m an automated assistant. When a person joins this chat, you’ll be told."),
    )
    rows = (*menu_buttons(t), *ways_out(t))
    return Message("\n\n".join(parts), (*rows, *_other_commands(t, rows)))


def action_words() -> dict[str, str]:
    """Plain words in lower case, and the action of each: for people who do not use commands."""
    return {word: action for spoken in SPOKEN.values() for action, words in spoken.words.items() for word in words}
