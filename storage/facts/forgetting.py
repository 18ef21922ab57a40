"""Forgetting a customer, as statements: personal data goes, the figures stay.

Amounts, dates, states, reasons and steps stay under the wallet's own customer_id; they identify nobody.
`bot.work.facts.import_batches` makes sure that an import does not bring the personal data back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.case_events import Revealed
from bot.rules.cases.event_codec import EVENTS
from storage.customers import consents, link_changes
from storage.facts import import_blocks, import_records, imports
from storage.schema import (
    agent_notices,
    announced_calls,
    calendar_entries,
    case_events,
    cases,
    chat_turns,
    chats,
    contacts,
    customers,
    file_pieces,
    floods,
    held_words,
    holds,
    is_open,
    kept_files,
    lane_claims,
    link_failures,
    link_payloads,
    link_requests,
    links,
    notices,
    plan_answers,
    ratings,
    relays,
    survey_answers,
    survey_invitations,
    talk_files,
    updates,
)

NOWHERE = "UTC"  # the time zone of a forgotten customer
NOBODY = 0
"""Replaces the Telegram account of a forgotten person in past links; Telegram gives no account this id."""

# Events without personal data keep their fields; a kind that is unknown here loses them.
IMPERSONAL = tuple(kind for kind, event in EVENTS.items() if not event.personal)


async def forget_person(conn: AsyncConnection, customer_id: str, now: datetime) -> bool | None:
    """Empties the customer's personal data. Returns None if the customer is unknown, and False if the customer was
    forgotten before; the earlier date stays."""
    await imports.begin(conn)  # an import may be confirming the block of the customer's row
    columns = (customers.c.forgotten_at, customers.c.import_block_id, import_blocks.facts_at(customers))
    query = select(*columns).where(customers.c.customer_id == customer_id).with_for_update()
    row = (await conn.execute(query)).first()
    if row is None:
        return None
    await conn.execute(
        update(customers)
        .where(customers.c.customer_id == customer_id)
        .values(
            name="",
            language=None,
            time_zone=None,
            zone=NOWHERE,
            phone=None,
            email=None,
            vulnerable=False,
            chosen_zone=None,
            remind_hour=None,
            channel_order=None,
            how_often=None,
            paused_until=None,
            last_choice=None,
            foreseen_hour=None,
            forgotten_at=func.coalesce(customers.c.forgotten_at, now),
            facts_at=row.facts_at,
            import_block_id=None,
        )
    )
    if row.import_block_id is not None:
        await import_blocks.leave(conn, {row.import_block_id: 1})
    return row.forgotten_at is None


async def erase_links(conn: AsyncConnection, customer_id: str, users: Sequence[int], now: datetime) -> int:
    """Ends the link to Telegram, removes the Telegram accounts from past links, and deletes everything kept for
    linking. A Telegram account that is linked to another customer by now keeps that link. Returns how many links
    ended."""
    # addresses of their calendar stay, so that they answer that they have ended
    await conn.execute(delete(calendar_entries).where(calendar_entries.c.customer_id == customer_id))
    await conn.execute(delete(announced_calls).where(announced_calls.c.customer_id == customer_id))
    await conn.execute(delete(plan_answers).where(plan_answers.c.customer_id == customer_id))
    await conn.execute(delete(link_payloads).where(link_payloads.c.customer_id == customer_id))
    requests = or_(
        link_requests.c.customer_id == customer_id,
        link_requests.c.user_id.in_(users),
        link_requests.c.asked_user_id.in_(users),
    )
    await conn.execute(delete(link_requests).where(requests))
    await conn.execute(delete(link_failures).where(link_failures.c.user_id.in_(users)))
    await conn.execute(delete(chats).where(chats.c.user_id.in_(users)))
    await consents.erase(conn, customer_id)
    await link_changes.erase(conn, customer_id, users, NOBODY)
    theirs = links.c.customer_id == customer_id
    live = update(links).where(theirs, links.c.ended_at.is_(None)).values(ended_at=now)
    ended = (await conn.execute(live)).rowcount
    await conn.execute(update(links).where(theirs).values(user_id=NOBODY))
    return ended


async def erase_updates(conn: AsyncConnection, customer_id: str, users: Sequence[int]) -> None:
    """Deletes updates that came from the customer or from the topics of their cases, handled or not."""
    topics = select(cases.c.chat_id, cases.c.thread_id).where(
        cases.c.customer_id == customer_id, cases.c.thread_id.is_not(None)
    )
    lanes = [f"{row.chat_id}:topic:{row.thread_id}" for row in (await conn.execute(topics)).all()]
    lanes += [str(user_id) for user_id in users]
    in_groups = [updates.c.lane.endswith(f":{user_id}", autoescape=True) for user_id in users]
    await conn.execute(delete(updates).where(or_(updates.c.lane.in_(lanes), *in_groups)))
    floods_in_groups = [floods.c.lane.endswith(f":{user_id}", autoescape=True) for user_id in users]
    await conn.execute(delete(floods).where(or_(floods.c.lane.in_(lanes), *floods_in_groups)))
    claims_in_groups = [lane_claims.c.lane.endswith(f":{user_id}", autoescape=True) for user_id in users]
    await conn.execute(delete(lane_claims).where(or_(lane_claims.c.lane.in_(lanes), *claims_in_groups)))
    await conn.execute(delete(chat_turns).where(chat_turns.c.chat.in_(lanes)))


async def erase_words_to_agents(conn: AsyncConnection, customer_id: str) -> None:
    """Deletes what agents were still to be told in private about the customer's cases."""
    theirs = agent_notices.c.case_id.in_(_case_ids(cases.c.customer_id == customer_id))
    await conn.execute(delete(agent_notices).where(theirs))


async def their_users(conn: AsyncConnection, customer_id: str) -> Sequence[int]:
    """The Telegram accounts that were ever linked to this customer and are linked to no other customer now."""
    others = select(links.c.user_id).where(links.c.customer_id != customer_id, links.c.ended_at.is_(None))
    linked = select(links.c.user_id).where(
        links.c.customer_id == customer_id, links.c.user_id != NOBODY, links.c.user_id.not_in(others)
    )
    return list((await conn.execute(linked.distinct())).scalars())


async def times_shown(conn: AsyncConnection, customer_id: str) -> int:
    """How often agents were shown the customer's phone number or an address."""
    shown = (
        case_events.c.kind == Revealed.kind,
        case_events.c.case_id.in_(_case_ids(cases.c.customer_id == customer_id)),
    )
    return int((await conn.execute(select(func.count()).where(*shown))).scalar_one())


async def cancel_notices(conn: AsyncConnection, customer_id: str, now: datetime) -> int:
    """Ends planned notices. A claimed notice is left to its sender: it was either sent already, or the last check
    refuses it. Returns how many were planned."""
    planned = (
        update(notices)
        .where(notices.c.customer_id == customer_id, notices.c.state == "planned")
        .values(state="not_sent", reason="forgotten", ended_at=now)
    )
    cancelled = (await conn.execute(planned)).rowcount
    await conn.execute(update(notices).where(notices.c.customer_id == customer_id).values(reference=None))
    return cancelled


async def erase_words(conn: AsyncConnection, customer_id: str) -> None:
    """Deletes the texts of all messages in contacts, cases and relays, no matter who wrote them. A relay has only ids
    of accounts and messages, so its whole row is deleted, as is the way to a file. A contact's row stays without its
    text."""
    await conn.execute(update(contacts).where(contacts.c.customer_id == customer_id).values(body=None, reference=None))
    theirs = _case_ids(cases.c.customer_id == customer_id)
    chosen = select(kept_files.c.kept_file_id).where(kept_files.c.case_id.in_(theirs))
    await conn.execute(delete(file_pieces).where(file_pieces.c.kept_file_id.in_(chosen)))
    for kept in (relays, held_words, talk_files, kept_files):
        await conn.execute(delete(kept).where(kept.c.case_id.in_(theirs)))
    await import_records.erase(conn, customer_id)
    words = (case_events.c.body.is_not(None), case_events.c.kind.not_in(IMPERSONAL))
    # An event that was still to be told in the topic has no text left, so it is not told.
    emptied = update(case_events).where(case_events.c.case_id.in_(theirs), *words)
    await conn.execute(emptied.values(body=None, to_tell=False))
    noted = update(holds).where(holds.c.customer_id == customer_id, holds.c.reason.is_not(None))
    await conn.execute(noted.values(reason=None))
    # A survey's answers are few and words, so they go with the person.
    for table in (survey_answers, survey_invitations):
        await conn.execute(delete(table).where(table.c.customer_id == customer_id))
    # The score stays as a figure.
    theirs_too = update(ratings).where(ratings.c.customer_id == customer_id)
    await conn.execute(theirs_too.values(words=None, message_id=None))


async def close_case(conn: AsyncConnection, customer_id: str, now: datetime) -> int | None:
    """Closes the open case and returns its id; None if there is none."""
    shut = (
        update(cases)
        .where(cases.c.customer_id == customer_id, is_open())
        .values(state="closed", outcome="other", closed_at=now, card_stale=True)
        .returning(cases.c.case_id)
    )
    case_id: int | None = (await conn.execute(shut)).scalar()
    return case_id


async def renew_cards(conn: AsyncConnection, customer_id: str) -> None:
    """Has every card that named the person written again, also in topics of closed cases: such a topic is marked as
    open, and the desk closes it again when the card is done."""
    carded = (cases.c.customer_id == customer_id, cases.c.card_id.is_not(None))
    await conn.execute(update(cases).where(*carded).values(card_stale=True))
    await conn.execute(update(cases).where(*carded, cases.c.topic == "closed").values(topic="open"))


def _case_ids(which: ColumnElement[bool]) -> Select[Any]:
    return select(cases.c.case_id).where(which)
