"""How a link ends: its account says 'not me', the account before it says so, or an operator ends it.

Every end is written down, in the case's topic too, and the people concerned are told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.rules.case_reasons import CaseReason
from bot.rules.cases.case_events import LinkBack, LinkDisputed, LinkOver
from bot.rules.cases.event_codec import Event
from bot.rules.policy.sending_hours import local_day
from bot.work.customers.linking import BY_NUMBER, NoSuchCustomer
from storage.cases import cases, cases_opening
from storage.customers import customer_rows, link_changes, telegram_chats, telegram_links
from storage.customers.link_changes import NewChange
from storage.customers.telegram_links import Link
from storage.facts.customer_facts import facts_of
from storage.runtime.engine import Connection, Database

TAKEN_BACK_WITHIN = timedelta(days=7)  # within this time the earlier account may say that it never gave the link away


@dataclass(frozen=True, slots=True)
class Unlinked:
    """The result of 'not me'. `ended`: this account has no link any more (or, `back`, the one it had before);
    `taken_back`: it is the customer's again; `disputed`: the other link has the wallet's payload, so a person looks
    into it; `over`: there is no such link, or it is too late."""

    result: Literal["ended", "taken_back", "disputed", "over"]
    back: bool = False


async def link_of(db: Database, user_id: int) -> Link | None:
    """The link of this account, if it has one."""
    async with db.read() as conn:
        return await telegram_links.link_of_user(conn, user_id)


async def not_me(db: Database, user_id: int, link_id: int, now: datetime) -> Unlinked:
    """An account says that a link was not made by its owner: its own link, or the link that replaced it."""
    async with db.write() as conn:
        link = await telegram_links.link_by_id(conn, link_id)
        if link is not None:
            await customer_rows.lock(conn, link.customer_id)
            link = await telegram_links.link_by_id(conn, link_id)
        if link is None or link.ended_at is not None:
            return Unlinked("over")
        if link.user_id == user_id:
            return await _give_up(conn, link, now)
        mine = next(
            (before for before in await telegram_links.ended_by(conn, link) if _is(before, link, user_id)), None
        )
        if mine is None or now - link.linked_at > TAKEN_BACK_WITHIN:
            return Unlinked("over")
        if mine.way in BY_NUMBER and link.way not in BY_NUMBER:
            await _dispute(conn, link, user_id, now)
            return Unlinked("disputed")
        return await _take_back(conn, link, mine, now)


async def unlink(db: Database, customer_id: str, now: datetime) -> bool:
    """Ends a customer's link for the operator; False if there is none. Raises `NoSuchCustomer`."""
    async with db.write() as conn:
        if not await customer_rows.customer_exists(conn, customer_id):
            raise NoSuchCustomer(customer_id)
        await customer_rows.lock(conn, customer_id)
        link = await telegram_links.live_link(conn, customer_id)
        if link is None:
            return False
        await _end(conn, link, link_changes.UNLINKED, now, tell_account=True)
    return True


async def end_wrong_persons(conn: Connection, customer_id: str, now: datetime) -> None:
    """An agent found that the linked account belongs to somebody else: that chat gets no more messages, not even about
    this."""
    await customer_rows.lock(conn, customer_id)
    link = await telegram_links.live_link(conn, customer_id)
    if link is not None:
        await telegram_links.end_link(conn, customer_id, now)
        await link_changes.add(
            conn,
            NewChange(customer_id, link_changes.WRONG_PERSON, link.user_id, link_id=link.link_id, tell_elsewhere=True),
            now,
        )


def _is(before: Link, link: Link, user_id: int) -> bool:
    return before.user_id == user_id and before.customer_id == link.customer_id


async def _give_up(conn: Connection, link: Link, now: datetime) -> Unlinked:
    """The account ends its own link; a link that ended when this one began is restored."""
    before = await telegram_links.ended_by(conn, link)
    await _end(conn, link, link_changes.NOT_ME, now)
    back = False
    for ended in before:
        if await _restore(conn, ended, now, tell_account=ended.user_id != link.user_id):
            back = back or ended.user_id == link.user_id
    return Unlinked("ended", back)


async def _take_back(conn: Connection, link: Link, mine: Link, now: datetime) -> Unlinked:
    before = await telegram_links.ended_by(conn, link)
    await _end(conn, link, link_changes.TAKEN_BACK, now, tell_account=True, other_account=mine.user_id)
    for ended in before:
        await _restore(conn, ended, now, tell_account=ended.user_id != mine.user_id)
    return Unlinked("taken_back")


async def _dispute(conn: Connection, link: Link, user_id: int, now: datetime) -> None:
    """An account that was linked by phone number only cannot take the link from one with the wallet's payload. A person
    is told, once."""
    if await link_changes.was_disputed(conn, link.link_id):
        return
    await link_changes.add(conn, NewChange(link.customer_id, link_changes.DISPUTED, user_id, link_id=link.link_id), now)
    facts = await facts_of(conn, link.customer_id)
    assert facts is not None, "a customer is never deleted, only forgotten"
    today = local_day(facts.customer.zone, now)
    case_id, _ = await cases_opening.open_asked(conn, link.customer_id, today, now, reason=CaseReason.WRONG_PERSON)
    await cases.add_event(conn, case_id, LinkDisputed(), now, to_tell=True)


async def _end(
    conn: Connection,
    link: Link,
    kind: str,
    now: datetime,
    *,
    tell_account: bool = False,
    other_account: int | None = None,
) -> None:
    await telegram_links.end_link(conn, link.customer_id, now)
    await telegram_chats.drop_messages(conn, link.user_id)
    await link_changes.add(
        conn,
        NewChange(
            link.customer_id,
            kind,
            link.user_id,
            link_id=link.link_id,
            other_account=other_account,
            tell_account=tell_account,
            tell_elsewhere=True,
        ),
        now,
    )
    await _tell_case(conn, link.customer_id, LinkOver(), now)


async def _restore(conn: Connection, ended: Link, now: datetime, *, tell_account: bool) -> bool:
    """Restores a link, unless its account or its customer has another link by now."""
    taken = await telegram_links.live_link(conn, ended.customer_id) or await telegram_links.link_of_user(
        conn, ended.user_id
    )
    if taken is not None or not await customer_rows.customer_exists(conn, ended.customer_id):
        return False
    link_id = await telegram_links.start_link(conn, ended.customer_id, ended.user_id, ended.way, now)
    await link_changes.add(
        conn,
        NewChange(ended.customer_id, link_changes.RESTORED, ended.user_id, link_id=link_id, tell_account=tell_account),
        now,
    )
    await _tell_case(conn, ended.customer_id, LinkBack(), now)
    return True


async def _tell_case(conn: Connection, customer_id: str, event: Event, now: datetime) -> None:
    case = await cases.open_case_of(conn, customer_id)
    if case is not None:
        await cases.add_event(conn, case.case_id, event, now, to_tell=True)
        await cases.mark_card_stale(conn, [customer_id])
