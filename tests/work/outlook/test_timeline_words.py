"""Every kind of event and of answer has words for a person in a customer's story: no slugs, instants or keys."""

from __future__ import annotations

import ast
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.rules.cases.case import OUTCOMES
from bot.rules.cases.case_events import HOUSEKEEPING, KINDS
from bot.rules.facts.settling import ENDINGS
from bot.views.cases.presses import press_words
from bot.work.outlook.customer_timeline import story
from handlers import agent, customer
from locales import LANGUAGES, translator
from storage.runtime.engine import Database
from storage.schema import accounts, agents, case_events, cases, contacts, customers
from tests.work.lives import ANNA, POLICY, add, linked
from tests.work.lives import customer as knows

AT = "2026-03-09T01:00:00+00:00"
DAY = "2026-03-09"
SUMS = {"amount": 50000, "came_in": 30000, "currency": "TWD", "until": DAY, "left": {"TWD": 100}, "closed": True}
PLAN = json.dumps({"plan": 1, "parts": 3, "amount": 50000, "currency": "TWD", "until": DAY, "about": ["I1"]})
CHANGE = {"instalment": "I1", "currency": "TWD", "amount": 100, "left": 0, "waived": 5, "more_due": -5, "taken_off": 5}
CAME = {"items": [{**CHANGE, "due": DAY, "moved_to": "2026-04-09"}], "promised": None}

# What is written beside each kind; one that is not here is written with nothing.
BODIES: dict[str, tuple[str, ...]] = {
    "opened": ("overdue", "no_sign_of_life"),
    "again": ("broken_promise",),
    "closed": OUTCOMES,
    "settled": ENDINGS,
    "words": ("I lost my job",),
    "note": ("will call",),
    "transferred": ("Bob",),
    "snoozed": (AT,),
    "told_hours": (f"{AT} 5",),
    "undelivered": ("blocked", "edit_not_editable", "in_doubt", "something_new"),
    "not_passed_on": ("too_large", "something_new"),
    "used": ("/pay",),
    "revealed": ("phone+email: to call", "phone"),
    "not_revealed": ("blocked", "cannot_initiate"),
    "called": ("reached: will pay", "no_answer"),
    "call_too_many": ("limit", "hours"),
    "call_chosen": (f"{AT} Asia/Taipei",),
    "call_back": (json.dumps({"at": AT, "zone": "Asia/Taipei"}),),
    "promised": (DAY, f"{DAY} 50000 TWD"),
    "promise_moved": (f"{DAY} 2026-03-06 50000 TWD",),
    "promise_agreed": (f"{DAY} 50000 TWD",),
    "plan_proposed": (PLAN,),
    "plan_agreed": (PLAN,),
    "plan_not_needed": (json.dumps({"plan": 1}), json.dumps(SUMS)),
    "hold_set": (DAY, f"{DAY} in hospital"),
    "disputed": ("Card: NT$500.00, 9 Mar",),
    "dispute_noted": ("Card: NT$500.00, 9 Mar",),
    "came_in": (json.dumps(CAME),),
    **dict.fromkeys(("promise_kept", "promise_broken", "promise_not_needed"), (json.dumps(SUMS),)),
    **dict.fromkeys(("plan_kept", "plan_broken"), (json.dumps(SUMS),)),
}
SLUG = re.compile(r"[a-z]+_[a-z_]+")
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


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_an_event_reads_as_a_sentence(sqlite_db: Database, kind: str) -> None:
    for number, body in enumerate((*BODIES.get(kind, ()), None)):
        if number:
            async with sqlite_db.write() as conn:
                for table in (case_events, cases, agents, accounts, customers):
                    await conn.execute(table.delete())
        told = await lines(sqlite_db, kind, body)
        if kind in HOUSEKEEPING:
            assert told == []
            continue
        (words,) = told
        assert not SLUG.search(words) and not KEYS.search(words), words
        if body is not None or kind not in BODIES:  # one whose words were erased says at least what it was
            assert len(words.split()) > 4, words


def test_every_kind_that_is_written_is_in_the_list() -> None:
    written: set[str] = set()
    for folder in ("bot/work", "storage"):
        for file in Path(folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("add_event"):
                    written |= {n.value for n in node.args[2:3] if isinstance(n, ast.Constant)}
    assert written and written <= KINDS, written - KINDS


# --- What customers press --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", [*customer.PRESSES, *agent.PRESSES])
def test_every_button_has_words(pattern: str) -> None:
    data = re.sub(r"\(\?P<answer>yes\|no\)", "yes", pattern)
    data = re.sub(r"\([^)]*\)", "0123456789abcdef", data)
    if pattern.startswith("bulk"):
        return  # pressed by supervisors, and no word of a customer
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
