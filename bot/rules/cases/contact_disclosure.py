"""What an agent is shown of a customer's phone and e-mail, and what they write down of a call."""

from __future__ import annotations

from dataclasses import dataclass

from bot.rules.cases.call_limits import Allowed, Result, TooMany


@dataclass(frozen=True, slots=True)
class Contact:
    """How a customer in this time zone can be reached. `phone` is None if there is none, if it is withheld (`call` says
    until when), or if it is `wrong`: somebody else's."""

    phone: str | None
    email: str | None
    call: Allowed | TooMany
    zone: str
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class CallReport:
    """What came of a call, with a note (empty without one). A call is written down once for each `reference`."""

    result: Result
    note: str
    reference: str
