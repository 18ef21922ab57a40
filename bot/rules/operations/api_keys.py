"""Keys of the HTTP API: what a key may do, how one is written, and how it is kept.

A key is 256 random bits, so its SHA-256 is all that is kept: nobody can find the key from it, and none needs to be
slowed down by a password hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal, get_args

Scope = Literal["read", "facts", "desk", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
MEANINGS: dict[Scope, str] = {
    "read": "reads everything",
    "facts": "writes the wallet's facts: customers, accounts, instalments, payments",
    "desk": "works on cases as the agent whose key it is",
    "admin": "gives cases to agents, and reads who the agents are and which keys there are",
}

PREFIX = "duebot_"  # so that programs that look for secrets in code find a key that was left there
RANDOM_BYTES = 32
MOST_NAME = 64
MOST_KEY = 256  # characters: what is longer is no key, and is not hashed


class WrongKey(ValueError):
    """A key cannot be made as asked; the message says what was given and what was expected."""


def parse_scopes(text: str) -> tuple[Scope, ...]:
    """Scopes as an operator writes them, `read,facts`; in the order of `SCOPES`. Raises `WrongKey`."""
    given = {part.strip() for part in text.split(",") if part.strip()}
    if unknown := sorted(given - set(SCOPES)):
        raise WrongKey(f"--scopes: expected some of {', '.join(SCOPES)}, not {', '.join(unknown)[:80]!r}")
    if not given:
        raise WrongKey(f"--scopes: expected at least one of {', '.join(SCOPES)}")
    return tuple(scope for scope in SCOPES if scope in given)


def check_agent(scopes: Sequence[Scope], agent_id: int | None) -> None:
    """A key that works on cases belongs to one agent, and no other key does. Raises `WrongKey`."""
    if "desk" in scopes and agent_id is None:
        raise WrongKey("--agent: expected the agent's Telegram id, as whom the key works; `duebot agent list` has it")
    if agent_id is not None and "desk" not in scopes:
        raise WrongKey("--agent: expected only with the scope desk")


def check_name(name: str) -> str:
    """The name of a key, without spaces around it; raises `WrongKey`."""
    name = name.strip()
    if not 0 < len(name) <= MOST_NAME or not name.isprintable():
        raise WrongKey(f"NAME: expected 1 to {MOST_NAME} printable characters")
    return name


def digest(key: str) -> str:
    """What is kept of a key: its SHA-256 in hex."""
    return hashlib.sha256(key.encode()).hexdigest()
