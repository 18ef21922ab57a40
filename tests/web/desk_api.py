"""Agents with keys of their own, and cases that they work on over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from pydantic import SecretStr
from sqlalchemy import select

from bot.work.operations.api_keys import make_key
from storage.cases import agents, cases_opening
from storage.cases.agents import Agent
from storage.runtime.engine import Database
from storage.schema import case_events
from tests.web.api_server import NOW, Answer, Served, address_of, served
from tests.web.test_api_reads import SECRET
from tests.work.cases.kept_cases import BOB, MEI, SUE
from tests.work.lives import customer, linked, owes

JSON = "application/json"
TODAY = date(2026, 3, 2)


@contextmanager
def desk_served(db: Database) -> Iterator[Served]:
    """A server for two agents, a supervisor, and who has the key `SECRET` and is no agent."""
    with served(address_of(db), api_key=SecretStr(SECRET)) as one:
        one.do(add_people)
        yield one


async def add_people(db: Database) -> None:
    async with db.write() as conn:
        for number, name, role in ((MEI, "Mei", "agent"), (BOB, "Bob", "agent"), (SUE, "Sue", "supervisor")):
            await agents.add_agent(conn, Agent(number, name, (), role), NOW)


async def open_case(db: Database, number: int) -> int:
    """A customer who is linked and owes 1,200.00 TWD since yesterday asks for a person."""
    who = f"C{number}"
    await customer(db, NOW, who)
    await owes(db, NOW, TODAY - timedelta(days=1), f"I{number}", who)
    await linked(db, NOW, 100 + number, who)
    async with db.write() as conn:
        case_id, _ = await cases_opening.open_asked(conn, who, TODAY, NOW)
    return case_id


def opened(api: Served, number: int = 1) -> int:
    made: int = api.do(lambda db: open_case(db, number))
    return made


def key_of(api: Served, agent: int = MEI, scopes: Any = ("read", "desk")) -> str:
    made: str = api.do(lambda db: make_key(db, f"key of {agent}", scopes, NOW, agent))
    return made


def act(api: Served, key: str, path: str, given: Any = None, method: str = "POST", **headers: str) -> Answer:
    body = None if given is None else given if isinstance(given, bytes) else json.dumps(given).encode()
    said = headers if body is None else {"Content_Type": JSON, **headers}
    return api.ask(f"/api/v1{path}", key, method, body, **said)


async def kinds_of(db: Database, case_id: int) -> list[str]:
    async with db.read() as conn:
        rows = await conn.execute(
            select(case_events.c.kind).where(case_events.c.case_id == case_id).order_by(case_events.c.event_id)
        )
        return list(rows.scalars())
