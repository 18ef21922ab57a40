"""The audit log: what was done in cases, what happened to customers' links, who was in the console, and which policies
were proposed and decided there, what happened to agents' passkeys, which files were imported, what was done about
agents, auditors, keys and hooks, when agents were away, and who set what they may take.

Each source has its own numbers, which grow with time; a page goes on after a number of each (`Positions`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from bot.rules.cases.agent_limits import CHANGES, Limits
from bot.rules.cases.event_codec import EVENTS, BareEvent, Event

Source = Literal["case", "link", "console", "policy", "passkey", "import", "operation", "agent"]
SOURCES: tuple[Source, ...] = get_args(Source)
SIGNED_IN = "signed_in"
PASSKEYS = ("added", "removed", "refused")
IMPORTED = "imported"
OperationKind = Literal[
    "agent_added",
    "agent_changed",
    "agent_removed",
    "shifts_set",
    "absence_set",
    "absences_dropped",
    "auditor_added",
    "auditor_removed",
    "key_made",
    "key_revoked",
    "hook_added",
    "hook_changed",
    "hook_removed",
    "hook_replayed",
    "hook_rotated",
    "rows_opened",
    "rows_downloaded",
    "log_downloaded",
]
PROPOSALS = ("open", "approved", "refused", "withdrawn")
LINK_KINDS = (
    *("moved", "taken_over", "by_number", "again", "not_me", "taken_back", "unlinked", "wrong_person", "restored"),
    "disputed",
)
HOUSEKEEPING = tuple(kind for kind, event in EVENTS.items() if event.housekeeping)
KINDS: Mapping[Source, tuple[str, ...]] = {
    "case": tuple(sorted(set(EVENTS) - set(HOUSEKEEPING))),
    "link": tuple(sorted(LINK_KINDS)),
    "console": (SIGNED_IN,),
    "policy": PROPOSALS,
    "passkey": PASSKEYS,
    "import": (IMPORTED,),
    "operation": get_args(OperationKind),
    "agent": CHANGES,
}
"""What may be searched for, by source."""

MOST_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. Of a case there is its `event`; of a link the account that had or has it, the other
    account or customer; of the console when and why the session ended, and the passkey that opened it; of a policy its
    version, who decided when, and why; of a passkey its name, whose it is, and whether they did it themselves
    (`is_own`). `actor` is the agent's name, or the proposer's; empty: an operator's. `subject` is the file of an import
    (with its `counts` of rows read and refused, and its error as `detail`), or whom or what an operation was about. Of
    an agent it says whose change it was, and the `limits`."""

    source: Source
    number: int
    at: datetime
    kind: str
    actor_id: int | None = None
    actor: str = ""
    case_id: int | None = None
    customer_id: str = ""
    event: Event | BareEvent | None = None
    account: int | None = None
    other_account: int | None = None
    other_customer_id: str = ""
    ended_at: datetime | None = None
    ended_why: str = ""
    version: str = ""
    decider: str = ""
    why: str = ""
    passkey: str = ""
    whose: str = ""
    is_own: bool = False
    subject: str = ""
    detail: str = ""
    counts: tuple[int, int] = (0, 0)
    limits: Limits | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """Which entries; what is None or empty does not matter. `since` is inclusive, `before` is not."""

    actor_id: int | None = None
    case_id: int | None = None
    customer_id: str = ""
    kind: tuple[Source, str] | None = None
    since: datetime | None = None
    before: datetime | None = None

    def looks_into(self, source: Source) -> bool:
        """Whether anything of this source can be meant."""
        if self.kind is not None and self.kind[0] != source:
            return False
        if source == "link":
            return self.actor_id is None and self.case_id is None
        return source == "case" or (self.case_id is None and not self.customer_id)


Positions = Mapping[Source, int]
"""The last number that was shown of each source; a source is left out if nothing of it was shown."""


def written(positions: Positions) -> str:
    """Positions as a part of an address."""
    return "_".join(str(positions.get(source, "")) for source in SOURCES)


def read_positions(text: str) -> Positions | None:
    """Positions from an address; None if they are not ours."""
    parts = text.split("_")
    if len(parts) != len(SOURCES):
        return None
    found: dict[Source, int] = {}
    for source, part in zip(SOURCES, parts, strict=True):
        if part and not (part.isascii() and part.isdigit() and len(part) <= 19 and int(part) <= MOST_NUMBER):
            return None
        if part:
            found[source] = int(part)
    return found


def parse_kind(text: str) -> tuple[Source, str] | None:
    """`case:claimed`; None if there is no such kind."""
    given, _, kind = text.partition(":")
    for source, kinds in KINDS.items():
        if source == given and kind in kinds:
            return source, kind
    return None
