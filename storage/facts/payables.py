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
    found, given, dialect = Payables(), ids_of(conn, instalment_ids), conn.dialect.name
    groups: Sequence[Any] = (await conn.execute(_payables(dialect), given)).all()
    for ids, words, currency, has_payments, *times in groups:
        found.add(ids.split(SEPARATOR), words.split(SEPARATOR), currency, Alike(bool(has_payments), tuple(times)))
    if dialect == "postgresql":
        paid_singly: Sequence[str] = (await conn.execute(_paid_singly(), given)).scalars().all()
        found.alike.update({id_: Alike(True, found.alike[id_].times) for id_ in paid_singly})
    return found


@prepared
def _payables(dialect: str) -> Select[*tuple[Any, ...]]:
    """One row for all instalments that are alike in everything but the wallet's word: an import makes thousands of
    such."""
    id_, word = instalments.c.instalment_id, cast(instalments.c.amount_paid, Text)
    has_payments = instalments.c.paid != instalments.c.amount_paid
    of_word = (instalments.c.amount_paid_at, instalments.c.amount_paid_as_of, instalments.c.amount_paid_is_first)
    if dialect == "postgresql":
        return _by_account(id_, word, has_payments, *of_word)
    paid_singly = exists().where(payments.c.instalment_id == instalments.c.instalment_id)
    each = (
        select(id_, word, accounts.c.currency, or_(has_payments, paid_singly), *of_word)
        .join_from(instalments, accounts)
        .where(among(dialect, instalments.c.instalment_id))
        .subquery()
    )
    return _grouped(*each.c)


def _by_account(
    id_: ColumnElement[str], word: ColumnElement[str], *alike: ColumnElement[Any]
) -> Select[*tuple[Any, ...]]:
    """The same for PostgreSQL, which would read all accounts to join them, and all payments to know of which
    instalments there are some, in each batch again. So it looks up the account of several instalments once, and which
    of them have payments is a statement of its own."""
    of_account = _grouped(id_, word, instalments.c.account_id, *alike).where(among("postgresql", id_)).subquery()
    ids, words, account_id, *times = of_account.c
    currency = select(accounts.c.currency).where(accounts.c.account_id == account_id).scalar_subquery()
    each = select(ids, words, currency.label("currency"), *times).subquery()
    return _grouped(*each.c)


def _grouped(
    ids: ColumnElement[str], words: ColumnElement[str], *alike: ColumnElement[Any]
) -> Select[*tuple[Any, ...]]:
    of_each: list[ColumnElement[Any]] = [aggregate_strings(column, SEPARATOR) for column in (ids, words)]
    return select(*of_each, *alike).group_by(*alike)


@prepared
def _paid_singly() -> Select[*tuple[Any, ...]]:
    """Those of the instalments that have payments."""
    return select(payments.c.instalment_id).where(among("postgresql", payments.c.instalment_id)).distinct()
