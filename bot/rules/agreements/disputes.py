"""When an instalment is disputed: the wallet says so, or the customer (or an agent for them) disputed it and the
dispute is in force. A hold for another reason, or for all debts of a customer, is not a dispute.

`storage.agreements.holds.is_disputed` is the same for sets; a test keeps the two equal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Literal, Protocol, get_args

from bot.rules.facts.customer_facts import Instalment

DISPUTE = "dispute"  # the kind of such a hold
Why = Literal["paid", "amount", "unknown", "date", "other"]
WHY: tuple[Why, ...] = get_args(Why)
"""What a customer can say is wrong: it is paid, the amount, they do not know it, the day, or something else."""


class InForce(Protocol):
    """A hold in force, with the attributes needed here."""

    @property
    def kind(self) -> str: ...
    @property
    def instalment_id(self) -> str | None: ...
    @property
    def until(self) -> date: ...


def disputes_of(holds: Iterable[InForce]) -> Mapping[str, date]:
    """The instalments that the customer disputes, each with the last day of its hold."""
    return {hold.instalment_id: hold.until for hold in holds if hold.kind == DISPUTE and hold.instalment_id}


def is_disputed(instalment: Instalment, disputes: Collection[str]) -> bool:
    """Whether the wallet or the customer (`disputes`, by id) says that this instalment is wrong."""
    return instalment.status == "disputed" or instalment.instalment_id in disputes
