"""A customer with a history, for tests of what is shown, exported, forgotten and checked."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Table, select

from bot.rules.cases.case_events import Note
from bot.rules.policy.policy import Policy, read_policy
from storage.cases import assignment, cases, cases_opening
from storage.cases.agents import Agent, add_agent
from storage.customers import link_attempts, link_requests, telegram_chats, telegram_links
from storage.reminders import contacts, signs_of_life
from storage.reminders.contacts import Outgoing
from storage.reminders.signs_of_life import SignOfLife
from storage.runtime.engine import Database, insert
from storage.schema import accounts, customers, instalments, metadata, notice_items, notices, payments
from storage.topics import relays, topics
from storage.topics.relays import NewMessage

ANNA, ANNAS_PHONE, MEI = "C1", 111, 900
POLICY = read_policy(
    """
name = "gentle"
grace_days = 3
minimum_amount = { TWD = "30" }
max_per_week = 2

[[step]]
id = "before-3"
day = -3
message = "upcoming"

[[step]]
id = "due"
day = 0
message = "due_today"

[[step]]
id = "after-1"
day = 1
message = "overdue"

[[step]]
id = "after-5"
day = 5
escalate = "overdue"
""",
    "gentle.toml",
)


async def add(db: Database, table: Table, **row: Any) -> Any:
    """Inserts a row; gives its key, where that is one column."""
    async with db.write() as conn:
        key = next(iter(table.primary_key.columns))
        return (await conn.execute(insert(conn, table).values(**row).returning(key))).scalar_one()


async def customer(db: Database, now: datetime, customer_id: str = ANNA, **more: Any) -> None:
    """Somebody in Taipei with an account A-… of 500.00 TWD."""
    row = {
        "customer_id": customer_id,
        "name": "Anna Lee",
        "language": "en",
        "time_zone": "Asia/Taipei",
        "zone": "Asia/Taipei",
        "phone": "+886912345678",
        "email": "anna@example.com",
        "facts_at": now,
    }
    await add(db, customers, **{**row, **more})
    account = {"account_id": f"A-{customer_id}", "customer_id": customer_id, "currency": "TWD", "facts_at": now}
    await add(db, accounts, product="Card", balance=50000, **account)


async def owes(
    db: Database, now: datetime, due: date, instalment_id: str = "I1", customer_id: str = ANNA, **more: Any
) -> None:
    """1,200.00 TWD, due on that day."""
    row = {"instalment_id": instalment_id, "account_id": f"A-{customer_id}", "due_date": due, "amount_due": 120000}
    await add(db, instalments, **{**row, "facts_at": now, "amount_paid_at": now, **more})


async def linked(db: Database, now: datetime, user_id: int = ANNAS_PHONE, customer_id: str = ANNA) -> None:
    async with db.write() as conn:
        await telegram_chats.note_client_language(conn, user_id, "en")
        await telegram_links.start_link(conn, customer_id, user_id, "payload", now)


async def notice(
    db: Database, now: datetime, state: str = "planned", step_id: str = "after-1", due: date | None = None, **more: Any
) -> int:
    """A reminder about I1, planned an hour before `now`."""
    row: dict[str, Any] = {
        "customer_id": ANNA,
        "local_day": now.date(),
        "state": state,
        "send_after": now,
        "expires_at": now + timedelta(hours=8),
        "policy": POLICY.name,
        "policy_version": POLICY.version,
        "planned_at": now - timedelta(hours=1),
    }
    if state in ("accepted", "not_sent"):
        row["ended_at"] = now
    if state == "accepted":
        row |= {"channel": "telegram", "reference": "55"}
    notice_id = int(await add(db, notices, **{**row, **more}))
    due = due or now.date() - timedelta(days=1)
    await add(
        db,
        notice_items,
        notice_id=notice_id,
        instalment_id="I1",
        step_id=step_id,
        due_date=due,
        policy_version=POLICY.version,
    )
    return notice_id


async def paid(
    db: Database, now: datetime, payment_id: str = "P1", amount: int = 20000, day: date | None = None
) -> None:
    await add(
        db,
        payments,
        payment_id=payment_id,
        instalment_id="I1",
        paid_on=day or now.date(),
        amount=amount,
        in_amount_paid=False,
        facts_at=now,
    )


async def a_life(db: Database, now: datetime, policy: Policy = POLICY) -> int:
    """Anna: a day overdue, linked, reminded, has written, and has an open case that Mei holds. Gives its number."""
    await customer(db, now)
    await owes(db, now, now.date() - timedelta(days=1))
    await linked(db, now - timedelta(days=10))
    await notice(db, now - timedelta(hours=2), "accepted")
    async with db.write() as conn:
        await add_agent(conn, Agent(MEI, "Mei", ("zh-Hant",), "agent"), now)
        reminder = Outgoing(ANNA, "telegram", "reminder", "Dear Anna Lee")
        out = await contacts.record_attempt(conn, reminder, now - timedelta(hours=2))
        await contacts.record_result(conn, out, "accepted", reference="55")
        word = SignOfLife(ANNA, "telegram", "word", now - timedelta(hours=1), "I lost my job")
        await signs_of_life.record_sign_of_life(conn, word)
        case_id, _ = await cases_opening.open_asked(conn, ANNA, now.date(), now - timedelta(minutes=50))
        await assignment.claim(conn, case_id, MEI, now - timedelta(minutes=40))
        await cases.add_event(conn, case_id, Note("Anna is in hospital"), now - timedelta(minutes=30), actor_id=MEI)
        await topics.set_topic(conn, case_id, "open", chat_id=-100, thread_id=7, card_id=8)
        await relays.add(conn, case_id, "in", NewMessage("text", '{"text": "call my sister"}', (ANNAS_PHONE, 31)), now)
        await telegram_chats.keep_message(conn, ANNAS_PHONE, "please help", now)
        await link_attempts.add_payload(conn, "ab" * 32, ANNA, now + timedelta(hours=20))
        await link_attempts.add_failure(conn, ANNAS_PHONE, now - timedelta(days=11))
        request = link_requests.NewRequest("consent", "payload", ANNA, 222, ANNAS_PHONE, None, 7)
        await link_requests.add_request(conn, request, now, now + timedelta(hours=24))
    return case_id


async def everything(db: Database) -> str:
    """All cells of all tables as one text, to look for what must not be in it."""
    cells = []
    async with db.read() as conn:
        for table in metadata.sorted_tables:
            for row in await conn.execute(select(table)):
                cells += [f"{table.name}: {value}" for value in row]
    return "\n".join(cells)


async def rows(db: Database, table: Table) -> list[Any]:
    async with db.read() as conn:
        return list((await conn.execute(select(table).order_by(*table.primary_key))).all())
