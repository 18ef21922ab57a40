"""What agents do on a case's page: each form once, by those who may, as it is told in the topic and to the customer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.rules.agreements.instalment_plans import Part
from bot.rules.facts.money import Money
from bot.web.console.case_forms import ACTS
from bot.work.cases import casework
from bot.work.topics import scheduled_messages
from bot.work.topics.forbidden_phrases import forbidden_words
from bot.work.topics.message_screening import Screening
from storage.agreements import instalment_plans
from storage.cases.agents import set_away
from storage.runtime.engine import Database
from storage.schema import agent_notices, case_events, cases, customers, held_words, holds, plans, relays
from storage.topics import kept_files
from storage.topics.held_words import for_later
from tests.conftest import KINDS
from tests.web.api_server import NOW, Served
from tests.web.console_browser import BOB, SUE, Browser, add, entered, staffed, text_of
from tests.work.lives import ANNA, MEI, POLICY

TOLD = re.compile(r'id="told" class="told (good|bad)"[^>]*>(.*?)</p>', re.DOTALL)
KEY = re.compile(r'id="(?:dispute|answer)-which"><option value="(\w+)"')
DAY = (NOW + timedelta(days=5)).date().isoformat()

# One form for each that there is: what it carries, and the events that the history has of it.
FORMS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "say": ({"text": "Hello Anna"}, ("said",)),
    "drop_file": ({}, ()),
    "later": ({"text": "Good morning", "at": f"{DAY}T10:00"}, ("later_kept",)),
    "drop_later": ({}, ("later_dropped",)),
    "reveal": ({"what_for": "to call"}, ("revealed",)),
    "calling": ({}, ("code_shown", "calling")),
    "call": ({"result": "no_answer", "note": "engaged"}, ("called",)),
    "note": ({"text": "Called the shop"}, ("note",)),
    "promise": ({"amount": "100", "day": DAY}, ("snoozed", "promise_agreed")),
    "end_promise": ({}, ("promise_withdrawn",)),
    "plan": ({"parts": "3"}, ("plan_proposed",)),
    "end_plan": ({}, ("plan_withdrawn",)),
    "agree_plan": ({}, ("plan_granted",)),
    "decline_plan": ({}, ("plan_refused",)),
    "hold": ({"days": "3", "reason": "hospital"}, ("snoozed", "hold_set")),
    "end_hold": ({}, ("hold_withdrawn",)),
    "snooze": ({"until": f"{DAY}T09:00"}, ("snoozed",)),
    "wake": ({}, ("snooze_off",)),
    "dispute": ({}, ("dispute_noted",)),
    "answer_dispute": ({"is_wrong": "no", "reason": "It is as agreed"}, ("dispute_answered",)),
    "transfer": ({"to": str(BOB)}, ("transferred",)),
    "release": ({}, ("released",)),
    "take": ({}, ("claimed",)),
    "done": ({"outcome": "other"}, ("closed",)),
}
FREE = ("note",)  # any agent may leave one in anybody's case
SEEN_ONCE = ("reveal", "calling")  # what they answer is on no other page


@pytest.fixture(params=KINDS)
def api(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    own = tmp_path / "own.toml"
    own.write_text('threat = "acorn never forgets"\n', "utf-8")
    with staffed(request.getfixturevalue(f"{request.param}_db"), guard_words=str(own)) as one:
        add(one, MEI, "Mei")  # who reads English here
        yield one


@pytest.fixture
def one(sqlite_db: Database) -> Iterator[Served]:
    with staffed(sqlite_db) as one:
        add(one, MEI, "Mei")  # who reads English here
        yield one


def picture(api: Served) -> Any:
    """All that could have changed."""

    async def seen(db: Database) -> Any:
        async with db.read() as conn:
            return [
                [tuple(row) for row in (await conn.execute(select(table).order_by(*table.primary_key))).all()]
                for table in (cases, case_events, held_words, holds, plans, relays)
            ]

    return api.do(seen)


def history(api: Served) -> list[tuple[str, int | None]]:
    async def read(db: Database) -> Any:
        async with db.read() as conn:
            query = select(case_events.c.kind, case_events.c.actor_id).order_by(case_events.c.event_id)
            return [tuple(row) for row in (await conn.execute(query)).all()]

    found: list[tuple[str, int | None]] = api.do(read)
    return found


def asks_for_a_plan(api: Served) -> str:
    """Anna asks for a plan of two parts; its number."""

    async def asked(db: Database) -> int:
        days = (NOW.date() + timedelta(days=10), NOW.date() + timedelta(days=20))
        parts = [Part(n, day, Money(60_000, "TWD")) for n, day in enumerate(days, 1)]
        async with db.write() as conn:
            return await instalment_plans.ask(conn, ANNA, 1, parts, ["I1"], NOW)

    return str(api.do(asked))


def waits_for_later(api: Served) -> str:
    async def first(db: Database) -> int:
        async with db.read() as conn:
            return (await for_later(conn, MEI, None, 1))[0].held_id

    return str(api.do(first))


def send(browser: Browser, what: str, number: int = 1, **fields: str) -> tuple[int, str]:
    """The status, and what the page says."""
    if what in ("dispute", "answer_dispute") and "which" not in fields:
        key = KEY.search(browser.ask(f"/console/cases/{number}").text)
        fields |= {} if key is None else {"which": key[1]}
    seen = browser.press(f"/console/cases/{number}/{what}", **fields)
    if seen.status == 303:
        told = TOLD.search(browser.ask(seen.headers["location"]).text)
        assert told is not None, what
        assert told[1] == "good"
        return 303, told[2]
    found = TOLD.search(seen.text)
    return seen.status, found[2] if found else ""


def test_all_that_is_done_in_a_topic_is_done_here_and_is_on_record_as_the_agents(api: Served) -> None:
    assert set(FORMS) == set(ACTS)
    mei = entered(api, MEI)
    for what, (fields, expected) in FORMS.items():
        if what.endswith("e_plan"):
            fields = {**fields, "plan": asks_for_a_plan(api)}
        if what == "drop_later":
            fields = {"which": waits_for_later(api)}
        before = len(history(api))
        status, words = send(mei, what, **fields)
        assert (what, status, bool(words)) == (what, 200 if what in SEEN_ONCE else 303, True)
        added = history(api)[before:]
        assert {kind for kind, _ in added} >= set(expected), what
        assert all(actor == MEI for kind, actor in added if kind in expected), what
        if what == "transfer":
            assert send(mei, "say", text="Still mine?")[0] == 409
            api.do(lambda db: casework.remove_agent(db, BOB, NOW))  # it waits again
            send(mei, "take")
    assert "Called the shop" in mei.ask("/console/cases/1").text


@pytest.mark.slow
def test_nothing_is_done_for_who_may_not(one: Served) -> None:
    bob, mei = entered(one, BOB), entered(one, MEI)
    before, token = picture(one), mei.token
    for what, (fields, _) in FORMS.items():
        path = f"/console/cases/1/{what}"
        refused = [
            Browser(one).send(path, {"token": token, **fields}).status,
            bob.send(path, {"token": token, **fields}).status,
            mei.send(path, fields).status,
            mei.send(path, {"token": token, **fields}, Origin="https://elsewhere.example").status,
            mei.ask(path).status,
            send(mei, what, number=77, **fields)[0],
        ]
        assert (what, refused) == (what, [401, 403, 403, 403, 404, 404])
        assert picture(one) == before, what
        if what not in FREE:
            status, words = send(bob, what, **fields)
            why = "waits no more" if what == "drop_later" else "Mei"  # a number of somebody else’s says nothing
            assert (what, status, why in words or "has this case" in words) == (what, 409, True)
            assert picture(one) == before, what
    assert send(mei, "done", outcome="other")[0] == 303
    closed = picture(one)
    for what, (fields, _) in FORMS.items():
        assert (what, send(mei, what, **fields)[0]) == (what, 409)
        assert picture(one) == closed, what


def test_a_form_is_taken_once_and_one_that_was_refused_may_be_sent_again(api: Served) -> None:
    mei = entered(api, MEI)
    assert send(mei, "say", text=" ", once="a")[0] == 409
    for _ in range(3):
        assert send(mei, "say", text="Hello", once="a")[0] == 303
    assert send(entered(api, MEI), "say", text="Hello", once="a")[0] == 303  # of another session
    assert [kind for kind, _ in history(api)].count("said") == 2


def test_a_claim_is_one_wherever_it_is_made(api: Served) -> None:
    mei, bob, sue = entered(api, MEI), entered(api, BOB), entered(api, SUE)
    assert send(mei, "release")[0] == 303
    assert 'cases/1/take"' in bob.ask("/console/cases/1").text
    assert send(bob, "say", text="Hello, this is Bob")[0] == 303  # who writes first has it
    assert send(mei, "take")[0] == 409
    assert 'cases/1/say"' not in mei.ask("/console/cases/1").text
    assert send(sue, "transfer", to=str(MEI))[0] == 303
    assert send(mei, "say", text="Hello again")[0] == 303
    text = mei.ask("/console/cases/1").text
    assert text.count("Hello again") == 1
    assert "on its way" in text
    assert re.findall(r"<b>(Mei|Bob)</b>", text) == ["Mei", "Bob", "Mei"]  # a note of hers, and who wrote which


def test_who_is_away_takes_nothing_and_words_that_cannot_be_meant_are_told(one: Served) -> None:
    mei, bob = entered(one, MEI), entered(one, BOB)
    refused = {
        "promise": ({"amount": "9999", "day": DAY}, "more than is owed"),
        "plan": ({"parts": "99"}, "A plan has"),
        "hold": ({"days": "0"}, "A hold lasts"),
        "snooze": ({"until": "2020-01-01T09:00"}, "past"),
        "transfer": ({"to": "x"}, "no such colleague"),
        "say": ({"text": "x" * 5000}, "too long"),
        "answer_dispute": ({"which": "zz", "reason": "because"}, "no such dispute"),
        "end_plan": ({}, "nothing of the kind"),
    }
    for what, (fields, said) in refused.items():
        status, words = send(mei, what, **fields)
        assert (what, status, said in words) == (what, 409, True)
    status, words = send(mei, "plan", parts="3", look="yes")
    assert status == 200
    assert words.count("NT$400.00") == 3
    assert "plan_proposed" not in [kind for kind, _ in history(one)]
    assert send(mei, "done", outcome="vanished")[0] == 400
    assert send(mei, "release")[0] == 303

    async def gone(db: Database) -> None:
        async with db.write() as conn:
            await set_away(conn, BOB, NOW)

    one.do(gone)
    for what in ("take", "say", "promise", "hold"):
        status, words = send(bob, what, **FORMS[what][0])
        assert (status, "away" in words) == (409, True)


def test_ready_replies_are_filled_in_to_be_read_before_they_are_sent(one: Served) -> None:
    mei = entered(one, MEI)
    assert "<option>greeting</option>" in mei.ask("/console/cases/1").text
    reply = mei.ask("/console/cases/1/replies/greeting")
    assert (reply.status, "Anna Lee" in reply.text, "Mei" in reply.text) == (200, True, True)
    assert mei.ask("/console/cases/1/replies/nothing").status == 404
    assert Browser(one).ask("/console/cases/1/replies/greeting").status == 401


def test_words_that_press_are_asked_about_and_leave_with_a_reason_only(api: Served) -> None:
    mei, words = entered(api, MEI), "Pay now or we call the police"
    assert "“acorn never forgets”" in send(mei, "say", text="Acorn NEVER forgets.")[1]
    for reason in ("", "because"):
        status, said = send(mei, "say", text=words, anyway=reason)
        assert (status, "not sent yet" in said, "police" in said) == (409, True, True)
    assert "said" not in [kind for kind, _ in history(api)]
    page = mei.press("/console/cases/1/say", text=words)
    assert f"required>{words}</textarea>" in page.text
    assert 'name="anyway"' in page.text
    assert send(entered(api, BOB), "say", text=words)[1] == "Nothing was done: Mei has this case."
    assert send(mei, "say", text=words, anyway="asked")[0] == 303
    assert [(kind, who) for kind, who in history(api) if kind in ("said", "sent_anyway")] == [
        ("said", MEI),
        ("sent_anyway", MEI),
    ]


def test_phone_and_mail_are_shown_once_to_who_has_the_case_and_a_call_too_many_is_told(api: Served) -> None:
    mei = entered(api, MEI)
    status, words = send(mei, "reveal", what_for="to call", once="r")
    assert (status, "+886912345678" in words, "anna@example.com" in words) == (200, True, True)
    assert "912345678" not in send(mei, "reveal", once="r")[1]  # the same form once more
    for path in ("/console/cases/1", "/console/cases/1/story"):
        assert "912345678" not in mei.ask(path).text
    assert send(mei, "call", result="shouted")[0] == 400
    api.clock.move(timedelta(hours=16))  # night in Taipei
    mei = entered(api, MEI)
    status, words = send(mei, "call", result="no_answer", note="in the night")
    assert (status, "supervisors are told" in words) == (200, True)

    async def notices(db: Database) -> Any:
        async with db.read() as conn:
            return (await conn.execute(select(agent_notices.c.agent_id, agent_notices.c.kind))).all()

    assert [tuple(row) for row in api.do(notices)] == [(SUE, "call_too_many")]
    assert "nobody answered. in the night" in mei.ask("/console/cases/1").text


def test_words_for_later_wait_on_the_page_and_the_topic_has_them_when_they_leave(api: Served) -> None:
    mei, at = entered(api, MEI), f"{DAY}T10:00"
    refused = {
        "At that time nothing may be sent": {"text": "Hello", "at": f"{DAY}T03:00"},
        "past already": {"text": "Hello", "at": "2020-01-01T09:00"},
        "too far ahead": {"text": "Hello", "at": "2027-01-01T09:00"},
        "no words": {"text": " ", "at": at},
        "Please choose a day": {"text": "Hello", "at": "soon"},
    }
    for said, fields in refused.items():
        status, words = send(mei, "later", **fields)
        assert (said, status, said in words) == (said, 409, True)
    threat = "Pay now or we call the police"
    page = mei.press("/console/cases/1/later", text=threat, at=at)
    assert (page.status, f"required>{threat}</textarea>" in page.text, f'value="{at}"' in page.text) == (
        409,
        True,
        True,
    )
    assert 'id="later-anyway"' in page.text
    assert send(mei, "later", text="Good morning", at=at)[0] == 303
    assert send(mei, "later", text=threat, at=f"{DAY}T10:01", anyway="agreed")[0] == 303
    assert "Good morning" in text_of(mei.ask("/console/cases/1").text)
    assert "Don’t send it" not in entered(api, SUE).ask("/console/cases/1").text
    assert send(entered(api, BOB), "drop_later", which=waits_for_later(api))[0] == 409
    api.clock.set(NOW + timedelta(days=4, hours=23))
    screening = Screening(POLICY, forbidden_words(""))
    api.do(lambda db: scheduled_messages.send_due(db, screening, api.clock.now()))

    async def sent(db: Database) -> Any:
        async with db.read() as conn:
            return (await conn.execute(select(relays.c.content).where(relays.c.source_chat == 0))).scalars().all()

    assert [threat in one or "Good morning" in one for one in api.do(sent)] == [True, True]
    assert [kind for kind, _ in history(api) if kind in ("said", "later_unsent", "sent_anyway")] == [
        *("sent_anyway", "said", "said"),
    ]
    assert send(entered(api, MEI), "drop_later", which="1")[1] == "This message waits no more."


def test_a_rest_is_offered_until_the_next_morning_by_the_clock_that_is_shown(one: Served) -> None:
    """Anna may be in Taipei, where it is Monday noon, or in New York, where it is still Sunday."""

    async def move(db: Database) -> None:
        async with db.write() as conn:
            await conn.execute(update(customers).values(zone="Asia/Taipei|America/New_York"))

    one.do(move)
    mei = entered(one, MEI)
    send(mei, "take")
    offered = re.findall(r'id="(?:snooze-until|later-at)" value="([^"]+)"', mei.ask("/console/cases/1").text)
    assert set(offered) == {"2026-03-03T09:00"}
    assert send(mei, "snooze", until=offered[0])[0] == 303


def test_a_case_rests_until_a_time_on_the_customers_clock(one: Served) -> None:
    """Anna is in Taipei, and the desk's clock, which the page goes by, shows UTC."""
    mei = entered(one, MEI)
    send(mei, "take")
    send(mei, "snooze", until=f"{DAY}T09:00")
    assert "This case rests until 7 Mar 2026, 9:00 am, by the customer’s clock." in mei.ask("/console/cases/1").text


def test_a_file_of_more_than_a_megabyte_is_taken_and_one_that_is_too_large_is_not_read(api: Served) -> None:
    mei = entered(api, MEI)
    token = {"X_Form_Token": mei.token, "X_File_Name": "terms.pdf", "Content_Type": "application/octet-stream"}
    body = "%PDF-1.7" + "x" * (3 << 19)
    assert mei.ask("/console/cases/1/file", "POST", body, **token).status == 303
    assert "terms.pdf" in mei.ask("/console/cases/1").text
    seen = mei.ask("/console/cases/1/file", "POST", "%PDF-1.7", Content_Length=str(21 << 20), **token)
    assert "too large" in text_of(seen.text)
    api.do(_gone_after_a_day)
    assert "terms.pdf" not in mei.ask("/console/cases/1").text


async def _gone_after_a_day(db: Database) -> None:
    async with db.write() as conn:
        await kept_files.drop_before(conn, NOW + timedelta(days=1))
