"""Every kind of event and answer has words in a customer's timeline: no internal names, raw times or keys."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from bot.clock import ManualClock
from bot.rules.cases.event_codec import EVENTS, encode
from bot.views.cases.presses import press_words
from bot.work.outlook.customer_timeline import story
from handlers import agent, customer
from locales import LANGUAGES, translator
from storage.runtime.engine import Database
from storage.schema import accounts, agents, case_events, cases, contacts, customers
from tests.rules.cases.released_events import SAMPLES
from tests.work.lives import ANNA, POLICY, add, linked
from tests.work.lives import customer as knows

SLUG = re.compile(r"[a-z]+_[a-z_]+")
COMMAND = re.compile(r"/[a-z]+ [a-z_]+")
KEYS = re.compile(r"[{}=]|\d{4}-\d\d-\d\dT|\+00:00|\b\d+ 5$")


async def lines(db: Database, kind: str, body: str | None) -> list[str]:
    """What a story tells of one event."""
    await knows(db, datetime(2026, 3, 1, tzinfo=UTC))
    await add(db, agents, telegram_id=900, name="Mei", added_at=datetime(2026, 3, 1, tzinfo=UTC))
    opened = datetime(2026, 3, 2, tzinfo=UTC)
    await add(db, cases, case_id=1, customer_id=ANNA, reason="asked", state="waiting", opened_at=opened)
    await add(db, case_events, case_id=1, at=opened, kind=kind, actor_id=900, body=body)
    found = await story(db, POLICY, ANNA, datetime(2026, 3, 3, tzinfo=UTC))
    assert found is not None
    return [entry.words for entry in found.entries if entry.kind == "case"]


@pytest.mark.parametrize("kind", sorted(EVENTS))
async def test_an_event_reads_as_a_sentence(sqlite_db: Database, kind: str) -> None:
    bodies = [encode(event) for event in SAMPLES if event.kind == kind and "{another}" not in str(event)]
    for number, body in enumerate((*bodies, None)):
        if number:
            async with sqlite_db.write() as conn:
                for table in (case_events, cases, agents, accounts, customers):
                    await conn.execute(table.delete())
        told = await lines(sqlite_db, kind, body)
        if EVENTS[kind].housekeeping:
            assert told == []
            continue
        (words,) = told
        spoken = COMMAND.sub("", words)  # what an agent is to type has its own names
        assert not SLUG.search(spoken) and not KEYS.search(spoken), words
        if body is not None or not bodies:  # one whose words were erased says at least what it was
            assert len(words.split()) > 4, words


# --- What customers press --------------------------------------------------------------------------------------------


AGENTS = ("bulk", "do", "duty", "later", "menu", "queue", "surveys", "words")
"""What begins the buttons of agents: nothing that a customer presses."""


@pytest.mark.parametrize("pattern", [*customer.PRESSES, *agent.PRESSES])
def test_every_button_has_words(pattern: str) -> None:
    data = re.sub(r"\(\?P<answer>yes\|no\)", "yes", pattern)
    data = re.sub(r"\([^)]*\)", "0123456789abcdef", data)
    if pattern.partition(":")[0] in AGENTS:
        return
    for language in LANGUAGES:
        words = press_words(translator(language), data)
        assert words and "0123" not in words and ":" not in words


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("press", "dispute:09ab0123456789ab", "they pressed a button: the instalment that isn’t right"),
        ("press", "pay", "they pressed a button: Pay"),
        ("press", "never:heard=of", "they pressed a button"),
        ("press", None, "they pressed a button"),
        ("command", "/pay", "they used the command /pay"),
        ("command", None, "they used the command"),
        ("media", None, "they sent a picture, voice or file"),
        ("linked", "payload", "they linked Telegram"),
        ("word", "hello", "they wrote:\nhello"),
        ("blocked", None, "they blocked the bot"),
    ],
)
async def test_what_they_did_reads_as_what_they_did(
    sqlite_db: Database, clock: ManualClock, kind: str, body: str | None, said: str
) -> None:
    await knows(sqlite_db, clock.now())
    await linked(sqlite_db, clock.now())
    row = {"customer_id": ANNA, "at": clock.now(), "channel": "telegram", "direction": "in", "state": "answered"}
    await add(sqlite_db, contacts, kind=kind, body=body, **row)
    found = await story(sqlite_db, POLICY, ANNA, clock.now())
    assert found is not None
    assert [e.words for e in found.entries if e.kind == "contact"] == [f"in telegram: {said}"]
