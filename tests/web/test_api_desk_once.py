"""What agents ask for over HTTP is done once: for each key of a request, of many at the same moment, and of those who
saw the case as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from bot.rules.cases.case import Case
from bot.work.cases import casework
from bot.work.operations.api_keys import make_key
from bot.work.operations.desk_requests import DeskRequest
from storage.cases import agents
from storage.cases.agents import Agent
from storage.operations import idempotency_keys
from storage.runtime.engine import Database
from tests.conftest import KINDS
from tests.web.api_server import NOW, Answer, Served
from tests.web.desk_api import act, desk_served, key_of, kinds_of, open_case, opened
from tests.web.test_api_reads import is_problem
from tests.work.cases.kept_cases import BOB, MEI, SUE


@pytest.fixture(params=KINDS)
def api(request: pytest.FixtureRequest) -> Iterator[Served]:
    with desk_served(request.getfixturevalue(f"{request.param}_db")) as one:
        yield one


@pytest.fixture
def sqlite_api(sqlite_db: Database) -> Iterator[Served]:
    with desk_served(sqlite_db) as one:
        yield one


@pytest.mark.parametrize("api", KINDS[1:], indirect=True)  # SQLite has one writer at a time in any case
def test_thirty_agents_at_once_over_http_and_in_the_group(api: Served) -> None:
    people = [Agent(3000 + n, f"A{n}", (), "agent") for n in range(30)]

    async def prepare(db: Database) -> list[str]:
        async with db.write() as conn:
            for each in people:
                await agents.add_agent(conn, each, NOW)
        for n in range(len(people)):
            await open_case(db, n)
        return [await make_key(db, each.name, ("desk",), NOW, each.telegram_id) for each in people]

    keys = api.do(prepare)

    def claims(n: int) -> int | None:
        if n % 2:
            return act(api, keys[n], "/desk/next").json["case_id"]  # type: ignore[no-any-return]
        case: Case = api.do(lambda db: casework.claim_next(db, people[n], NOW, n))
        return case.case_id

    with ThreadPoolExecutor(len(people)) as pool:
        got = list(pool.map(claims, range(len(people))))
    assert sorted(Counter(got).values()) == [1] * len(people)


def test_a_request_with_a_key_is_done_once(sqlite_api: Served) -> None:
    api = sqlite_api
    case_id, key = opened(api), key_of(api)
    at, said = f"/cases/{case_id}/say", {"text": "Hello"}
    first = act(api, key, at, said, Idempotency_Key="a-1")
    with ThreadPoolExecutor(4) as pool:
        again = list(pool.map(lambda _: act(api, key, at, said, Idempotency_Key="a-1"), range(4)))
    assert {(one.status, one.text, one.headers["etag"]) for one in again} == {
        (first.status, first.text, first.headers["etag"])
    }
    assert {one.headers.get("idempotency-replayed") for one in again} == {"true"}
    for path, given in ((at, {"text": "Bye"}), (f"/cases/{case_id}/note", said), (f"/cases/{case_id + 1}/say", said)):
        assert is_problem(act(api, key, path, given, Idempotency_Key="a-1"), "other-request")
    assert api.do(lambda db: kinds_of(db, case_id)).count("said") == 1
    api.clock.move(timedelta(days=1))
    assert act(api, key, at, said, Idempotency_Key="a-1").headers.get("idempotency-replayed") is None
    another = key_of(api, SUE)
    assert act(api, another, at, said, Idempotency_Key="a-1").headers.get("idempotency-replayed") is None


def test_the_same_request_at_the_same_moment_is_done_once(api: Served) -> None:
    case_id, key = opened(api), key_of(api)

    def say(_: int) -> Answer:
        return act(api, key, f"/cases/{case_id}/say", {"text": "Hello"}, Idempotency_Key="a-1")

    with ThreadPoolExecutor(6) as pool:
        got = list(pool.map(say, range(6)))
    assert {one.status for one in got} <= {202, 409}
    assert all(one.status == 202 or is_problem(one, "under-way") for one in got)
    assert api.do(lambda db: kinds_of(db, case_id)).count("said") == 1


def test_what_was_refused_or_undone_may_be_asked_again_with_the_same_key(
    api: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id, key, other = opened(api), key_of(api), key_of(api, BOB)
    at, said = f"/cases/{case_id}/say", {"text": "Hello"}
    assert act(api, other, f"/cases/{case_id}/claim").status == 200
    assert is_problem(act(api, key, at, said, Idempotency_Key="a-1"), "not-yours")
    assert act(api, other, f"/cases/{case_id}/release").status == 200

    ended = DeskRequest.end

    async def cut_off(*_: object) -> None:
        raise OperationalError("UPDATE", {}, ConnectionError("the database went away"))

    monkeypatch.setattr(DeskRequest, "end", cut_off)
    assert act(api, key, at, said, Idempotency_Key="a-1").status in (500, 503)
    monkeypatch.setattr(DeskRequest, "end", ended)
    done = act(api, key, at, said, Idempotency_Key="a-1")
    assert (done.status, done.headers.get("idempotency-replayed")) == (202, None)
    assert api.do(lambda db: kinds_of(db, case_id)).count("said") == 1


def test_one_whose_process_was_killed_is_under_way_for_a_while(sqlite_api: Served) -> None:
    case_id, key = opened(sqlite_api), key_of(sqlite_api)
    assert act(sqlite_api, key, f"/cases/{case_id}/claim", Idempotency_Key="a-1").status == 200

    async def killed(db: Database) -> None:
        async with db.write() as conn:
            found = await idempotency_keys.find(conn, f"key of {MEI}", "a-1")
            assert found is not None
            await idempotency_keys.drop(conn, f"key of {MEI}", "a-1", NOW)
            assert await idempotency_keys.begin(conn, f"key of {MEI}", "a-1", found.digest, NOW)

    sqlite_api.do(killed)
    assert is_problem(act(sqlite_api, key, f"/cases/{case_id}/claim", Idempotency_Key="a-1"), "under-way")


def test_nothing_is_done_with_a_case_that_has_changed(api: Served) -> None:
    case_id, key, boss = opened(api), key_of(api), key_of(api, SUE)
    at = f"/cases/{case_id}"
    seen = api.ask(f"/api/v1{at}", key).headers["etag"]
    assert act(api, key, f"{at}/claim", If_Match=f'"other", {seen}').status == 200
    late = act(api, boss, f"{at}/say", {"text": "Hello"}, If_Match=seen)
    assert is_problem(late, "changed")
    assert late.headers["etag"] == api.ask(f"/api/v1{at}", key).headers["etag"]
    assert "said" not in api.do(lambda db: kinds_of(db, case_id))
    api.clock.move(timedelta(minutes=1))
    spoken = act(api, boss, f"{at}/say", {"text": "Hello"}, If_Match=late.headers["etag"])
    assert spoken.status == act(api, boss, f"{at}/say", {"text": "Hello"}, If_Match="*").status == 202
    assert spoken.headers["etag"] != late.headers["etag"]  # it was worked on since

    with ThreadPoolExecutor(5) as pool:
        got = list(
            pool.map(
                lambda days: act(api, key, f"{at}/hold", {"days": days}, If_Match=spoken.headers["etag"]), range(2, 7)
            )
        )
    assert sorted(one.status for one in got) == [200, 412, 412, 412, 412]
    assert is_problem(act(api, key, "/cases/999/claim", If_Match=seen), "not-found")
