"""Where a handler says which command or button it is for: by a decorator over it, and nowhere else.

What Telegram's menu and `/help` say of a command is in `bot.views.menu`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from telegram import Update

from handlers.context import Context

Handler = Callable[[Update, Context], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Registry:
    """What one kind of people can say and press. `presses` are by the pattern that a button's whole data fits, `noted`
    the names whose use is noted for the agent who talks with the customer."""

    commands: dict[str, Handler] = field(default_factory=dict)
    presses: dict[str, Handler] = field(default_factory=dict)
    noted: set[str] = field(default_factory=set)

    def command(self, name: str) -> Callable[[Handler], Handler]:
        """`/name`."""

        def register(do: Handler) -> Handler:
            return _put(self.commands, name, do)

        return register

    def press(self, pattern: str, *, noted: bool = False) -> Callable[[Handler], Handler]:
        """A button whose data fits the pattern. Where that is a plain name, so do the plain words that each language
        has for it."""

        def register(do: Handler) -> Handler:
            if noted:
                self.noted.add(pattern)
            return _put(self.presses, pattern, do)

        return register


def _put(registered: dict[str, Handler], name: str, do: Handler) -> Handler:
    if name in registered:
        raise ValueError(f"two handlers are registered for {name!r}")
    registered[name] = do
    return do


CUSTOMERS = Registry()
AGENTS = Registry()

agent_command = AGENTS.command
agent_press = AGENTS.press
customer_press = CUSTOMERS.press


def customer_command(name: str, *, noted: bool = True) -> Callable[[Handler], Handler]:
    """`/name`, the button with this name as its data, and the plain words for it. Its use is `noted` unless what comes
    of it is said in the topic anyway."""

    def register(do: Handler) -> Handler:
        return CUSTOMERS.press(name, noted=noted)(CUSTOMERS.command(name)(do))

    return register


def load(package: str, folder: Iterable[str]) -> None:
    """Imports every module of a package, so that all that it registers is registered."""
    for module in iter_modules(folder):
        import_module(f"{package}.{module.name}")
