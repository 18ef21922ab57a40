"""The menu: the commands by name, the buttons under most messages, and the plain words that do the same."""

from __future__ import annotations

from bot.message import Button, Message
from locales import Translator, escape
from locales.languages import SPOKEN

Rows = tuple[tuple[Button, ...], ...]


def command_list(t: Translator) -> tuple[tuple[str, str], ...]:
    """What a customer's menu of commands shows; `/start` is not in it, Telegram offers that by itself."""
    return (
        ("balance", t.plain("Your balance and what is due")),
        ("due", t.plain("Your due dates")),
        ("pay", t.plain("Ways to pay")),
        ("promise", t.plain("Choose a day to pay by")),
        ("plan", t.plain("Your plan to pay in parts")),
        ("dispute", t.plain("Say that something isn’t right")),
        ("agent", t.plain("Talk to a person")),
        ("policy", t.plain("When I write, and what being late costs")),
        ("settings", t.plain("Your settings")),
        ("language", t.plain("Change the language")),
        ("privacy", t.plain("What I keep, and how to be forgotten")),
        ("help", t.plain("What I can do")),
        ("stop", t.plain("Turn reminders off")),
    )


def agent_command_list(t: Translator) -> tuple[tuple[str, str], ...]:
    """What the menu in the agents' group shows."""
    return (
        ("queue", t.plain("What is waiting, most urgent first")),
        ("next", t.plain("Take the most urgent case")),
        ("take", t.plain("Take this case")),
        ("note", t.plain("Write a note that stays inside")),
        ("say", t.plain("Send a ready reply")),
        ("release", t.plain("Return this case to the queue")),
        ("transfer", t.plain("Give this case to a colleague")),
        ("snooze", t.plain("Let this case rest until a day")),
        ("away", t.plain("Get no cases for a while")),
        ("back", t.plain("Get cases again")),
        ("promise", t.plain("Note what the customer will pay by when")),
        ("plan", t.plain("Propose a plan of several parts")),
        ("hold", t.plain("Let reminders rest for some days")),
        ("dispute", t.plain("Note that an instalment is not right")),
        ("done", t.plain("Close this case with an outcome")),
        ("reveal", t.plain("Phone and e-mail, to you in private")),
        ("call", t.plain("Note what came of a call")),
        ("stats", t.plain("The desk’s figures (supervisors)")),
        ("bulk", t.plain("Move or hold many cases (supervisors)")),
    )


def menu_buttons(t: Translator) -> Rows:
    """The rows that most messages to a customer end with."""
    return (
        (Button(t.plain("Balance"), "balance"), Button(t.plain("Due dates"), "due")),
        (person_button(t),),
        (Button(t.plain("Language"), "language"), Button(t.plain("Help"), "help")),
    )


def ways_out(t: Translator) -> Rows:
    """What can be done about something that is due."""
    return ((Button(t.plain("Pay"), "pay"), promise_button(t)), (dispute_button(t),))


def promise_button(t: Translator) -> Button:
    return Button(t.plain("Choose a day to pay"), "promise")


def plan_button(t: Translator) -> Button:
    return Button(t.plain("Pay in parts"), "plan")


def dispute_button(t: Translator) -> Button:
    return Button(t.plain("Something’s not right"), "dispute")


def person_button(t: Translator) -> Button:
    return Button(t.plain("Talk to a person"), "agent")


def settings_button(t: Translator) -> Button:
    return Button(t.plain("Settings"), "settings")


def privacy_button(t: Translator) -> Button:
    return Button(t.plain("Privacy"), "privacy")


def help_message(t: Translator, brand: str) -> Message:
    """What the bot is for and how to use it: every command, also as a button."""
    commands = "\n".join(f"/{name} – {escape(text)}" for name, text in command_list(t))
    parts = (
        t(
            "I let you know before payments to {brand} are due, and I can bring in a person whenever you’d like one.",
            brand=brand,
        ),
        commands,
        t("You can also use the buttons below, or just type a word like “balance”."),
        t("I’m an automated assistant. When a person joins this chat, you’ll be told."),
    )
    more = (
        (plan_button(t),),
        (Button(t.plain("Our rules"), "policy"), settings_button(t)),
        (privacy_button(t), Button(t.plain("Turn reminders off"), "stop")),
    )
    return Message("\n\n".join(parts), (*menu_buttons(t), *ways_out(t), *more))


def action_words() -> dict[str, str]:
    """Plain words, lower-cased, and the action each stands for: what people type who look for no command."""
    return {word: action for spoken in SPOKEN.values() for action, words in spoken.words.items() for word in words}
