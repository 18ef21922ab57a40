"""Agents work on cases over HTTP, each with a key of their own, and only as far as they may."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.rules.operations.api_keys import WrongKey
from bot.settings import Settings
from bot.web.problems import KINDS as PROBLEMS
from bot.work.cases import casework
from bot.work.operations.api_keys import list_keys, make_key, revoke_key
from bot.work.operations.hooks import add_hook
from storage.cases import agents
from storage.runtime.engine import Database
from storage.schema import case_events, cases, import_state, outgoing_events, plans, relays
from tests.conftest import KINDS
from tests.web import api_server
from tests.web.api_server import NOW, Served, address_of, served
from tests.web.desk_api import act, add_people, desk_served, key_of, kinds_of, opened
from tests.web.test_api_reads import SECRET, is_problem
from tests.work.cases.kept_cases import BOB, MEI, SUE
from tests.work.lives import POLICY, add


@pytest.fixture(params=KINDS)
def api(request: pytest.FixtureRequest) -> Iterator[Served]:
    with desk_served(request.getfixturevalue(f"{request.param}_db")) as one:
        yield one


@pytest.fixture
def sqlite_api(sqlite_db: Database) -> Iterator[Served]:
    with desk_served(sqlite_db) as one:
        yield one


def test_an_agent_works_on_a_case_from_the_first_word_to_the_end(sqlite_api: Served) -> None:
    api = sqlite_api
    case_id, key = opened(api), key_of(api)
    at = f"/cases/{case_id}"
    seen = api.ask("/api/v1/desk/queue", key).json
    assert [(each["case_id"], each["reason"]) for each in seen["waiting"]] == [(case_id, "asked")]
    claimed = act(api, key, "/desk/next")
    seen = api.ask("/api/v1/desk/queue", key).json
    assert ([each["case_id"] for each in seen["mine"]], seen["waiting_count"]) == ([case_id], 0)
    assert (claimed.status, claimed.json["owner"], claimed.json["state"]) == (200, "Mei", "claimed")
    assert claimed.headers["etag"] == api.ask(f"/api/v1{at}", key).headers["etag"]
    assert act(api, key, "/desk/next").status == 204
    for path, given, status in (
        ("say", {"text": "Hello"}, 202),
        ("say", {"ready_reply": "Greeting"}, 202),
        ("note", {"text": "sounds worried"}, 200),
        ("promise", {"day": "2026-03-06", "amount": "500.00"}, 200),
        ("hold", {"days": 3, "reason": "ill"}, 200),
        ("plan", {"amounts": ["700.00", "500"], "first_day": "2026-03-09", "every": "week"}, 200),
        ("snooze", {"until": "2026-03-04T02:00:00Z"}, 200),
    ):
        answer = act(api, key, f"{at}/{path}", given)
        assert answer.status == status, answer.text
    for path in ("promise", "hold", "plan", "snooze"):
        assert act(api, key, f"{at}/{path}", method="DELETE").status == 200, path
    answer = {"instalment_id": "I1", "reason": "The contract has this sum."}
    for path, given in (
        ("dispute", {"instalment_id": "I1"}),
        ("dispute_answer", {**answer, "is_wrong": True}),
        ("dispute_answer", {**answer, "is_wrong": False}),
    ):
        assert act(api, key, f"{at}/{path}", given).status == 200, path
    other = act(api, key, f"{at}/dispute_answer", {**answer, "instalment_id": "I2", "is_wrong": False})
    assert other.json["errors"][0]["where"] == "instalment_id"  # though the reason is that of the last answer
    [dispute] = api.ask("/api/v1/disputes", key).json["data"]
    assert (dispute["instalment_id"], dispute["ended_why"]) == ("I1", "rejected")
    assert act(api, key, f"{at}/release").json["state"] == "waiting"
    assert act(api, key, f"{at}/claim", {}).json["owner_id"] == MEI
    assert act(api, key, f"{at}/transfer", {"agent_id": BOB}).json["owner"] == "Bob"
    assert act(api, SECRET, f"{at}/assign", {"agent_id": MEI}).json["owner"] == "Mei"
    done = act(api, key, f"{at}/done", {"outcome": "promised"})
    assert (done.json["state"], done.json["outcome"]) == ("closed", "promised")
    assert api.do(lambda db: kinds_of(db, case_id)) == [
        *("opened", "claimed", "said", "said", "note", "snoozed", "promise_agreed", "snoozed", "hold_set"),
        *("plan_proposed", "snoozed", "snoozed", "promise_withdrawn", "hold_withdrawn", "plan_withdrawn"),
        *("dispute_noted", "dispute_answered", "dispute_answered"),
        *("released", "claimed", "transferred", "transferred", "closed"),
    ]


def test_whose_key_it_is_decides(sqlite_api: Served) -> None:
    api = sqlite_api
    case_id, key, other = opened(api), key_of(api), key_of(api, BOB)
    at = f"/cases/{case_id}"
    assert act(api, key, f"{at}/claim").status == 200
    for path, given in (
        ("claim", None),
        ("say", {"text": "Hello"}),
        ("promise", {"day": "2026-03-06"}),
        ("hold", {"days": 2}),
        ("release", None),
        ("transfer", {"agent_id": BOB}),
        ("done", {"outcome": "paid"}),
    ):
        refused = act(api, other, f"{at}/{path}", given)
        assert is_problem(refused, "not-yours"), path
        assert refused.json["detail"] == "Mei has this case"
    assert act(api, other, f"{at}/note", {"text": "I know her"}).status == 200
    assert is_problem(act(api, other, f"{at}/assign", {"agent_id": BOB}), "no-scope")
    for no_agent in (SECRET, api.do(lambda db: make_key(db, "boss", ("admin",), NOW))):
        refused = act(api, no_agent, f"{at}/say", {"text": "Hello"})
        assert is_problem(refused, "no-agent" if no_agent == SECRET else "no-scope")
    assert act(api, key, f"{at}/done", {"outcome": "paid"}).status == 200
    assert is_problem(act(api, key, f"{at}/say", {"text": "Hello"}), "case-closed")


def test_a_key_ends_with_its_agent(api: Served) -> None:
    case_id, key, other = opened(api), key_of(api), key_of(api, BOB)
    assert act(api, key, f"/cases/{case_id}/claim").status == 200
    api.do(lambda db: casework.remove_agent(db, MEI, NOW))
    assert is_problem(act(api, key, f"/cases/{case_id}/note", {"text": "x"}), "no-key")
    api.do(add_people)  # she comes back; the key does not
    assert is_problem(act(api, key, f"/cases/{case_id}/note", {"text": "x"}), "no-key")
    assert act(api, other, f"/cases/{case_id}/claim").json["owner"] == "Bob"
    api.do(lambda db: revoke_key(db, f"key of {BOB}", NOW))
    assert is_problem(act(api, other, f"/cases/{case_id}/done", {"outcome": "paid"}), "no-key")
    assert api.do(lambda db: kinds_of(db, case_id))[-1] == "claimed"


def test_keys_for_the_desk_belong_to_an_agent(sqlite_api: Served) -> None:
    for scopes, agent in ((("desk",), None), (("read",), MEI), (("read", "desk"), 77)):
        with pytest.raises(WrongKey, match="--agent: "):
            sqlite_api.do(lambda db, scopes=scopes, agent=agent: make_key(db, "k", scopes, NOW, agent))
    assert sqlite_api.do(list_keys) == []


def test_bad_values_are_told_by_name_and_change_nothing(sqlite_api: Served) -> None:
    api, case_id, key = sqlite_api, opened(sqlite_api), key_of(sqlite_api)
    assert act(api, key, f"/cases/{case_id}/claim").status == 200
    before = api.do(lambda db: kinds_of(db, case_id))
    for path, given, where in (
        ("say", {"text": "Hi", "to": "all"}, "to"),
        ("say", b'{"text": "Hi", "\\ud800": 1}', ""),
        ("say", {"text": "x\ud800"}, "text"),
        ("say", {"text": "x\0"}, "text"),
        ("say", {"text": "x" * 4097}, "text"),
        ("say", {"text": "😀" * 2049}, "text"),
        ("say", {"text": " \n"}, "text"),
        ("say", {}, ""),
        ("say", {"text": "Hi", "ready_reply": "greeting"}, ""),
        ("say", {"ready_reply": "greting"}, "ready_reply"),
        ("dispute", {"instalment_id": "1"}, "instalment_id"),
        ("dispute_answer", {"instalment_id": "I1", "is_wrong": True, "reason": "it is"}, "instalment_id"),
        ("dispute_answer", {"instalment_id": "I1", "is_wrong": True, "reason": " "}, "reason"),
        ("note", {"text": 5}, "text"),
        ("note", [], ""),
        ("claim", {"x": 1}, "x"),
        ("promise", {"day": "2026-3-6"}, "day"),
        ("promise", {"day": 20260306}, "day"),
        ("promise", {"day": "2026-03-01"}, "day"),
        ("promise", {"day": "2027-03-01"}, "day"),
        ("promise", {"day": "2026-03-06", "amount": 500}, "amount"),
        ("promise", {"day": "2026-03-06", "amount": "-1"}, "amount"),
        ("promise", {"day": "2026-03-06", "amount": "1e3"}, "amount"),
        ("promise", {"day": "2026-03-06", "amount": "0"}, "amount"),
        ("promise", {"day": "2026-03-06", "amount": "1.001"}, "amount"),
        ("promise", {"day": "2026-03-06", "amount": "1200.01"}, "amount"),
        ("promise", {"day": "2026-03-06", "currency": "USD"}, "currency"),
        ("hold", {"days": 61}, "days"),
        ("hold", {"days": True}, "days"),
        ("hold", {"days": 2**63}, "days"),
        ("hold", {"days": 3, "reason": "x" * 301}, "reason"),
        ("plan", {}, ""),
        ("plan", {"parts": 3, "amounts": ["1", "2"]}, ""),
        ("plan", {"parts": 25}, "parts"),
        ("plan", {"amounts": ["1", "2"]}, "amounts"),
        ("plan", {"amounts": ["1.001", "2"]}, "amounts"),
        ("plan", {"parts": 3, "first_day": "2026-03-01"}, "first_day"),
        ("plan", {"parts": 3, "every": "day"}, "every"),
        ("plan", {"parts": 3, "instalment_ids": ["I9"]}, "instalment_ids"),
        ("snooze", {"until": "2026-03-04"}, "until"),
        ("snooze", {"until": "2026-03-01T00:00:00Z"}, "until"),
        ("snooze", {"until": "9999-12-31T23:59:59Z"}, "until"),
        ("transfer", {"agent_id": 2**63}, "agent_id"),
        ("transfer", {"agent_id": 77}, "agent_id"),
        ("done", {"outcome": "won"}, "outcome"),
    ):
        refused = act(api, key, f"/cases/{case_id}/{path}", given)
        assert is_problem(refused, "wrong-value"), (path, given, refused.text)
        assert [each["where"] for each in refused.json["errors"]] == [where], (path, given, refused.text)
    for path, kind in (
        (f"/cases/{2**63}/claim", "wrong-value"),
        ("/cases/0/claim", "wrong-value"),
        ("/cases/x/claim", "wrong-value"),
        ("/cases/999999/claim", "not-found"),
        (f"/cases/{case_id}/clame", "not-found"),
    ):
        assert is_problem(act(api, key, path), kind), path
    at = f"/cases/{case_id}/say"
    for body, headers, kind in (
        (b'{"text": "x"}', {"Content_Type": "text/plain"}, "wrong-type"),
        (b'{"text": "x"}', {"Content_Encoding": "gzip"}, "wrong-type"),
        (b'{"text": ', {}, "bad-request"),
        (b"[" * 10_000, {}, "bad-request"),
        (b'{"text": "\xff"}', {}, "bad-request"),
        (b'{"text": %s}' % (b"9" * 5000), {}, "wrong-value"),
        (b'{"text": "%s"}' % (b"x" * (70 << 10)), {}, "too-large"),
    ):
        assert is_problem(act(api, key, at, body, **headers), kind)
    assert is_problem(act(api, key, at, method="POST"), "wrong-type")
    assert api.do(lambda db: kinds_of(db, case_id)) == before


def test_what_cannot_be_done_says_why_in_a_word(sqlite_api: Served) -> None:
    api, case_id, key = sqlite_api, opened(sqlite_api), key_of(sqlite_api)
    at = f"/cases/{case_id}"

    async def gone(db: Database) -> None:
        async with db.write() as conn:
            await agents.set_away(conn, BOB, NOW)

    api.do(gone)
    away = key_of(api, BOB)
    reasons = [
        act(api, away, "/desk/next"),
        act(api, away, f"{at}/say", {"text": "x"}),
        act(api, key, f"{at}/release"),
        act(api, key, f"{at}/transfer", {"agent_id": SUE}),
        act(api, SECRET, f"{at}/assign", {"agent_id": BOB}),
        act(api, key, f"{at}/promise", method="DELETE"),
        act(api, key, f"{at}/say", {"ready_reply": "how-to-pay"}),
    ]
    assert all(is_problem(each, "not-possible") for each in reasons)
    assert [each.json["reason"] for each in reasons] == [
        *("away", "away", "nobody_has_it", "nobody_has_it", "colleague_away", "nothing_to_cancel", "not_filled"),
    ]


def test_agents_and_keys_are_read_with_the_scope_admin(sqlite_api: Served) -> None:
    api, key = sqlite_api, key_of(sqlite_api)
    assert is_problem(api.ask("/api/v1/agents", key), "no-scope")
    assert [each["agent_id"] for each in api.ask("/api/v1/agents", SECRET).json["data"]] == [MEI, BOB, SUE]
    assert api.ask("/api/v1/keys", SECRET).json["data"] == [
        {
            "name": f"key of {MEI}",
            "scopes": ["read", "desk"],
            "agent_id": MEI,
            "made_at": "2026-03-02T04:00:00Z",
            "last_used_at": "2026-03-02T04:00:00Z",
        }
    ]


def test_hooks_are_read_with_the_scope_admin_and_without_secrets(sqlite_api: Served) -> None:
    api, key = sqlite_api, key_of(sqlite_api)
    assert is_problem(api.ask("/api/v1/hooks", key), "no-scope")
    assert api.ask("/api/v1/hooks", SECRET).json == {"data": []}

    async def behind(db: Database) -> None:
        url = "https://crm.example:8443/in/tok3n?key=tok3n"
        made = await add_hook(db, Settings(_env_file=None), url, "promise.made,case.closed", NOW)
        event = {"hook_id": made.hook.hook_id, "kind": "case.closed", "customer_id": "C1", "at": NOW, "body": "{}"}
        for state in ("waiting", "parked"):
            ended = {"ended_at": NOW, "reason": "HTTP status 500"} if state == "parked" else {}
            await add(db, outgoing_events, **event, state=state, waits_since=NOW, next_at=NOW, tries=1, **ended)

    api.do(behind)
    assert api.ask("/api/v1/hooks", SECRET).json["data"] == [
        {
            "hook_id": 1,
            "address": "https://crm.example:8443",
            "events": ["promise.made", "case.closed"],
            "own_secret": True,
            "made_at": "2026-03-02T04:00:00Z",
            "delivered_at": None,
            "ended_at": None,
            "waiting": 1,
            "waits_since": "2026-03-02T04:00:00Z",
            "parked": 1,
            "reason": "HTTP status 500",
        }
    ]


def test_each_kind_of_problem_can_be_looked_up(sqlite_api: Served) -> None:
    for kind in ("no-agent", "not-yours", "case-closed", "not-possible", "changed"):
        assert sqlite_api.ask(f"/api/problems/{kind}").json["status"] == PROBLEMS[kind].status


def test_what_the_customer_reads_is_stored_with_what_was_done(sqlite_api: Served) -> None:
    api, case_id, key = sqlite_api, opened(sqlite_api), key_of(sqlite_api)
    assert act(api, key, f"/cases/{case_id}/plan", {"parts": 3}).status == 200

    async def stored(db: Database) -> tuple[Any, ...]:
        async with db.read() as conn:
            (relay,) = (await conn.execute(select(relays))).all()
            (plan,) = (await conn.execute(select(plans))).all()
            (case,) = (await conn.execute(select(cases))).all()
        return json.loads(relay.content)["plan"] == plan.plan_id, plan.proposed_by, case.owner_id

    assert api.do(stored) == (True, MEI, MEI)


def test_a_ready_reply_is_filled_in_for_the_customer(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"ready_reply": "what-is-due"}

    async def spoke(db: Database) -> None:
        await add(db, import_state, state_id=1, wallet_spoke_at=NOW)

    async def said(db: Database) -> Any:
        async with db.read() as conn:
            return json.loads((await conn.execute(select(relays.c.content))).scalar_one())["text"]

    monkeypatch.setattr(api_server, "POLICY", replace(POLICY, facts_max_age=timedelta(days=2)))
    with served(address_of(sqlite_db)) as api:
        api.do(add_people)
        api.do(spoke)
        case_id, key = opened(api), key_of(api)
        assert act(api, key, f"/cases/{case_id}/say", asked).status == 202
        assert "1,200" in api.do(said)
        assert is_problem(act(api, key, f"/cases/{case_id + 1}/say", asked), "not-found")
        api.clock.move(timedelta(days=3))
        old = act(api, key, f"/cases/{case_id}/say", asked)
        assert (old.status, old.json["reason"]) == (409, "figures_old")


def test_words_that_threaten_are_asked_about_and_leave_with_a_reason(sqlite_db: Database, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('third_party = "your landlord"\n', "utf-8")

    async def history(db: Database) -> list[str]:
        async with db.read() as conn:
            return list((await conn.execute(select(case_events.c.kind).order_by(case_events.c.event_id))).scalars())

    with served(address_of(sqlite_db), guard_words=str(tmp_path / "own.toml")) as api:
        api.do(add_people)
        case_id, key = opened(api), key_of(api)
        threat = {"text": "Pay or we will sue you."}
        asked = act(api, key, f"/cases/{case_id}/say", threat)
        assert is_problem(asked, "words-asked")
        assert [one["kind"] for one in asked.json["found"]] == ["threat"]
        asked = act(api, key, f"/cases/{case_id}/say", {"text": "Does your landlord know?"})
        assert asked.json["found"] == [{"kind": "third_party", "said": "your landlord"}]
        assert "said" not in api.do(history)
        assert (
            act(api, key, f"/cases/{case_id}/say", {**threat, "anyway": "They asked what a court does."}).status == 202
        )
        assert [kind for kind in api.do(history) if kind in ("said", "sent_anyway")] == ["said", "sent_anyway"]
        assert act(api, key, f"/cases/{case_id}/say", {"text": "Hello", "anyway": "nothing was asked"}).status == 202
