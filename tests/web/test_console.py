"""The console over HTTP: who gets in, who sees what, what a forged form does, and what the lists show."""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from sqlalchemy import event, select

from bot.web.console import live
from bot.work.cases import casework, desk_changes
from bot.work.operations.console_access import LINK_LASTS, SESSION_LASTS, way_in
from storage.cases import assignment, cases, cases_opening, queue, snoozes
from storage.runtime.engine import Database, insert
from storage.schema import accounts, customers, saved_views
from storage.schema import cases as case_rows
from storage.schema import console_sessions as sessions
from tests.conftest import KINDS
from tests.web.api_server import NOW, Served, address_of, served
from tests.web.console_browser import BOB, SUE, Browser, add, entered, link, staffed
from tests.work.lives import MEI, owes

STRANGER = 4001
PUBLIC = "https://desk.example.org"


@pytest.fixture(params=KINDS)
def api(request: pytest.FixtureRequest) -> Iterator[Served]:
    with staffed(request.getfixturevalue(f"{request.param}_db")) as one:
        yield one


@pytest.fixture
def one(sqlite_db: Database) -> Iterator[Served]:
    with staffed(sqlite_db) as one:
        yield one


def removed(api: Served, number: int) -> Browser:
    browser = entered(api, number)
    assert api.do(lambda db: casework.remove_agent(db, number, api.clock.now()))
    add(api, number, "Bob")  # and came back: what was ended stays ended
    return browser


def signed_out(api: Served) -> Browser:
    browser = entered(api, BOB)
    kept = dict(browser.cookies)
    assert browser.press("/console/out").status == 200
    assert browser.ask("/console").status == 401
    browser.cookies = kept
    return browser


def expired(api: Served) -> Browser:
    browser = entered(api, BOB)
    api.clock.move(SESSION_LASTS)
    return browser


WHO: dict[str, Callable[[Served], Browser]] = {
    "nobody": Browser,
    "a made-up session": lambda api: Browser(api, {"duebot_console": "x" * 43}),
    "much too long a session": lambda api: Browser(api, {"duebot_console": "x" * 4000}),
    "signed out": signed_out,
    "removed": lambda api: removed(api, BOB),
    "expired": expired,
    "an agent": lambda api: entered(api, BOB),
    "a supervisor": lambda api: entered(api, SUE),
}
IN = ("an agent", "a supervisor")
# By page: its status, and whether Anna is on it.
PAGES = {
    "/console": (200, False),
    "/console?tab=closed&q=&after=zz": (200, False),
    f"/console?tab=open&after={9**30}_1&agent={9**30}&amount=1e9&currency=TWD": (200, True),
    "/console?q=Anna+Lee": (200, True),
    "/console/cases/1": (200, True),
    "/console/cases/1/story": (200, True),
    "/console/cases/2": (404, False),
    "/console/cases/%31x": (404, False),
    f"/console/cases/{9**30}": (404, False),
    "/console/operation": (200, False),
    "/console/operation?case=x&after=1_2": (200, False),
    "/console/policy": (200, False),
    "/console/policy?from=x&to=%00": (200, False),
    "/console/nothing": (404, False),
}


@pytest.mark.parametrize("who", WHO)
def test_only_agents_and_supervisors_who_are_in_see_anything(one: Served, who: str) -> None:
    browser = WHO[who](one)
    for path, expected in PAGES.items():
        seen = browser.ask(path)
        if who not in IN:
            expected = (404 if path == "/console/nothing" else 401, False)
        elif who == "an agent" and path.startswith(("/console/operation", "/console/policy")):
            expected = (403, False)
        assert (path, seen.status, "Anna Lee</" in seen.text) == (path, *expected)
    if who not in IN:
        assert browser.ask("/console/live").status == 401
    for path in ("/console/out", "/console/language"):
        assert browser.send(path, {"language": "zh-Hans"}).status == (403 if who in IN else 401)


def test_a_link_lets_in_once_after_a_press_of_its_button(api: Served) -> None:
    browser, path = Browser(api), link(api, MEI)
    for _ in range(2):  # a program that previews links, and then a person
        assert 'action="/console/in"' in browser.ask(path).text
    secret = {"secret": path.rpartition("/")[2]}
    assert browser.send("/console/in", secret, Origin="https://elsewhere.example").status == 403
    assert browser.send("/console/in", secret, Sec_Fetch_Site="cross-site").status == 403
    assert browser.ask("/console/in", "POST", "{}", Content_Type="application/json").status == 400
    seen = browser.send("/console/in", secret, Origin=api.url, Sec_Fetch_Site="same-origin")
    assert (seen.status, seen.headers["location"]) == (303, "/console")
    (cookie,) = seen.cookies
    for part in ("HttpOnly", "Path=/console", "SameSite=lax", "Max-Age=43200"):
        assert part in cookie
    assert "Secure" not in cookie
    assert browser.ask("/console").status == 200
    again = Browser(api)
    assert (again.send("/console/in", secret).status, again.ask(path).status) == (410, 410)
    assert again.cookies == {}


def test_links_that_let_nobody_in(api: Served) -> None:
    browser, earlier, late = Browser(api), link(api, MEI), link(api, SUE)
    newer = link(api, MEI)
    assert [browser.ask(path).status for path in (earlier, newer, late)] == [410, 200, 200]
    gone = link(api, BOB)
    api.do(lambda db: casework.remove_agent(db, BOB, NOW))
    api.clock.move(LINK_LASTS)
    for path in (earlier, newer, late, gone, "/console/in/x", f"/console/in/{'x' * 3000}"):
        assert browser.ask(path).status == 410
        assert browser.send("/console/in", {"secret": path.rpartition("/")[2]}).status == 410
    assert api.do(lambda db: way_in(db, STRANGER, "", NOW)) is None


def test_sign_ins_are_on_record_without_what_would_open_the_console(api: Served) -> None:
    browser = entered(api, BOB)
    secret = browser.cookies["duebot_console"]
    browser.press("/console/out")

    async def kept(db: Database) -> Any:
        async with db.read() as conn:
            return (await conn.execute(select(sessions))).one()

    row = api.do(kept)
    assert (row.agent_id, row.begun_at, row.ended_at, row.ended_why) == (BOB, NOW, NOW, "signed_out")
    assert secret not in str(tuple(row))


def test_a_form_of_another_session_or_another_site_does_nothing(one: Served) -> None:
    bob, sue = entered(one, BOB), entered(one, SUE)
    token = bob.token
    for fields, more in (
        ({"token": sue.token}, {}),
        ({}, {}),
        ({"token": token}, {"Origin": "https://elsewhere.example"}),
        ({"token": token}, {"Origin": "null"}),
        ({"token": token}, {"Origin": "http://["}),
        ({"token": token}, {"Sec_Fetch_Site": "same-site"}),
    ):
        assert bob.send("/console/out", fields, **more).status == 403
        assert bob.ask("/console").status == 200
    assert bob.ask("/console/out", "POST", "token=" + token, Content_Type="text/plain").status == 400
    assert bob.send("/console/out", {"token": token, "x": "y" * 70_000}).status == 400
    assert bob.ask("/console/out", "GET").status == 404
    assert bob.send("/console/out", {"token": token}, Origin=one.url).status == 200
    assert bob.ask("/console").status == 401


def test_pages_load_nothing_from_elsewhere_and_no_script_is_in_them(one: Served) -> None:
    bob = entered(one, BOB)
    seen = bob.ask("/console/cases/1")
    policy = seen.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert seen.headers["cache-control"] == "no-store"
    assert "style=" not in seen.text
    assert " on" not in seen.text.partition("<body")[0]
    files = [part.partition('"')[0] for part in seen.text.split('="/console/static/')[1:]]
    whole = len(seen.text)
    for name in set(files):
        file = bob.ask(f"/console/static/{name}")
        assert (file.status, "immutable" in file.headers["cache-control"]) == (200, True)
        whole += len(file.text)
    assert whole < 100_000
    sue = entered(one, SUE)
    for path in ("", "?tab=open", "/cases/1/story", "/figures", "/operation", "/imports", "/policy"):
        text = sue.ask(f"/console{path}").text
        loaded = {part.partition('"')[0] for part in text.split('="/console/static/')[1:]}
        whole = len(text) + sum(len(bob.ask(f"/console/static/{name}").text) for name in loaded)
        assert (path, whole < 100_000, "style=" in text) == (path, True, False)
    assert bob.ask("/console/static/console.css").status == 404


def test_a_number_that_nothing_has_leads_nowhere(one: Served) -> None:
    sue = entered(one, SUE)
    for number in ("0" * 19 + "1" + "9" * 30, "0" * 5000, "9" * 19, "²", "-1"):
        path = quote(number)
        assert (number, sue.ask(f"/console/cases/{path}").status) == (number, 404)
        assert (number, sue.ask(f"/console/imports/{path}").status) == (number, 404)
        assert (number, sue.press(f"/console/agents/{path}", languages="en").status) == (number, 409)


def test_behind_https_the_cookie_never_goes_without_it(sqlite_db: Database) -> None:
    with served(address_of(sqlite_db), public_url=PUBLIC, webhook_secret="kT3vQ9xLm2Zp7RbW5yHd8NcJ_-f4") as api:
        add(api, SUE, "Sue", "supervisor")
        browser = Browser(api)
        seen = browser.send("/console/in", {"secret": link(api, SUE).rpartition("/")[2]}, Origin=PUBLIC)
        assert seen.status == 303
        assert "; Secure" in seen.cookies[0]


def test_pages_speak_the_agents_language_or_the_one_they_choose(one: Served) -> None:
    add(one, 905, "小林", languages=("zh-Hant", "en"))
    browser = entered(one, 905)
    assert "等待中" in browser.ask("/console").text
    back = browser.press("/console/language", language="zh-Hans", back="/console?tab=mine")
    assert back.headers["location"] == "/console?tab=mine"
    assert "搁置中" in browser.ask("/console").text
    assert (
        browser.press("/console/language", language="xx", back="//elsewhere.example").headers["location"] == "/console"
    )
    assert "您尚未登入" in Browser(one).ask("/console", Accept_Language="zh-TW,zh;q=0.9").text


STORY = re.compile(r"<(?:li|span)>([^<]+)</(?:li|span)>")
THEIRS = re.compile(  # ids, names of people and policies, and what was written
    r"I1|I2|A-C1|Card|Mei|C1|C2|gentle [0-9a-f]{12}|(?:due|before|after)-[0-9]+|due|Telegram|NT|UTC|\n.*", re.DOTALL
)


def test_the_whole_story_is_told_in_the_agents_language_with_what_is_to_come_apart(one: Served) -> None:
    add(one, 905, "小林", languages=("zh-Hant", "en"))
    one.do(lambda db: owes(db, NOW, NOW.date() + timedelta(days=20), "I2"))
    browser = entered(one, 905)
    for language, ahead, happened in (("zh-Hant", "接下來", "經過"), ("zh-Hans", "接下来", "经过")):
        browser.press("/console/language", language=language, back="/console")
        text = browser.ask("/console/cases/1/story").text.partition('id="story"')[2]
        said = [THEIRS.sub("", line.strip()) for line in STORY.findall(text)]
        assert len(said) > 15
        assert [line for line in said if re.search("[A-Za-z]{2,}", line)] == []
        assert f"<h2>{ahead}</h2>" in text
        coming, _, past = text.partition(f"<h2>{happened}</h2>")
        assert ("2026年3月22日</time>" in coming, "2026年3月22日</time>" in past) == (True, False)


# --- Lists -----------------------------------------------------------------------------------------------------------


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
