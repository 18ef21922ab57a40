"""The console over HTTP: who gets in, who sees what, what a forged form does, and what is on its pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select

from bot.work.cases import casework
from bot.work.operations.console_access import LINK_LASTS, SESSION_LASTS, way_in
from storage.runtime.engine import Database
from storage.schema import console_sessions as sessions
from tests.web.api_server import NOW, Served, address_of, served
from tests.web.console_browser import BOB, SUE, Browser, add, entered, link
from tests.work.lives import MEI, owes

STRANGER = 4001
PUBLIC = "https://desk.example.org"


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
    assert "等候中" in browser.ask("/console").text
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
