"""The state of the program, as it is shown to those who look after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.rules.operations.troubles import Trouble


@dataclass(frozen=True, slots=True)
class ChannelUse:
    """A channel that is set up: how many of its last reminders were accepted, how many refused by reason, and how many
    addresses reach nobody any more, by reason."""

    name: str
    accepted: int = 0
    refused: tuple[tuple[str, int], ...] = ()
    dead: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key of the API; that of the settings has no times. `agent`: as whom it works on cases."""

    name: str
    scopes: tuple[str, ...]
    made_at: datetime | None = None
    used_at: datetime | None = None
    agent: str = ""


@dataclass(frozen=True, slots=True)
class HookUse:
    """A hook, its address without what may be secret, and what it has not got yet."""

    hook_id: int
    address: str
    events: tuple[str, ...]
    delivered_at: datetime | None = None
    ended_at: datetime | None = None
    waiting: int = 0
    waits_since: datetime | None = None
    parked: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ProgramState:
    """`faults`: why it cannot do its work; `troubles`: what a person has to mend; `findings`: what else the doctor has
    found, as what, ok, words and how to mend it, of so many checks."""

    faults: tuple[str, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    findings: tuple[tuple[str, bool | None, str, str], ...] = ()
    checked: int = 0
    channels: tuple[ChannelUse, ...] = ()
    keys: tuple[KeyUse, ...] = ()
    hooks: tuple[HookUse, ...] = ()
