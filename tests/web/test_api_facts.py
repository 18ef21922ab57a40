"""Facts over HTTP: the same rows as by a file, the same refusals, once for each key, and of any length."""

from __future__ import annotations

import asyncio
import errno
import http.client
import json
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot.rules.facts.money import MAX_MINOR_UNITS
from bot.web import limits
from bot.work.facts import import_json
from bot.work.facts.import_run import import_paths
from bot.work.operations.api_keys import make_key, revoke_key
from bot.work.operations.idempotent_requests import CUT_OFF_AFTER, KEPT_FOR
from storage.facts import imports
from storage.operations import idempotency_keys
from storage.runtime.engine import Database
from storage.schema import accounts, customers, instalments, payments
from tests.conftest import KINDS
from tests.web.api_server import NOW, Answer, Served, address_of, served
from tests.web.test_api_reads import is_problem

CUSTOMERS: list[dict[str, Any]] = [
    {"customer_id": "C1", "name": "陳大文", "language": "zh-TW", "phone": "+886912345678", "vulnerable": True},
    {"customer_id": "C2", "name": '"=1+1', "email": "a@example.com", "time_zone": "Asia/Taipei", "vulnerable": None},
    {"customer_id": "C3"},
]
ACCOUNTS = [
    {"account_id": "A1", "customer_id": "C1", "currency": "TWD", "balance": "1250.00"},
    {"account_id": "A2", "customer_id": "C2", "currency": "JPY", "balance": "12", "product": "Card, gold"},
]
INSTALMENTS = [
    {"instalment_id": "I1", "account_id": "A1", "due_date": "2026-02-20", "amount_due": "1250.00", "fees": "10"},
    {"instalment_id": "I2", "account_id": "A2", "due_date": "2028-02-29", "amount_due": "12", "amount_paid": None},
]
PAYMENTS = [
    {"payment_id": "P1", "instalment_id": "I1", "paid_on": "2026-03-01", "amount": "250.00"},
    {"payment_id": "P2", "instalment_id": "I1", "paid_on": "2026-03-01", "amount": "-50.00"},
]
ALL = {"customers": CUSTOMERS, "accounts": ACCOUNTS, "instalments": INSTALMENTS, "payments": PAYMENTS}
JSON, NDJSON = "application/json", "application/x-ndjson"


@pytest.fixture(params=KINDS)
def api(request: pytest.FixtureRequest) -> Iterator[Served]:
    database: Database = request.getfixturevalue(f"{request.param}_db")
    with served(address_of(database)) as one:
        yield one


@pytest.fixture
def sqlite_api(sqlite_db: Database) -> Iterator[Served]:
    with served(address_of(sqlite_db)) as one:
        yield one


def key_of(api: Served) -> str:
    made: str = api.do(lambda db: make_key(db, "wallet", ("facts", "read"), NOW))
    return made


def post(api: Served, key: str, kind: str, rows: list[Any], **headers: str) -> Answer:
    return api.ask(f"/api/v1/{kind}", key, "POST", json.dumps(rows).encode(), Content_Type=JSON, **headers)


def lines(api: Served, key: str, kind: str, body: bytes, **headers: str) -> Answer:
    return api.ask(f"/api/v1/{kind}", key, "POST", body, Content_Type=NDJSON, **headers)


async def facts(db: Database) -> list[list[dict[str, Any]]]:
    """All rows, but for the blocks of files that they point at."""
    async with db.read() as conn:
        tables = [(await conn.execute(select(table).order_by(*table.primary_key))).mappings().all() for table in TABLES]
    return [[{k: v for k, v in row.items() if k != "import_block_id"} for row in rows] for rows in tables]


TABLES = (customers, accounts, instalments, payments)


def test_the_same_rows_by_file_and_over_http(api: Served, sqlite_template: Path, tmp_path: Path) -> None:
    key = key_of(api)
    for kind, rows in ALL.items():
        assert post(api, key, kind, rows).json == {"added": len(rows), "changed": 0, "same": 0, "refused": 0}
    files = []
    for kind, rows in ALL.items():
        names = list(dict.fromkeys(name for row in rows for name in row))
        cells = [[_cell(row.get(name)) for name in names] for row in rows]
        files.append(tmp_path / f"{kind}.csv")
        files[-1].write_text("\n".join(",".join(each) for each in [names, *cells]) + "\n", "utf-8")
    (tmp_path / "other.db").write_bytes(sqlite_template.read_bytes())

    async def by_file() -> list[list[dict[str, Any]]]:
        db = Database(f"sqlite:///{tmp_path / 'other.db'}")
        assert (await import_paths(db, files, NOW)).ok
        found = await facts(db)
        await db.close()
        return found

    assert api.do(facts) == asyncio.run(by_file())
    for kind, rows in ALL.items():
        assert post(api, key, kind, rows).json["same"] == len(rows)


def _cell(value: Any) -> str:
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else value
    return '"' + text.replace('"', '""') + '"'


def test_a_name_that_is_left_out_keeps_and_null_clears(sqlite_api: Served) -> None:
    key = key_of(sqlite_api)
    post(sqlite_api, key, "customers", CUSTOMERS)
    changes = [{"customer_id": "C1", "name": "陳小文"}, {"customer_id": "C2", "email": None}]
    assert post(sqlite_api, key, "customers", changes).json["changed"] == 2
    one, two = (sqlite_api.ask(f"/api/v1/customers/{each}", key).json for each in ("C1", "C2"))
    assert (one["name"], one["phone"], one["vulnerable"]) == ("陳小文", "+886912345678", True)
    assert (two["name"], two["email"]) == ('"=1+1', None)


REFUSED: dict[str, list[tuple[Any, str]]] = {
    "customers": [
        ({"customer_id": "X", "phoen": "1"}, "has unknown names: 'phoen'"),
        ({"name": "Anna"}, "customer_id is missing"),
        ({"customer_id": ""}, "customer_id is missing"),
        ({"customer_id": 7}, "customer_id is a number"),
        ({"customer_id": "X", "name": ["a"]}, "name is a list"),
        ({"customer_id": "X", "name": True}, "name is a true or false"),
        ({"customer_id": "X", "name": "a\nb"}, "name is not plain text"),
        ({"customer_id": "X", "name": "a\0"}, "name is not plain text"),
        ({"customer_id": "X", "name": "\ud800"}, "name is not plain text"),
        ({"customer_id": "X", "time_zone": "Mars"}, "time_zone 'Mars' is not a time zone"),
        ("C1", "is not an object"),
        (None, "is not an object"),
        ([], "is not an object"),
    ],
    "accounts": [
        ({**ACCOUNTS[0], "balance": 12.5}, "balance is a number"),
        ({**ACCOUNTS[0], "balance": "1e3"}, "balance: '1e3' is not an amount"),
        ({**ACCOUNTS[0], "balance": str(MAX_MINOR_UNITS)}, "is larger than can be stored"),
        ({**ACCOUNTS[0], "currency": "twd"}, "currency 'twd' is not a currency"),
        ({**ACCOUNTS[0], "customer_id": "C2"}, "account_id 'A1' is already in line 2"),  # the header is the first
        ({**ACCOUNTS[1], "customer_id": "nobody"}, "nobody"),
    ],
}


def test_refused_rows_are_told_by_number_and_the_others_are_in(sqlite_api: Served) -> None:
    key = key_of(sqlite_api)
    for kind, cases in REFUSED.items():
        good = ALL[kind][0]
        answer = post(sqlite_api, key, kind, [good, *(row for row, _ in cases)])
        assert is_problem(answer, "rows-refused")
        partly = 1 if kind == "customers" else 0  # the time zone is optional: the rest of the row is in
        assert (answer.json["added"], answer.json["refused"]) == (1 + partly, len(cases))
        told = {error["where"]: error["expected"] for error in answer.json["errors"]}
        for number, (_, reason) in enumerate(cases, start=1):
            assert reason in told[f"[{number}]"]


def test_every_object_is_counted_and_a_number_is_called_one(sqlite_api: Served) -> None:
    key, account = key_of(sqlite_api), ACCOUNTS[0]
    post(sqlite_api, key, "customers", CUSTOMERS)
    rows: dict[str, Any] = {
        name: {**account, "balance": value} for name, value in (("0", 0), ("no", False), ("-", " "))
    }
    told = post(sqlite_api, key, "accounts", list(rows.values())).json
    assert (told["refused"], [error["expected"] for error in told["errors"]]) == (
        3,
        [
            "balance is a number; expected a string, amounts included",
            "balance is a true or false; expected a string, amounts included",
            "balance is missing; it is needed",
        ],
    )
    # A line of blank cells is nothing in a file; an object is one all the same.
    told = post(sqlite_api, key, "customers", [{"customer_id": "\u3000"}, {"customer_id": " ", "name": ""}]).json
    assert (told["same"], told["refused"]) == (0, 2)


def test_a_key_that_is_revoked_while_facts_come_in_writes_nothing(api: Served) -> None:
    key, place = key_of(api), urlsplit(api.url)
    connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=60)
    row = b'{"customer_id": "C1"}\n'
    connection.putrequest("POST", "/api/v1/customers")
    for name, value in (("Authorization", f"Bearer {key}"), ("Content-Type", NDJSON), ("Content-Length", len(row) * 2)):
        connection.putheader(name, str(value))
    connection.endheaders(row)
    other = api.do(lambda db: make_key(db, "other", ("read",), NOW))
    while api.ask("/api/v1/keys", other).status != 403:  # the first request is under way by then
        pass
    api.do(lambda db: revoke_key(db, "wallet", NOW))
    connection.send(row)
    assert connection.getresponse().status == 401
    connection.close()
    assert api.ask("/api/v1/customers", other).json["data"] == []


def test_numbers_are_those_of_the_request_whatever_the_shapes(sqlite_api: Served) -> None:
    key = key_of(sqlite_api)
    rows: list[dict[str, Any]] = []
    for number in range(30):
        rows.append({"customer_id": f"N{number}", **({"name": "a"} if number % 3 else {}), "time_zone": "Mars"})
        rows.append({"customer_id": f"M{number}"})
    told = post(sqlite_api, key, "customers", rows).json["errors"]
    assert [error["where"] for error in told] == [f"[{number}]" for number in range(0, 60, 2)]


def test_bodies_that_cannot_be_read(sqlite_api: Served) -> None:
    key = key_of(sqlite_api)

    def ask(body: bytes, kind: str = JSON, **headers: str) -> Answer:
        return sqlite_api.ask("/api/v1/customers", key, "POST", body, Content_Type=kind, **headers)

    for body in (b"", b"{", b'[{"customer_id": "C1", "customer_id": "C2"}]', b"[NaN]"):
        assert is_problem(ask(body), "bad-request"), body
    for body in (b"[]", b"{}", b"null", b'"C1"'):
        assert is_problem(ask(body), "wrong-value"), body
    assert is_problem(ask(b"\n\n", NDJSON), "wrong-value")
    for kind in ("text/csv", "", "application/xml"):
        assert is_problem(ask(b"[]", kind), "wrong-type")
    assert is_problem(ask(b"[]", Content_Encoding="gzip"), "wrong-type")
    assert is_problem(ask(b"[]", Content_Encoding="Identity"), "wrong-value")
    assert is_problem(ask(b"[" + b" " * limits.MOST_BODY_BYTES + b"]"), "too-large")
    assert is_problem(ask(b"x" * (limits.MOST_BODY_BYTES + 70_000), NDJSON), "too-large")
    assert is_problem(sqlite_api.ask("/api/v1/customers", "duebot_x", "POST", b"[]", Content_Type=JSON), "no-key")
    reader = sqlite_api.do(lambda db: make_key(db, "reader", ("read",), NOW))
    assert is_problem(sqlite_api.ask("/api/v1/customers", reader, "POST", b"[]", Content_Type=JSON), "no-scope")


def test_lines_of_any_number_and_hostile_ones_among_them(sqlite_api: Served) -> None:
    key = key_of(sqlite_api)
    good = [json.dumps({"customer_id": f"L{number:06}", "name": "x" * 190}).encode() for number in range(12_000)]
    good[7:7] = [b"[" * 50_000, b'{"customer_id": "' + b"y" * import_json.MOST_LINE + b'"}', b"{}", b"", b"nul"]
    body = b"\r\n".join(good)
    assert len(body) > limits.MOST_RAW_BYTES  # of any other request
    answer = lines(sqlite_api, key, "customers", body)
    assert (answer.json["added"], answer.json["refused"]) == (12_000, 4)
    assert [error["where"] for error in answer.json["errors"]] == ["[7]", "[8]", "[9]", "[10]"]


def test_too_many_shapes_cost_only_the_rows_of_the_last_ones(
    sqlite_api: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_json, "MOST_SHAPES", 1)
    answer = post(sqlite_api, key_of(sqlite_api), "customers", CUSTOMERS)
    assert (answer.json["added"], answer.json["refused"]) == (1, 2)


def test_the_same_key_writes_once(api: Served) -> None:
    key = key_of(api)
    first = post(api, key, "customers", CUSTOMERS, Idempotency_Key="a-1")
    again = post(api, key, "customers", CUSTOMERS, Idempotency_Key="a-1")
    assert again.json == first.json == {"added": 3, "changed": 0, "same": 0, "refused": 0}
    assert again.headers["idempotency-replayed"] == "true"
    assert is_problem(post(api, key, "customers", CUSTOMERS[:1], Idempotency_Key="a-1"), "other-request")
    assert is_problem(post(api, key, "accounts", CUSTOMERS, Idempotency_Key="a-1"), "other-request")
    assert is_problem(post(api, key, "customers", CUSTOMERS, Idempotency_Key="é"), "wrong-value")
    api.clock.move(KEPT_FOR)
    assert post(api, key, "customers", CUSTOMERS, Idempotency_Key="a-1").json["same"] == 3


def test_a_repeated_request_with_refusals_says_how_many(sqlite_api: Served) -> None:
    key = key_of(sqlite_api)
    rows = [*CUSTOMERS, {"customer_id": 7}]
    first = post(sqlite_api, key, "customers", rows, Idempotency_Key="a-1")
    again = post(sqlite_api, key, "customers", rows, Idempotency_Key="a-1")
    assert is_problem(first, "rows-refused")
    assert is_problem(again, "rows-refused")
    assert (again.json["added"], again.json["refused"], again.json.get("errors")) == (3, 1, None)


def test_one_that_was_cut_off_is_under_way_for_a_while_and_then_done_again(api: Served) -> None:
    key = key_of(api)
    post(api, key, "customers", CUSTOMERS, Idempotency_Key="a-1")

    async def cut_off(db: Database) -> None:
        async with db.write() as conn:
            found = await idempotency_keys.find(conn, "wallet", "a-1")
            assert found is not None
            await idempotency_keys.drop(conn, "wallet", "a-1", found.begun_at)
            assert await idempotency_keys.begin(conn, "wallet", "a-1", found.digest, NOW)

    api.do(cut_off)
    assert is_problem(post(api, key, "customers", CUSTOMERS, Idempotency_Key="a-1"), "under-way")
    api.clock.move(CUT_OFF_AFTER + timedelta(seconds=1))
    assert post(api, key, "customers", CUSTOMERS, Idempotency_Key="a-1").json["same"] == 3


def test_one_that_was_cut_off_by_the_database_may_be_sent_again_at_once(
    api: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, take_in = key_of(api), import_json.JsonRows.take_in

    async def cut_off(*_: object) -> None:
        raise OperationalError("INSERT", {}, sqlite3.OperationalError("disk I/O error"))

    monkeypatch.setattr(import_json.JsonRows, "take_in", cut_off)
    assert post(api, key, "customers", CUSTOMERS, Idempotency_Key="a-1").status >= 500
    monkeypatch.setattr(import_json.JsonRows, "take_in", take_in)
    done = post(api, key, "customers", CUSTOMERS, Idempotency_Key="a-1")
    assert (done.status, done.json["added"], done.headers.get("idempotency-replayed")) == (200, 3, None)


def test_facts_over_http_leave_the_note_about_an_import_of_files(sqlite_api: Served) -> None:
    key = key_of(sqlite_api)

    async def began(db: Database) -> None:
        async with db.write() as conn:
            await imports.start(conn, NOW)

    async def unfinished(db: Database) -> object:
        async with db.read() as conn:
            return await imports.unfinished_since(conn)

    assert post(sqlite_api, key, "customers", CUSTOMERS).status == 200
    assert sqlite_api.do(unfinished) is None
    sqlite_api.do(began)
    assert post(sqlite_api, key, "customers", CUSTOMERS).status == 200
    assert sqlite_api.do(unfinished) == NOW


def test_what_a_killed_process_left_on_disk_is_deleted_at_the_next_start(
    sqlite_db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    dead, earlier_life = f"{int(gone.stdout)}-0a", f"{os.getpid()}-0b"
    others = [f"{os.getppid()}-0c", "x-0d", "9" * 30 + "-0e"]  # of a process that runs, and of nobody we know
    for name in (dead, earlier_life, *others):
        folder = tmp_path / f"{import_json.FOLDER}{name}-abc"
        folder.mkdir()
        (folder / "customers-0.csv").write_text("customer_id,name\nC1,Anna\n")
    with import_json.JsonRows(import_json.BY_NAME["customers"]) as rows:
        rows.add({"customer_id": "C1", "name": "Anna"})
        with served(address_of(sqlite_db)):
            left = {
                folder.name.removeprefix(import_json.FOLDER).rpartition("-")[0]
                for folder in tmp_path.glob("duebot-facts-*")
            }
    assert left == {*others, import_json._OURS}


def test_if_refusals_cannot_be_told_nothing_is_said_to_be_in(
    sqlite_api: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the disk is full: the refused rows are not known, so the others are not either."""
    key = key_of(sqlite_api)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("bot.work.facts.import_refusals.tempfile.mkstemp", full)
    assert is_problem(post(sqlite_api, key, "accounts", [{**ACCOUNTS[0], "currency": "twd"}]), "away")
    monkeypatch.undo()
    assert is_problem(post(sqlite_api, key, "accounts", [{**ACCOUNTS[0], "currency": "twd"}]), "rows-refused")


def test_a_body_that_ends_too_soon_writes_nothing(sqlite_api: Served) -> None:
    key = key_of(sqlite_api)
    place = urlsplit(sqlite_api.url)
    with socket.create_connection((place.hostname, place.port)) as connection:
        head = f"POST /api/v1/customers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
        head += f"Content-Type: {NDJSON}\r\nContent-Length: 100\r\n\r\n"
        connection.sendall(head.encode() + b'{"customer_id": "C1"}\n')
    assert sqlite_api.ask("/api/v1/customers", key).json["data"] == []


def test_no_body_is_taken_from_a_stranger(sqlite_api: Served) -> None:
    key_of(sqlite_api)
    place = urlsplit(sqlite_api.url)
    connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=60)
    connection.putrequest("POST", "/api/v1/customers")
    connection.putheader("Content-Type", NDJSON)
    connection.putheader("Content-Length", str(10**12))
    connection.endheaders(b'{"customer_id": "C1"}\n')
    assert connection.getresponse().status == 401
    connection.close()
