"""The wallet's facts about customers, read in sets: the person, the accounts, the unsettled instalments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, Text, and_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.facts.customer_facts import Account, Customer, CustomerFacts, Instalment
from bot.rules.facts.money import Money
from bot.rules.facts.settlement import why_gone
from bot.rules.facts.wishes import NO_WISHES, Wishes, channels_of, often_of
from bot.rules.languages import first_known
from storage.facts.debts import IN_PLAN, held_by
from storage.facts.import_blocks import columns_of
from storage.runtime.direct_statements import ask
from storage.runtime.prepared import padded, prepared
from storage.schema import accounts, chats, customers, instalments, links

CHUNK = 5000  # ids in one IN list: well under SQLite's 32,766 and PostgreSQL's 32,767 parameters


async def facts_of(conn: AsyncConnection, customer_id: str) -> CustomerFacts | None:
    return (await facts_of_all(conn, [customer_id])).get(customer_id)


async def facts_of_each(conn: AsyncConnection, customer_ids: Sequence[str]) -> list[CustomerFacts | None]:
    """As `facts_of`, for each of these customers in their order."""
    found = await facts_of_all(conn, list(dict.fromkeys(customer_ids)))
    return [found.get(customer_id) for customer_id in customer_ids]


async def facts_of_all(
    conn: AsyncConnection, customer_ids: Sequence[str], about: Mapping[str, Collection[str]] | None = None
) -> dict[str, CustomerFacts]:
    """The facts about each of these customers, by id; unknown customers are left out. `about` has instalment ids by
    customer: for those that the customer no longer owes, `gone` tells why."""
    found: dict[str, CustomerFacts] = {}
    gone = await _gone(conn, about or {})
    for start in range(0, len(customer_ids), CHUNK):
        ids = customer_ids[start : start + CHUNK]
        given = {"given_customer_ids": padded(ids)}
        people, held, owed = await ask(conn, *((facts, given) for facts in _facts()))
        accounts_of, owed_of, facts_at = defaultdict(list), defaultdict(list), defaultdict(list)
        for row in held:
            accounts_of[row.customer_id].append(_account(row))
            facts_at[row.customer_id].append(row.facts_at)
        for row in owed:
            owed_of[row.customer_id].append(_instalment(row))
            facts_at[row.customer_id].append(row.facts_at)
        for row in people:
            found[row.customer_id] = CustomerFacts(
                customer=_customer(row),
                accounts=tuple(accounts_of[row.customer_id]),
                unsettled=tuple(owed_of[row.customer_id]),
                # The oldest of them, so that no fact in an answer is older than the answer says.
                facts_at=min(facts_at[row.customer_id], default=None),
                gone=gone.get(row.customer_id, {}),
            )
    return found


@prepared
def _facts() -> tuple[Select[*tuple[Any, ...]], ...]:
    """Statements for the customers with these ids, for their accounts, and for what they owe."""
    ids = bindparam("given_customer_ids", type_=Text(), expanding=True)
    return (
        _people().where(customers.c.customer_id.in_(ids)),
        select(*columns_of(accounts)).where(accounts.c.customer_id.in_(ids)).order_by(accounts.c.account_id),
        _owed().where(accounts.c.customer_id.in_(ids)),
    )


def _people() -> Select[*tuple[Any, ...]]:
    return (
        select(customers, chats.c.chosen_language, chats.c.client_language)
        .select_from(customers)
        .outerjoin(links, and_(links.c.customer_id == customers.c.customer_id, links.c.ended_at.is_(None)))
        .outerjoin(chats, chats.c.user_id == links.c.user_id)
    )


def _owed() -> Select[*tuple[Any, ...]]:
    """The unsettled instalments."""
    return (
        select(
            *columns_of(instalments),
            accounts.c.customer_id,
            accounts.c.product,
            accounts.c.currency,
            held_by(instalments.c.instalment_id, accounts.c.customer_id).label("held_by"),
        )
        .join(accounts, accounts.c.account_id == instalments.c.account_id)
        .where(instalments.c.outstanding > 0)
        .order_by(instalments.c.due_date, instalments.c.instalment_id)
    )


async def _gone(conn: AsyncConnection, about: Mapping[str, Collection[str]]) -> dict[str, dict[str, str]]:
    """Why instalments are no longer owed, by customer and instalment. 'paid' is said only if money came in: a debt can
    also be waived, corrected or moved to another customer."""
    ids = sorted({instalment_id for theirs in about.values() for instalment_id in theirs})
    known: dict[str, Row[*tuple[Any, ...]]] = {}
    for start in range(0, len(ids), CHUNK):
        rows = await conn.execute(_whereabouts(), {"given_instalment_ids": ids[start : start + CHUNK]})
        known |= {row.instalment_id: row for row in rows.all()}
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for customer_id, theirs in about.items():
        for instalment_id in theirs:
            row = known.get(instalment_id)
            if row is not None and (row.customer_id != customer_id or row.outstanding == 0):
                theirs = row.customer_id == customer_id
                found[customer_id][instalment_id] = why_gone(row.status, row.paid, theirs=theirs)
    return found


@prepared
def _whereabouts() -> Select[*tuple[Any, ...]]:
    ids = bindparam("given_instalment_ids", type_=Text(), expanding=True)
    columns = (instalments.c.instalment_id, instalments.c.status, instalments.c.paid, instalments.c.outstanding)
    whose = select(*columns, accounts.c.customer_id).join(accounts, accounts.c.account_id == instalments.c.account_id)
    return whose.where(instalments.c.instalment_id.in_(ids))


def _customer(row: Row[*tuple[Any, ...]]) -> Customer:
    return Customer(
        customer_id=row.customer_id,
        name=row.name,
        language=first_known((row.chosen_language, row.language, row.client_language)),
        zone=row.zone,
        segment=row.segment,
        vulnerable=row.vulnerable,
        stopped=row.stopped_at is not None,
        forgotten=row.forgotten_at is not None,
        wishes=_wishes(row),
        words=row.chosen_language,
    )


def _wishes(row: Row[*tuple[Any, ...]]) -> Wishes:
    """What few customers have is built only for them."""
    wished = (row.remind_hour, row.channel_order, row.how_often, row.paused_until, row.foreseen_hour)
    if wished == (None,) * 5:
        return NO_WISHES
    hour, order, often, paused_until, foreseen = wished
    return Wishes(hour, channels_of(order), often_of(often), paused_until, foreseen)


def _account(row: Row[*tuple[Any, ...]]) -> Account:
    return Account(
        account_id=row.account_id,
        product=row.product,
        balance=Money(row.balance, row.currency),
        credit_limit=None if row.credit_limit is None else Money(row.credit_limit, row.currency),
    )


def _instalment(row: Row[*tuple[Any, ...]]) -> Instalment:
    def known(amount: int | None) -> Money | None:
        return None if amount is None else Money(amount, row.currency)

    return Instalment(
        instalment_id=row.instalment_id,
        account_id=row.account_id,
        product=row.product,
        due_date=row.due_date,
        amount_due=Money(row.amount_due, row.currency),
        paid=Money(row.paid, row.currency),
        status=row.status,
        principal=known(row.principal),
        interest=known(row.interest),
        fees=known(row.fees),
        held=row.status == "disputed" or row.held_by is not None,
        in_plan=row.held_by == IN_PLAN,
    )
