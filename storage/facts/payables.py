"""What payments need to know of their instalments, for a whole batch of an import."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import repeat
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Text, cast, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.functions import aggregate_strings

from storage.facts.import_writing import SEPARATOR, among, ids_of
from storage.runtime.prepared import prepared
from storage.schema import accounts, instalments, payments

Times = tuple[datetime, datetime | None, bool]
"""Of what the wallet said is paid of an instalment: `amount_paid_at`, `amount_paid_as_of`, and whether it said so with
the instalment itself."""


class Alike(NamedTuple):
    """What most instalments of a batch have alike: the times of the wallet's word on what is paid, and whether this
    word is not all, because a payment is known."""

    has_payments: bool
    times: Times


class Payable(NamedTuple):
    """What is needed of an instalment to store a payment for it: the currency; what the wallet said is paid (minor
    units), and what it has alike with others."""

    currency: str
    amount_paid: int
    alike: Alike


@dataclass(frozen=True, slots=True)
class Payables(Mapping[str, Payable]):
    """The payables of some instalments, by instalment id. Each of their parts is there by itself, too."""

    currencies: dict[str, str] = field(default_factory=dict)
    words: dict[str, int] = field(default_factory=dict)
    alike: dict[str, Alike] = field(default_factory=dict)

    def __getitem__(self, id_: str) -> Payable:
        return Payable(self.currencies[id_], self.words[id_], self.alike[id_])

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __len__(self) -> int:
        return len(self.words)

    def add(self, ids: Sequence[str], words: Sequence[str], currency: str, alike: Alike) -> None:
        self.currencies.update(zip(ids, repeat(currency)))
        self.words.update(zip(ids, map(int, words), strict=True))
        self.alike.update(zip(ids, repeat(alike)))


async def payables(conn: AsyncConnection, instalment_ids: Sequence[str]) -> Payables:
    """Those of these instalments that exist."""
    found = Payables()
    groups: Sequence[Any] = (await conn.execute(_payables(conn.dialect.name), ids_of(conn, instalment_ids))).all()
    for ids, words, currency, has_payments, *times in groups:
        found.add(ids.split(SEPARATOR), words.split(SEPARATOR), currency, Alike(bool(has_payments), tuple(times)))
    return found


@prepared
def _payables(dialect: str) -> Select[*tuple[Any, ...]]:
    """One row for all instalments that are alike in everything but the wallet's word: an import makes thousands of
    such."""
    paid_singly = exists().where(payments.c.instalment_id == instalments.c.instalment_id)
    has_payments = or_(instalments.c.paid != instalments.c.amount_paid, paid_singly).label("has_payments")
    of_word = (instalments.c.amount_paid_at, instalments.c.amount_paid_as_of, instalments.c.amount_paid_is_first)
    each = (
        select(instalments.c.instalment_id, instalments.c.amount_paid, accounts.c.currency, has_payments, *of_word)
        .join_from(instalments, accounts)
        .where(among(dialect, instalments.c.instalment_id))
        .subquery()
    )
    id_, word, *alike = each.c
    of_each: list[ColumnElement[Any]] = [aggregate_strings(column, SEPARATOR) for column in (id_, cast(word, Text))]
    return select(*of_each, *alike).group_by(*alike)
