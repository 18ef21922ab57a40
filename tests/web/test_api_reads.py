"""`/api/v1`: who may read, what is read, page by page, and how refusals look. Over HTTP, as a program asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from urllib.parse import quote

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.rules.operations.api_keys import WrongKey, parse_scopes
from bot.rules.operations.api_rate_limit import REQUESTS, WINDOW
from bot.web import problems
from bot.web.api.app import METHODS
from bot.work.operations.api_keys import list_keys, make_key, revoke_key
from storage.operations.listing_fields import LISTINGS
from storage.runtime.engine import Database, insert
from storage.schema import customers, metadata
from tests.conftest import KINDS
from tests.web.api_server import NOW, Answer, Served, address_of, served
from tests.work.lives import a_life

pytestmark = pytest.mark.postgresql_one_in(4)

SECRET = "kT3vQ9xLm2Zp7RbW5yHd8NcJ_-f4"


@pytest.fixture(params=KINDS)
def api(request: pytest.FixtureRequest) -> Iterator[Served]:
    """The HTTP side on each database, with one customer who has a history."""
    database: Database = request.getfixturevalue(f"{request.param}_db")
    with served(
        database.engine.url.render_as_string(hide_password=False).replace("+aiosqlite", "").replace("+asyncpg", "")
    ) as one:
        one.do(lambda db: a_life(db, NOW))
        yield one


@pytest.fixture
def key(api: Served) -> str:
    made: str = api.do(lambda db: make_key(db, "reader", ("read",), NOW))
    return made


def is_problem(answer: Answer, kind: str) -> bool:
    return (
        answer.status == problems.KINDS[kind].status
        and answer.headers["content-type"] == problems.MEDIA_TYPE
        and answer.json["type"] == problems.PATH + kind
        and answer.json["status"] == answer.status
    )


def test_without_any_key_the_api_is_off(api: Served) -> None:
    for path in ("/api/v1/customers", "/api/openapi.json"):
        assert is_problem(api.ask(path), "api-off")
    assert is_problem(api.ask("/api/v1/customers", "duebot_made_up"), "api-off")


def test_a_key_reads_until_it_is_revoked(api: Served, key: str) -> None:
    assert api.ask("/api/v1/customers", key).status == 200
    refused = api.ask("/api/v1/customers")
    assert is_problem(refused, "no-key")
    assert refused.headers["www-authenticate"] == "Bearer"
    for wrong in (key + "x", key[:-1], "x" * 5000):
        assert is_problem(api.ask("/api/v1/customers", wrong), "no-key")
    [known] = api.do(list_keys)
    assert known.last_used_at == NOW
    assert api.do(lambda db: revoke_key(db, "reader", NOW))
    api.do(lambda db: make_key(db, "another", ("read",), NOW))
    assert is_problem(api.ask("/api/v1/customers", key), "no-key")


def test_a_key_without_the_scope_is_told_so(api: Served) -> None:
    writer = api.do(lambda db: make_key(db, "writer", ("facts",), NOW))
    refused = api.ask("/api/v1/customers", writer)
    assert is_problem(refused, "no-scope")
    assert refused.json["detail"] == "the key 'writer' has not got the scope read"


def test_keys_that_cannot_be_made(api: Served, key: str) -> None:
    for name in ("reader", " ", "a\nb", "x" * 65, "DUEBOT_API_KEY"):
        with pytest.raises(WrongKey):
            api.do(lambda db, name=name: make_key(db, name, ("read",), NOW))
    for scopes in ("", "read,raed", ","):
        with pytest.raises(WrongKey):
            parse_scopes(scopes)
    assert parse_scopes(" facts, read") == ("read", "facts")


def test_the_key_of_the_settings_may_everything(sqlite_db: Database) -> None:
    with served(f"sqlite:///{sqlite_db.path}", api_key=SecretStr(SECRET)) as one:
        assert one.ask("/api/v1/customers", SECRET).json == {"data": [], "next_cursor": None}
        assert one.ask("/api/v1/customers", SECRET[:-1]).status == 401


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
def test_every_listing_and_every_row(api: Served, key: str) -> None:
    api.do(fill)
    for listing in LISTINGS:
        page = api.ask(f"/api/v1/{listing.name}", key).json["data"]
        assert page or listing.name in ("holds", "disputes", "promises", "plans", "events"), listing.name
        for row in page:
            one = api.ask(f"/api/v1/{listing.name}/{row[listing.key.name]}", key)
            assert one.json == row


async def fill(db: Database) -> None:
    payments = metadata.tables["payments"]
    async with db.write() as conn:
        row = {"payment_id": "P1", "instalment_id": "I1", "paid_on": date(2026, 3, 1), "amount": -5, "facts_at": NOW}
        await conn.execute(insert(conn, payments).values(**row, in_amount_paid=False))


def test_amounts_are_strings_in_the_currencys_unit(api: Served, key: str) -> None:
    api.do(fill)
    assert api.ask("/api/v1/payments/P1", key).json["amount"] == "-0.05"
    assert api.ask("/api/v1/accounts/A-C1?fields=balance,currency", key).json == {
        "balance": "500.00",
        "currency": "TWD",
    }


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
def test_pages_have_every_row_once_while_rows_come_and_go(api: Served, key: str) -> None:
    async def add(db: Database, numbers: range) -> None:
        async with db.write() as conn:
            for number in numbers:
                row = {"customer_id": f"N{number:03}", "zone": "Asia/Taipei", "facts_at": NOW}
                await conn.execute(insert(conn, customers).values(**row))

    api.do(lambda db: add(db, range(0, 40, 2)))
    seen: list[str] = []
    cursor = ""
    while True:
        page = api.ask(f"/api/v1/customers?limit=7&fields=customer_id{cursor}", key).json
        seen += [row["customer_id"] for row in page["data"]]
        if page["next_cursor"] is None:
            break
        if not cursor:
            api.do(lambda db: add(db, range(1, 41, 2)))
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == sorted(set(seen))
    assert {f"N{number:03}" for number in range(0, 40, 2)} <= set(seen)
    assert len(api.ask("/api/v1/customers?limit=41", key).json["data"]) == 41
    assert api.ask("/api/v1/customers?limit=41", key).json["next_cursor"] is None


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
def test_filters_narrow(api: Served, key: str) -> None:
    def ids(question: str) -> list[str]:
        return [row["instalment_id"] for row in api.ask(f"/api/v1/instalments?{question}", key).json["data"]]

    assert ids("customer_id=C1&settled=false") == ["I1"]
    assert ids("customer_id=C2") == ids("settled=true") == ids("due_from=2026-12-01") == []
    assert ids("due_from=2026-03-01&due_to=2026-03-01") == ["I1"]
    assert [row["case_id"] for row in api.ask("/api/v1/cases?closed=false&state=claimed", key).json["data"]]
    for too_early in ("2026-01-01T00:00:00%2B08:00", "0001-01-01T00:00:00%2B14:00"):
        assert api.ask(f"/api/v1/cases?opened_to={too_early}", key).json["data"] == []


WRONG = {
    "/api/v1/customers?colour=red": "colour",
    "/api/v1/customers?limit=0": "limit",
    "/api/v1/customers?limit=1001": "limit",
    "/api/v1/customers?limit=1.0": "limit",
    "/api/v1/customers?limit=" + "9" * 5000: "limit",
    "/api/v1/customers?vulnerable=yes": "vulnerable",
    "/api/v1/customers?fields=name,nmae": "fields",
    "/api/v1/customers?cursor=%25%25": "cursor",
    "/api/v1/cases?owner_id=99999999999999999999": "owner_id",
    "/api/v1/customers?segment=%00": "segment",
    "/api/v1/instalments?due_from=2026-2-1": "due_from",
    "/api/v1/instalments?due_from=2026-02-30": "due_from",
    "/api/v1/cases?opened_from=2026-03-02T04:00:00": "opened_from",
    "/api/v1/audit?customer_id=C1": "customer_id",
    "/api/v1/customers/C1/story?colour=red": "colour",
    "/api/v1/keys?limit=1": "limit",
    "/api/v1/accounts?customer_id=C1&customer_id=C2": "customer_id",
}


def test_what_cannot_be_asked_is_refused_by_name(sqlite_db: Database) -> None:
    with served(address_of(sqlite_db), api_key=SecretStr(SECRET)) as api:
        for path, where in WRONG.items():
            refused = api.ask(path, SECRET)
            assert is_problem(refused, "wrong-value"), path
            assert [error["where"] for error in refused.json["errors"]] == [where], path
        [error] = api.ask("/api/v1/links?fields=link_id,nobody", SECRET).json["errors"]
        assert error["expected"].startswith("some of link_id, customer_id, ")


def test_other_refusals_are_problems_too(api: Served, key: str) -> None:
    assert is_problem(api.ask("/api/v1/customers/nobody", key), "not-found")
    assert is_problem(api.ask("/api/v1/cases/x", key), "not-found")
    assert is_problem(api.ask("/api/v1/cases?cursor=eA", key), "not-found")  # not one of ours
    assert is_problem(api.ask("/api/v1/elsewhere", key), "not-found")
    wrong = api.ask("/api/v1/customers", key, "DELETE")
    assert is_problem(wrong, "wrong-method")
    assert wrong.headers["allow"] == "GET, POST, HEAD"
    for path, allowed in (("customers/C1", "GET, HEAD"), ("cases/1/hold", "DELETE, POST"), ("desk/next", "POST")):
        assert api.ask(f"/api/v1/{path}", key, "PATCH").headers["allow"] == allowed
    for path in ("/api/v1/customers/", "/api/v1/customers/C1/", "/api/v1/", "/api/"):  # nobody is sent elsewhere
        assert is_problem(api.ask(path, key), "not-found")
    for kind in problems.KINDS:
        told = api.ask(problems.PATH + kind)
        assert told.json["how"]
    assert is_problem(api.ask(problems.PATH + "made-up"), "not-found")


def test_head_is_a_get_without_its_body(api: Served, key: str) -> None:
    asked, head = (api.ask("/api/v1/customers/C1", key, method) for method in ("GET", "HEAD"))
    assert (head.status, head.text) == (200, "")
    assert [head.headers[name] for name in ("etag", "content-length")] == [asked.headers["etag"], str(len(asked.text))]
    assert [api.ask(path, method="HEAD").status for path in ("/healthz", "/api/v1/customers")] == [200, 401]


@pytest.mark.postgresql_one_in(1)  # it depends on the database which it takes
def test_an_id_may_have_any_signs(api: Served, key: str) -> None:
    ids = ("A/1", "50%", "%2F", "a b?c#d", "../C1", "ü/陳", "/")

    async def add(db: Database) -> None:
        async with db.write() as conn:
            rows = [{"customer_id": each, "name": each, "zone": "UTC", "facts_at": NOW} for each in ids]
            await conn.execute(customers.insert(), rows)

    api.do(add)
    for each in ids:
        path = f"/api/v1/customers/{quote(each, safe='')}"
        assert api.ask(f"{path}?fields=name", key).json == {"name": each}
        assert api.ask(f"{path}/story", key).json["customer"]["name"] == each
        assert is_problem(api.ask(f"/api/v1/customers/{quote(each)}%00", key), "not-found")
    document = api.ask("/api/openapi.json").json
    assert {"/api/v1/customers/{key}", "/api/v1/customers/{customer_id}/story"} <= set(document["paths"])


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
def test_an_unchanged_row_is_not_sent_again(api: Served, key: str) -> None:
    first = api.ask("/api/v1/customers/C1", key)
    again = api.ask("/api/v1/customers/C1", key, If_None_Match=first.headers["etag"])
    assert (again.status, again.text, again.headers["etag"]) == (304, "", first.headers["etag"])

    async def change(db: Database) -> None:
        async with db.write() as conn:
            await conn.execute(customers.update().values(name="Anna Li"))

    api.do(change)
    changed = api.ask("/api/v1/customers/C1", key, If_None_Match=first.headers["etag"])
    assert (changed.status, changed.json["name"]) == (200, "Anna Li")


def test_a_key_has_an_allowance(api: Served, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.rules.operations.api_rate_limit.REQUESTS", 2)
    left = [api.ask("/api/v1/customers", key).headers["ratelimit"] for _ in range(2)]
    assert left == ['"key";r=1;t=60', '"key";r=0;t=60']
    refused = api.ask("/api/v1/customers", key)
    assert is_problem(refused, "too-many")
    assert refused.headers["retry-after"] == "60"
    api.clock.move(timedelta(seconds=59, milliseconds=500))
    assert api.ask("/api/v1/customers", key).headers["retry-after"] == "1"
    api.clock.move(timedelta(milliseconds=500))
    assert api.ask("/api/v1/customers", key).status == 200
    assert (60_000, timedelta(minutes=1)) == (REQUESTS, WINDOW)  # said in docs/api.md


def test_the_document_tells_every_address(api: Served, key: str) -> None:
    document = api.ask("/api/openapi.json").json
    assert document["openapi"].startswith("3.1")
    paths = {f"/api/v1/{listing.name}" for listing in LISTINGS}
    assert paths <= set(document["paths"])
    assert {method.upper() for path in document["paths"].values() for method in path} == {*METHODS}
    for path in document["paths"].values():
        for operation in path.values():
            assert problems.MEDIA_TYPE in operation["responses"]["401"]["content"]
            assert "security" in operation or operation["operationId"] == "take_event"  # which is signed


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
def test_overviews(api: Served, key: str) -> None:
    told = api.ask("/api/v1/customers/C1/story", key).json
    assert told["customer"]["name"] == "Anna Lee"
    assert told["entries"]
    now = api.ask("/api/v1/audit", key).json
    assert (now["overdue"], now["silent"], now["silent_customers"]) == (1, 0, [])
    assert api.ask("/api/v1/audit/days?from=2026-03-01&days=2", key).json["holes"] == []
    assert len(api.ask("/api/v1/forecast?days=3", key).json["days"]) == 3
    charges = api.ask("/api/v1/instalments/I1/charges?from=9999-12-31&days=366", key).json
    assert charges == {"instalment_id": "I1", "currency": "TWD", "charges": []}  # the policy has none
    for nobodys in ("customers/C9/story", "instalments/I9/charges?from=2026-03-01"):
        assert is_problem(api.ask(f"/api/v1/{nobodys}", key), "not-found")
    assert is_problem(api.ask("/api/v1/audit/days", key), "wrong-value")
    figures = api.ask("/api/v1/figures?from=2026-02-22&days=9&by=week", key).json
    assert figures["aging"]["TWD"]["1-29"] == {"customers": 1, "instalments": 1, "amount": "1200.00"}
    assert figures["cases"]["opened"] == {"asked": 1}
    assert [part["to"] for part in figures["periods"]] == ["2026-02-22", "2026-03-01", "2026-03-02"]
    assert is_problem(api.ask("/api/v1/figures?from=2026-02-22&by=year", key), "wrong-value")
    assert is_problem(api.ask("/api/v1/figures", key), "wrong-value")


def test_requests_are_counted_by_route_and_told_without_persons(
    api: Served, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    api.ask("/api/v1/customers/C1?fields=name", key)
    api.ask("/api/v1/customers/C9", key)
    api.ask("/api/v1/elsewhere/C9", key)
    counted = api.ask("/metrics").text
    for labels in (
        'method="GET",route="/customers/{key}",status="200"',
        'method="GET",route="/customers/{key}",status="404"',
        'method="none",route="none",status="404"',
    ):
        assert f"duebot_api_requests_total{{{labels}}} 1.0" in counted
    told = [line for line in capsys.readouterr().out.splitlines() if "asked" in line]
    assert [("reader" in line, "C9" in line, "C1" in line) for line in told] == [
        (True, False, False),
        (True, False, False),
        (False, False, False),
    ]


def test_no_request_leaves_a_trace_of_a_key(api: Served, key: str) -> None:
    async def kept(db: Database) -> list[object]:
        async with db.read() as conn:
            return [tuple(row) for row in (await conn.execute(select(metadata.tables["api_keys"]))).all()]

    api.ask("/api/v1/customers", key)
    assert key not in str(api.do(kept))
