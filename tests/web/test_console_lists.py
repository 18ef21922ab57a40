"""What the console's lists show, in which order and at what cost; and that a page hears of what changes on it."""

from __future__ import annotations

import http.client
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import event, select

from bot.web.console import live
from bot.work.cases import casework, desk_changes
from storage.cases import assignment, cases, cases_opening, queue, snoozes
from storage.runtime.engine import Database, insert
from storage.schema import accounts, customers, saved_views
from storage.schema import cases as case_rows
from tests.web.api_server import NOW, Served
from tests.web.console_browser import BOB, SUE, Browser, entered
from tests.work.lives import MEI


def many(api: Served, count: int) -> list[int]:
    """So many cases that wait, in the order of the queue."""

    async def opened(db: Database) -> list[int]:
        async with db.write() as conn:
            people = [
                {"customer_id": f"M{n}", "name": f"Person {n:03}", "language": "zh-Hans" if n % 2 else "en"}
                | {"zone": "Asia/Taipei", "facts_at": NOW, "phone": f"+88690000{n:04}", "vulnerable": n % 7 == 0}
                for n in range(count)
            ]
            await conn.execute(insert(conn, customers), people)
            held = [
                {"account_id": f"A-M{n}", "customer_id": f"M{n}", "product": "Loan" if n % 3 else "50% off_card"}
                | {"currency": "TWD", "balance": 0, "facts_at": NOW}
                for n in range(count)
            ]
            await conn.execute(insert(conn, accounts), held)
            for n in range(count):
                await cases_opening.open_asked(conn, f"M{n}", NOW.date(), NOW - timedelta(minutes=n % 11))
        from bot.rules.policy.desk_terms import Desk
        from bot.work.cases.urgency import rank_new

        await rank_new(db, Desk().weights, NOW)
        async with db.read() as conn:
            return [case.case_id for case in await queue.queue(conn, count)]

    found: list[int] = api.do(opened)
    return found


def listed(text: str) -> list[int]:
    return [int(part.partition('"')[0]) for part in text.split('href="/console/cases/')[1:]]


def walked(browser: Browser, path: str) -> list[int]:
    """The cases of all pages of a list."""
    found: list[int] = []
    while path:
        text = browser.ask(path).text
        found += listed(text)
        more = text.partition('<p class="more"><a href="')[2].partition('"')[0]
        path = more.replace("&amp;", "&")
    return found


def test_what_waits_is_listed_in_the_order_of_the_queue_page_by_page(api: Served) -> None:
    order = many(api, 120)
    browser = entered(api, BOB)
    assert walked(browser, "/console") == order
    assert "Waiting <b>120</b>" in browser.ask("/console").text
    # Whatever goes meanwhile, nobody is shown twice or left out.
    first = browser.ask("/console").text
    more = first.partition('<p class="more"><a href="')[2].partition('"')[0].replace("&amp;", "&")

    async def taken(db: Database) -> None:
        async with db.write() as conn:
            for number in order[:3]:
                await assignment.claim(conn, number, BOB, NOW)

    api.do(taken)
    assert listed(first) + walked(browser, more) == order
    assert set(walked(browser, "/console?tab=mine")) == set(order[:3])


def test_lists_are_filtered_and_searched_as_far_as_one_may(api: Served) -> None:
    order = many(api, 12)
    bob, sue = entered(api, BOB), entered(api, SUE)
    by_name = {f"M{n}": number for n, number in enumerate(sorted(order))}
    expected = {
        "reason=asked": set(order),
        "reason=overdue": set(),
        "language=zh": {by_name[f"M{n}"] for n in range(1, 12, 2)},
        "product=50%25+off_card": {by_name[f"M{n}"] for n in range(0, 12, 3)},
        "language=en&product=Loan": {by_name[f"M{n}"] for n in range(12) if n % 2 == 0 and n % 3},
        "amount=1&currency=TWD": set(),
    }
    for filters, cases_of in expected.items():
        assert set(walked(bob, f"/console?{filters}")) == cases_of, filters
    assert walked(bob, f"/console?tab=open&agent={MEI}") == [1]
    assert walked(bob, "/console?tab=open&amount=1200.00&currency=TWD") == [1]
    assert walked(bob, "/console?tab=open&amount=1200.01&currency=TWD") == []
    assert "“12x” is no amount" in bob.ask("/console?tab=open&amount=12x&currency=TWD").text
    assert "Save this view" not in bob.ask("/console?amount=&currency=TWD").text
    assert 'href="/console?tab=mine&amp;language=zh"' in bob.ask("/console?tab=open&language=zh").text  # it stays
    searched = {
        "Person+003": {by_name["M3"]},
        "PERSON": set(order),
        "M7": {by_name["M7"]},
        "%23" + str(by_name["M5"]): {by_name["M5"]},
        "anna": {1},
        "%25": set(),
        "_": set(),
    }
    for words, cases_of in searched.items():
        assert set(walked(bob, f"/console?q={words}")) == cases_of, words
    for phone in ("%2B886900000004", "0900+000+004", "900000004"):
        assert walked(bob, f"/console?q={phone}") == []
    assert walked(sue, "/console?q=%2B886900000004") == [by_name["M4"]]
    assert walked(sue, "/console?q=900000004") == [by_name["M4"]]


def test_a_view_is_saved_for_its_agent_alone_and_without_what_was_searched_for(api: Served) -> None:
    bob, sue = entered(api, BOB), entered(api, SUE)
    fields = {"tab": "open", "language": "zh", "product": "Card & <more>", "q": "Anna Lee", "after": "1_2"}
    kept = bob.press("/console/views", name=" Cards  in Chinese ", **fields)
    url = "/console?tab=open&language=zh&product=Card+%26+%3Cmore%3E"
    assert (kept.status, kept.headers["location"]) == (303, url)
    page = bob.ask(url).text
    assert f'<a href="{url.replace("&", "&amp;")}" aria-current="page">Cards in Chinese</a>' in page
    assert "Cards in Chinese" in bob.ask("/console").text
    assert "Cards in Chinese" not in sue.ask("/console").text
    sue.press("/console/views", drop="Cards in Chinese")  # hers, of which there is none
    for name in ("", "  ", "\0"):
        assert bob.press("/console/views", name=name, tab="mine").status == 400
    for number in range(19):
        assert bob.press("/console/views", name=f"n{number}", tab="mine").status == 303
    assert bob.press("/console/views", name="one too many", tab="mine").status == 400
    assert bob.press("/console/views", name="n1", tab="late").status == 303  # in place of the other
    assert bob.press("/console/views", drop="Cards in Chinese", **fields).status == 303
    assert "Cards in Chinese" not in bob.ask("/console").text

    async def stored(db: Database) -> Any:
        async with db.read() as conn:
            return str((await conn.execute(select(saved_views))).all())

    assert "Anna" not in api.do(stored)
    assert api.do(lambda db: casework.remove_agent(db, BOB, NOW))
    assert api.do(stored) == "[]"


PAGES_OF_MANY = ("", "?tab=open", "?tab=closed", "?q=Person", "?language=zh", "/cases/1", "/operation", "/figures")


@pytest.mark.slow
def test_ten_thousand_cases_cost_no_more_statements_and_bytes_than_sixty(one: Served) -> None:
    many(one, 60)
    sue = entered(one, SUE)

    async def more(db: Database) -> None:
        async with db.write() as conn:
            person = dict((await conn.execute(select(customers).where(customers.c.customer_id == "M1"))).one()._mapping)
            case = dict((await conn.execute(select(case_rows).where(case_rows.c.customer_id == "M1"))).one()._mapping)
            del case["case_id"]
            names = [f"N{n}" for n in range(10_000)]
            await conn.execute(insert(conn, customers), [{**person, "customer_id": name} for name in names])
            await conn.execute(insert(conn, case_rows), [{**case, "customer_id": name} for name in names])

    few = {path: cost(one, sue, path) for path in PAGES_OF_MANY}
    one.do(more)
    for path, (statements, size) in few.items():
        now = cost(one, sue, path)
        assert (path, now[0] <= statements, now[1] < size + 20_000) == (path, True, True)


def cost(api: Served, browser: Browser, path: str) -> tuple[int, int]:
    """How many statements a page takes, and how many bytes it has."""
    made: list[str] = []

    def note(*about: Any) -> None:
        made.append(about[2])

    async def watch(db: Database) -> Any:
        return db.engine.sync_engine

    engine = api.do(watch)
    event.listen(engine, "before_cursor_execute", note)
    size = len(browser.ask(f"/console{path}").text.encode())
    event.remove(engine, "before_cursor_execute", note)
    return len(made), size


def test_what_is_late_rests_or_is_closed_has_a_tab_of_its_own(api: Served) -> None:
    order = many(api, 6)

    async def worked(db: Database) -> None:
        async with db.write() as conn:
            await snoozes.snooze(conn, order[0], NOW + timedelta(days=2), BOB, NOW)
            await cases.close(conn, order[1], "other", BOB, NOW)
            late = {"due_at": NOW - timedelta(minutes=5), "due_kind": "first_answer"}
            await conn.execute(case_rows.update().where(case_rows.c.case_id == order[2]).values(**late))

    api.do(worked)
    browser = entered(api, BOB)
    assert walked(browser, "/console?tab=resting") == [order[0]]
    assert walked(browser, "/console?tab=closed") == [order[1]]
    assert order[2] in walked(browser, "/console?tab=late")
    assert set(walked(browser, "/console?tab=open")) == {1, *order} - {order[1]}
    assert set(walked(browser, "/console")) == set(order[2:])


# --- Live ------------------------------------------------------------------------------------------------------------


class Stream:
    """A page that listens."""

    def __init__(self, browser: Browser, path: str) -> None:
        where = urlsplit(browser.api.url)
        self._connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
        cookies = "; ".join(f"{n}={v}" for n, v in browser.cookies.items())
        self._connection.request("GET", path, headers={"Cookie": cookies})
        self._answer = self._connection.getresponse()
        assert self._answer.status == 200
        assert self._answer.readline().startswith(b"retry")

    def hears(self, event: str) -> str:
        """The data of the next event of this kind."""
        while line := self._answer.readline().decode():
            if line.strip() == f"event: {event}":
                return self._answer.readline().decode()
        raise AssertionError("the stream ended")

    def close(self) -> None:
        self._answer.close()
        self._connection.close()


def test_a_page_hears_what_changed_who_else_looks_and_that_it_is_over(
    api: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.2)
    monkeypatch.setattr(desk_changes, "LOOK_EVERY_S", 0.2)
    mei = Stream(entered(api, MEI), "/console/live?case=1")
    bob = entered(api, BOB)
    bobs = Stream(bob, "/console/live?case=1")
    assert "[1]" in mei.hears("changed")  # Bob looks, too
    assert "Mei is looking" in bob.ask("/console/cases/1").text
    assert "[1]" in bobs.hears("changed")
    nobodys = Stream(bob, f"/console/live?case={10**15}")
    (number,) = many(api, 1)
    assert f"[{number}]" in bobs.hears("changed")
    assert api.do(lambda db: casework.remove_agent(db, BOB, NOW))
    bobs.hears("out")
    for stream in (mei, bobs, nobodys):
        stream.close()
