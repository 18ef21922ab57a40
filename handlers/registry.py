"""Where a handler says which command or button it is for: by a decorator, and nowhere else.

`bot.views.menu` has the texts of commands for Telegram's menu and `/help`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import TypeVar

from telegram import Update

from bot.rules.customers.intents import Intent
from handlers.context import Context

Handler = Callable[[Update, Context], Coroutine[object, object, None]]
Name = TypeVar("Name", bound=str)


@dataclass(frozen=True, slots=True)
class Registry:
    """What one kind of people can say and press. `presses` are keyed by the pattern for a button's whole data; `noted`
    are the names whose use is reported to the agent who talks with the customer; `intents` are what their own sentences
    mean."""

    commands: dict[str, Handler] = field(default_factory=dict)
    presses: dict[str, Handler] = field(default_factory=dict)
    noted: set[str] = field(default_factory=set)
    intents: dict[Intent, Handler] = field(default_factory=dict)

    def command(self, name: str) -> Callable[[Handler], Handler]:
        """`/name`."""

        def register(do: Handler) -> Handler:
            return _put(self.commands, name, do)

        return register

    def press(self, pattern: str, *, noted: bool = False) -> Callable[[Handler], Handler]:
        """A button whose data matches the pattern. If that is a plain name, the plain words for it in each language
        work too."""

        def register(do: Handler) -> Handler:
            if noted:
                self.noted.add(pattern)
            return _put(self.presses, pattern, do)

        return register

    def intent(self, *meant: Intent) -> Callable[[Handler], Handler]:
        """What is meant by a sentence of the customer's own."""

        def register(do: Handler) -> Handler:
            for intent in meant:
                _put(self.intents, intent, do)
            return do

        return register


def _put(registered: dict[Name, Handler], name: Name, do: Handler) -> Handler:
    if name in registered:
        raise ValueError(f"two handlers are registered for {name!r}")
    registered[name] = do
    return do


CUSTOMERS = Registry()
AGENTS = Registry()

agent_command = AGENTS.command
agent_press = AGENTS.press
customer_press = CUSTOMERS.press
customer_intent = CUSTOMERS.intent


def customer_command(name: str, *, noted: bool = True) -> Callable[[Handler], Handler]:
    """`/name`, the button with this name as its data, and the plain words for it. Its use is `noted`, unless its result
    is told in the topic anyway."""

    def register(do: Handler) -> Handler:
        return CUSTOMERS.press(name, noted=noted)(CUSTOMERS.command(name)(do))

    return register


def load(package: str, folder: Iterable[str]) -> None:
    """Imports every module of a package, so that all handlers are registered."""
    for module in iter_modules(folder):
        import_module(f"{package}.{module.name}")
