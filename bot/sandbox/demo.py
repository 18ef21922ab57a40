"""What the demo adds to the page: a time bar, a guide to follow, the wallet's side as buttons, its page to pay at, and
the events that another system of the wallet gets.

Only the data types; the caller of the demo provides what each of them does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

MOST_TOLD = 50  # events that are shown
Text = str | Mapping[str, str]  # the same in every language, or one for each of the page's languages, "en" and "zh"


@dataclass(frozen=True, slots=True)
class Action:
    """Something that happens on the wallet's side, such as a payment; a text it returns is shown to the reader."""

    label: Text
    run: Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Point:
    """What a step of the guide asks to press. `pane` is where it is, by test id (`phone-1001`, `group`), empty: above
    the chats. In it one of: `control`, a test id; `button`, the text of a button under a message; `write`, words to
    send, also where there is no such button. `topic` is where in a group: a topic's number, or None for General."""

    pane: str = ""
    control: str = ""
    button: str = ""
    write: Text = ""
    topic: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the guide. `done` says from what has happened whether it was taken; `point`, what to press next."""

    text: Text
    done: Callable[[], bool]
    point: Callable[[], Point | None] = lambda: None


class Guide:
    """The steps in their order. A step that was taken once stays taken, whatever happens later."""

    def __init__(self, steps: Sequence[Step] = ()) -> None:
        self.steps = tuple(steps)
        self._done: set[int] = set()

    def done(self) -> list[bool]:
        """Which steps have been taken by now."""
        self._done |= {number for number, step in enumerate(self.steps) if number not in self._done and step.done()}
        return [number in self._done for number in range(len(self.steps))]


@dataclass(frozen=True, slots=True)
class Bill:
    """An instalment as the wallet's page shows it; amounts in the currency's own unit."""

    product: str
    currency: str
    due: date
    amount: Decimal
    left: Decimal
    language: str


async def _nobody_pays(_bill_id: str, _amount: Decimal) -> None:
    raise LookupError("this wallet has no page to pay at")


@dataclass(frozen=True, slots=True)
class Till:
    """The wallet's page to pay at. Links that begin with `address` lead to it, and end with a bill's id. `pay` raises
    ValueError, with the reason, if that amount cannot be paid."""

    address: str = ""
    bill: Callable[[str], Bill | None] = lambda _bill_id: None
    pay: Callable[[str, Decimal], Awaitable[None]] = _nobody_pays


@dataclass(frozen=True, slots=True)
class Told:
    """An event that was received, and what it says."""

    event_id: str
    kind: str
    at: datetime
    says: Mapping[str, object]


class ToldEvents:
    """A receiver of events. `reads` gives what a request (its headers by names in small letters, and its body) tells,
    or None if it is not signed as agreed."""

    def __init__(self, reads: Callable[[Mapping[str, str], bytes], Told | None]) -> None:
        self._reads = reads
        self._told: dict[str, Told] = {}

    def take(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether it is signed as agreed. One that came before is not told twice."""
        told = self._reads(headers, body)
        if told is not None:
            self._told.setdefault(told.event_id, told)
            self._told = dict(list(self._told.items())[-MOST_TOLD:])
        return told is not None

    def latest(self) -> list[Told]:
        """The last ones, the newest first."""
        return list(self._told.values())[::-1]


@dataclass(frozen=True, slots=True)
class Demo:
    """`move` moves the program's clock and returns when everything due by then is done; `restart` begins the whole demo
    again, under the same address; `console` gives a one-time link into the desk's console for an agent, by their number
    (0: the first one); empty for others."""

    move: Callable[[timedelta], Awaitable[object]]
    guide: Guide = field(default_factory=Guide)
    actions: Sequence[Action] = ()
    till: Till = field(default_factory=Till)
    restart: Callable[[], object] | None = None
    console: Callable[[int], Awaitable[str]] | None = None
    told: ToldEvents | None = None
