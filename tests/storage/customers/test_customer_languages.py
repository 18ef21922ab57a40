"""The language of a customer is the same for one customer and in sets, with any language tags."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.rules.languages import base_of, first_known
from storage.customers.customer_languages import base_language
from storage.customers.persons import language_of, person
from storage.facts.customer_facts import facts_of_all
from storage.runtime.engine import Database
from storage.schema import chats, customers, links

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
TAGS = (
    *(None, None, "", "en", "EN-gb", "en_US", " en", "zh", "zh-Hant", "zh_TW", "ZH-hans-HK", "cmn", "cmn-Hant"),
    *("yue", "fr", "fr-CN", "eng", "zhx", "x", "english"),
)


@pytest.mark.parametrize("seed", range(3))
async def test_sets_have_the_language_that_the_rule_has(db: Database, seed: int) -> None:
    chance, expected = random.Random(seed), {}
    async with db.write() as conn:
        for number in range(150):
            who, chosen, wallet, theirs = f"C{number}", *(chance.choice(TAGS) for _ in range(3))
            row = {"customer_id": who, "zone": "UTC", "facts_at": NOW, "language": wallet}
            await conn.execute(customers.insert().values(**row))
            link = {"customer_id": who, "user_id": number, "way": "payload", "linked_at": NOW}
            linked = chance.random() < 0.7
            await conn.execute(links.insert().values(**link, ended_at=None if linked else NOW))
            await conn.execute(chats.insert().values(user_id=number, chosen_language=chosen, client_language=theirs))
            said = (chosen, wallet, theirs) if linked else (wallet,)
            expected[who] = first_known(said)
            if linked:
                assert language_of(await person(conn, number)) == (expected[who] or "en")
    who = customers.alias()
    async with db.read() as conn:
        found = (await conn.execute(select(who.c.customer_id, base_language(who.c.customer_id).label("base")))).all()
        facts = await facts_of_all(conn, list(expected))
    assert {c: one.customer.language for c, one in facts.items()} == expected
    assert {row.customer_id: row.base for row in found} == {c: tag and base_of(tag) for c, tag in expected.items()}
