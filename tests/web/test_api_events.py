"""Events over HTTP: taken once, applied in any order, and never by anybody but the wallet."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import SecretStr
from sqlalchemy import select

from bot.rules.operations.wallet_events import KEPT_FOR
from bot.work.facts.forgetting import forget
from bot.work.operations import wallet_events as work
from bot.work.operations.wallet_events import apply_waiting, examine_events
from storage.operations.wallet_events import drop_before
from storage.runtime.engine import Database
from storage.schema import customers, instalments, payments, wallet_events
from tests.conftest import KINDS
from tests.rules.operations.test_event_signatures import CODED, PLAIN, older, standard
from tests.web.api_server import NOW, Answer, Served, address_of, served
from tests.web.test_api_facts import ACCOUNTS, CUSTOMERS, INSTALMENTS
from tests.web.test_api_reads import SECRET, is_problem


@pytest.fixture(params=KINDS)
def api(request: pytest.FixtureRequest) -> Iterator[Served]:
    database: Database = request.getfixturevalue(f"{request.param}_db")
    with served(address_of(database), events_secret=SecretStr(f"{PLAIN} {CODED}"), api_key=SecretStr(SECRET)) as one:
        yield one


@pytest.fixture
def sqlite_api(sqlite_db: Database) -> Iterator[Served]:
    with served(address_of(sqlite_db), events_secret=SecretStr(PLAIN), api_key=SecretStr(SECRET)) as one:
        yield one


def body_of(type_: str, at: datetime = NOW, **data: Any) -> bytes:
    return json.dumps({"type": type_, "timestamp": at.isoformat(), "data": data}).encode()


def send(api: Served, body: bytes, event_id: str, secret: str = PLAIN) -> Answer:
    at = str(int(api.clock.now().timestamp()))
    return raw(api, body, standard(secret, event_id, at, body))


def raw(api: Served, body: bytes, headers: dict[str, str]) -> Answer:
    said = {name.replace("-", "_"): value for name, value in headers.items()}
    return api.ask("/api/v1/events", method="POST", body=body, Content_Type="application/json", **said)


def apply(api: Served) -> None:
    api.do(lambda db: apply_waiting(db, api.clock))


def states(api: Served) -> list[tuple[str, str | None]]:
    events = api.ask("/api/v1/events?limit=1000", SECRET).json["data"]
    return [(event["state"], event["reason"]) for event in events]


def known(api: Served, only: Any) -> list[Any]:
    async def rows(db: Database) -> list[Any]:
        async with db.read() as conn:
            return [tuple(row) for row in (await conn.execute(only)).all()]

    found: list[Any] = api.do(rows)
    return found


def payment_of(**otherwise: str) -> bytes:
    payment = {"payment_id": "P1", "instalment_id": "I1", "paid_on": "2026-03-01", "amount": "250.00"}
    return body_of("payment.received", **{**payment, **otherwise})


def test_without_a_secret_events_are_off(sqlite_db: Database) -> None:
    with served(address_of(sqlite_db)) as one:
        assert is_problem(send(one, body_of("customer.changed", customer_id="C1"), "m1"), "events-off")


def test_an_event_is_taken_once_and_applied(api: Served, made_spans: InMemorySpanExporter) -> None:
    body = body_of("customer.changed", **CUSTOMERS[0])
    assert send(api, body, "m1").json == {"status": "accepted"}
    assert send(api, body, "m1", CODED).json == {"status": "known"}
    assert raw(api, body, older(PLAIN, str(int(NOW.timestamp())), body)).status == 202
    assert is_problem(raw(api, body, older(PLAIN, str(int(NOW.timestamp())), body)), "replayed")
    apply(api)
    lots = [dict(each.attributes or {}) for each in made_spans.get_finished_spans() if each.name.startswith("events")]
    assert lots == [{"events": 2}, {"events": 1}]  # both are about one row, which is changed by one after the other
    assert states(api) == [("applied", None)] * 2
    assert known(api, select(customers.c.customer_id, customers.c.name)) == [("C1", "陳大文")]
    assert known(api, select(wallet_events.c.body)) == [(None,)] * 2


def test_others_are_refused(sqlite_api: Served) -> None:
    body = body_of("customer.changed", customer_id="C1")
    at = str(int(NOW.timestamp()))
    late = str(int((NOW - timedelta(minutes=10)).timestamp()))
    for headers in ({}, standard("another secret", "m1", at, body), standard(PLAIN, "m1", late, body)):
        assert is_problem(raw(sqlite_api, body, headers), "wrong-signature")
    assert is_problem(raw(sqlite_api, body + b" ", standard(PLAIN, "m1", at, body)), "wrong-signature")
    for wrong in (
        *(b"", b"{", b"[]", b'"x"', b"[" * 20_000, body_of("payment.lost", payment_id="P")),
        *(body_of("customer.changed", customer_id="C", nmae="x"), body_of("customer.changed", customer_id=7)),
        *(payment_of(paid_on="yesterday"), payment_of(paid_on="2026-04-01"), payment_of(payment_id=" ")),
        *(body_of("payment.received", payment_id="P"), body_of("customer.changed", customer_id="C", name="\ud800")),
    ):
        assert is_problem(send(sqlite_api, wrong, "m1"), "wrong-value"), wrong[:40]
    assert is_problem(send(sqlite_api, b'"' + b"x" * 70_000 + b'"', "m1"), "too-large")
    assert states(sqlite_api) == []


def test_what_comes_before_what_it_is_about_is_applied_after_it(api: Served) -> None:
    payment = {"payment_id": "P1", "instalment_id": "I1", "paid_on": "2026-03-01", "amount": "250.00"}
    send(api, body_of("payment.received", **payment), "m1")
    send(api, body_of("instalment.changed", **INSTALMENTS[0]), "m2")
    apply(api)
    assert [state for state, _ in states(api)] == ["waiting", "waiting"]
    assert api.do(lambda db: examine_events(db, api.clock.now()))[0].ok is None
    send(api, body_of("account.changed", **ACCOUNTS[0]), "m3")
    send(api, body_of("customer.changed", **CUSTOMERS[0]), "m4")
    apply(api)
    api.clock.move(timedelta(seconds=5))
    apply(api)
    assert states(api) == [("applied", None)] * 4
    assert known(api, select(instalments.c.paid, instalments.c.outstanding)) == [(25000, 100000)]
    assert api.do(lambda db: examine_events(db, api.clock.now()))[0].ok


def test_one_that_never_fits_is_given_up_after_three_days(sqlite_api: Served) -> None:
    async def drop_old(db: Database) -> None:
        async with db.write() as conn:
            await drop_before(conn, sqlite_api.clock.now() - KEPT_FOR)

    send(sqlite_api, body_of("account.changed", **ACCOUNTS[0]), "m1")
    apply(sqlite_api)
    for _ in range(3):
        sqlite_api.clock.move(timedelta(days=1))
        apply(sqlite_api)
    [(state, reason)] = states(sqlite_api)
    assert state == "refused"
    assert "C1" in str(reason)
    sqlite_api.clock.move(KEPT_FOR)
    sqlite_api.do(drop_old)
    assert states(sqlite_api) == []


def test_one_that_fails_holds_up_no_other(sqlite_api: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    good = work._apply_kind

    async def fails(db: Database, kind: str, events: Any, now: datetime) -> None:
        if any(each.event.row["customer_id"] == "C2" for each in events):
            raise RuntimeError("nobody thought of this")
        await good(db, kind, events, now)

    monkeypatch.setattr(work, "_apply_kind", fails)
    for number, row in enumerate(CUSTOMERS):
        send(sqlite_api, body_of("customer.changed", **row), f"m{number}")
    apply(sqlite_api)
    assert [state for state, _ in states(sqlite_api)] == ["applied", "waiting", "applied"]


def test_a_forgotten_customer_is_in_no_event(sqlite_api: Served) -> None:
    send(sqlite_api, body_of("customer.changed", customer_id="C1"), "m0")
    apply(sqlite_api)
    send(sqlite_api, body_of("customer.changed", **CUSTOMERS[0]), "m1")
    sqlite_api.do(lambda db: forget(db, "C1", NOW))
    send(sqlite_api, body_of("customer.changed", **CUSTOMERS[0]), "m2")
    apply(sqlite_api)
    assert [state for state, _ in states(sqlite_api)] == ["applied"] * 3
    assert "陳大文" not in str(known(sqlite_api, select(wallet_events)) + known(sqlite_api, select(customers)))


@pytest.mark.slow(seconds=10)
def test_any_order_gives_the_same_as_the_order_in_which_it_happened(api: Served) -> None:
    """Changes and payments of a day, sent in any order and some twice: the newest word holds, and each payment counts
    once."""
    chance = random.Random(7)
    facts = [("customer.changed", CUSTOMERS[0]), ("account.changed", ACCOUNTS[0])]
    said = [(NOW - timedelta(days=1), kind, dict(row)) for kind, row in facts]
    for number in range(40):
        at = NOW - timedelta(hours=20) + timedelta(minutes=number)
        row = {"instalment_id": f"I{number % 4}", "account_id": "A1", "due_date": "2026-02-20"}
        said.append((at, "instalment.changed", {**row, "amount_due": f"{100 + number}.00"}))
        said.append((at, "customer.changed", {"customer_id": "C1", "name": f"name {number}"}))
        back = number % 5 == 0
        payment = {"payment_id": f"P{number}", "instalment_id": f"I{number % 4}", "paid_on": "2026-03-01"}
        said.append(
            (at, f"payment.{'reversed' if back else 'received'}", {**payment, "amount": "-1.00" if back else "2.00"})
        )
    sent = [*enumerate(said), *chance.sample(list(enumerate(said)), 30)]
    chance.shuffle(sent)
    for place, (number, (at, kind, row)) in enumerate(sent):
        send(api, body_of(kind, at, **row), f"m{number}")
        if place % 25 == 0:
            apply(api)
            api.clock.move(timedelta(seconds=7))
    for _ in range(3):
        api.clock.move(timedelta(seconds=61))
        apply(api)
    assert set(states(api)) == {("applied", None)}
    assert known(api, select(customers.c.name)) == [("name 39",)]
    due = select(instalments.c.instalment_id, instalments.c.amount_due).order_by(instalments.c.instalment_id)
    assert known(api, due) == [(f"I{number}", 100 * (136 + number)) for number in range(4)]
    sums = {f"I{number}": 0 for number in range(4)}
    for instalment_id, amount in known(api, select(payments.c.instalment_id, payments.c.amount)):
        sums[instalment_id] += amount
    paid = {f"I{n}": sum(-100 if k % 5 == 0 else 200 for k in range(n, 40, 4)) for n in range(4)}
    assert sums == paid
    settled = select(instalments.c.instalment_id, instalments.c.paid)
    assert dict(known(api, settled)) == paid
