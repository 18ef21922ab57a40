"""Passkeys over HTTP: who gets in with one, what is refused, and what is told and recorded of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.rules.operations.passkeys import CHALLENGE_LASTS, MOST_BEGUN_IN_SESSION, MOST_PASSKEYS
from bot.work.cases import casework
from bot.work.operations import console_access
from bot.work.operations.console_access import RECORD_KEPT_FOR
from storage.operations import passkeys
from storage.runtime.engine import Database
from storage.schema import passkey_challenges, passkey_events
from tests.conftest import KINDS
from tests.web.api_server import NOW, Served
from tests.web.authenticator import ORIGIN, PRESENT, Authenticator
from tests.web.console_browser import BOB, SUE, Browser, add, add_auditor, entered, staffed, text_of
from tests.web.test_console_operation import logged
from tests.work.lives import rows

AT = {"public_url": ORIGIN}


@pytest.fixture(params=KINDS)
def api(request: pytest.FixtureRequest) -> Iterator[Served]:
    with staffed(request.getfixturevalue(f"{request.param}_db"), **AT) as one:
        yield one


@pytest.fixture
def one(sqlite_db: Database) -> Iterator[Served]:
    with staffed(sqlite_db, **AT) as one:
        yield one


def begun(browser: Browser) -> Any:
    """What a browser that is in has to make a passkey from."""
    seen = browser.ask("/console/passkeys/begin", "POST", "", X_Form_Token=browser.token)
    assert seen.status == 200, seen.text
    return json.loads(seen.text)


def added(browser: Browser, name: str = "laptop", **about: Any) -> Authenticator:
    device = Authenticator(**about)
    made = device.make(begun(browser))
    seen = browser.press("/console/passkeys/add", name=name, credential=made)
    assert (seen.status, seen.headers["location"]) == (303, "/console/passkeys?said=added")
    return device


def asked(browser: Browser) -> Any:
    """What somebody who is not in has to have signed."""
    seen = browser.ask("/console/in/passkey/begin", "POST", "")
    assert seen.status == 200, seen.text
    return json.loads(seen.text)


def signs_in(api: Served, device: Authenticator, **client: Any) -> int:
    browser = Browser(api)
    return browser.send("/console/in/passkey", {"credential": device.sign(asked(browser), **client)}).status


def untold(api: Served) -> list[tuple[int, str, str, str]]:
    async def read(db: Database) -> Any:
        async with db.read() as conn:
            return [(one.agent_id, one.kind, one.name, one.by) for one in await passkeys.untold(conn)]

    return list(api.do(read))


def test_who_came_in_by_a_link_adds_a_passkey_and_signs_in_with_it(api: Served) -> None:
    bob, sue = entered(api, BOB), entered(api, SUE)
    device = added(bob, " Bob’s <laptop> ")
    page = bob.ask("/console/passkeys?said=added").text
    assert "Bob’s &lt;laptop&gt;</th>" in page
    assert "The passkey is added." in page
    assert untold(api) == [(BOB, "added", "Bob’s <laptop>", "Bob")]
    browser = Browser(api)
    out = browser.ask("/console/cases/1")
    assert out.status == 401
    assert f'data-origin="{ORIGIN}"' in out.text
    assert 'name="back" value="/console/cases/1"' in out.text
    fields = {"credential": device.sign(asked(browser)), "back": "/console/cases/1"}
    seen = browser.send("/console/in/passkey", fields, Origin=ORIGIN, Sec_Fetch_Site="same-origin")
    assert (seen.status, seen.headers["location"]) == (303, "/console/cases/1")
    assert "Secure" in seen.cookies[0]
    assert browser.ask("/console/cases/1").status == 200
    elsewhere = {"credential": device.sign(asked(browser)), "back": "//evil.example"}
    assert Browser(api).send("/console/in/passkey", elsewhere).headers["location"] == "/console"
    used_link = {"credential": device.sign(asked(browser)), "back": "/console/in/secret"}
    assert Browser(api).send("/console/in/passkey", used_link).headers["location"] == "/console"
    page = browser.ask("/console/passkeys").text
    assert "You signed in with a passkey." in page
    assert "never" not in text_of(page.partition('id="own"')[2].partition("</section>")[0])
    refused = browser.ask("/console/passkeys/begin", "POST", "", X_Form_Token=browser.token)
    assert (refused.status, "sign in with a link" in refused.text) == (409, True)
    log = text_of(sue.ask("/console/operation?agent=902").text)
    assert "Bob added the passkey “Bob’s <laptop>”." in log
    assert "Bob signed in to the console. The passkey was “Bob’s <laptop>”." in log
    assert logged(sue, "kind=passkey:added") == ["passkey added"]


def test_who_tries_once_more_comes_to_the_page_first_asked_for(one: Served) -> None:
    for sent in (
        Browser(one).send("/console/in/passkey", {"credential": "{}", "back": "/console?tab=mine&q=a"}),
        Browser(one).send("/console/cases/1/note", {}, Referer=f"{ORIGIN}/console?tab=mine&q=a"),
    ):
        assert 'name="back" value="/console?tab=mine&amp;q=a"' in sent.text
    for sent in (
        Browser(one).send("/console/in/passkey", {"credential": "{}", "back": "https://evil.example/console/"}),
        Browser(one).send("/console/cases/1/note", {}, Referer="https://evil.example/"),
        Browser(one).ask("/console/in/secret"),
    ):
        assert 'name="back" value="/console"' in sent.text


def test_a_removed_passkey_lets_nobody_in_and_ends_what_it_opened(api: Served) -> None:
    bob, sue = entered(api, BOB), entered(api, SUE)
    device, of_sue = added(bob), added(sue, "phone")
    inside = Browser(api)
    assert inside.send("/console/in/passkey", {"credential": device.sign(asked(inside))}).status == 303
    numbers = {one.name: one.passkey_id for one in every(api)}
    assert bob.press("/console/passkeys/remove", passkey=str(numbers["phone"])).status == 409
    for wrong in ("", "x", "9" * 30, str(numbers["laptop"] + 99)):
        assert sue.press("/console/passkeys/remove", passkey=wrong).status == 409
    assert "laptop" in text_of(sue.ask("/console/passkeys").text)
    assert "phone" not in text_of(bob.ask("/console/passkeys").text)
    assert sue.press("/console/passkeys/remove", passkey=str(numbers["laptop"])).status == 303
    assert (inside.ask("/console").status, bob.ask("/console").status) == (401, 200)
    assert signs_in(api, device) == 403
    assert untold(api)[-1] == (BOB, "removed", "laptop", "Sue")
    mine = Browser(api)
    assert mine.send("/console/in/passkey", {"credential": of_sue.sign(asked(mine))}).status == 303
    assert mine.press("/console/passkeys/remove", passkey=str(numbers["phone"])).status == 303
    assert mine.ask("/console").status == 200  # who removes it is there
    added(bob, "new")
    for gone in numbers.values():  # on a page that is older
        assert sue.press("/console/passkeys/remove", passkey=str(gone)).status == 409
    assert "until the passkey was removed" in text_of(sue.ask("/console/operation?kind=console:signed_in").text)
    assert "Sue removed the passkey “laptop” of Bob." in text_of(sue.ask("/console/operation").text)
    add(api, BOB, "Sue")  # two of one name are two all the same
    log = text_of(sue.ask("/console/operation").text)
    assert "Sue removed the passkey “laptop” of Sue." in log
    assert "Sue removed their passkey “phone”." in log


def every(api: Served) -> list[passkeys.Passkey]:
    async def read(db: Database) -> Any:
        async with db.read() as conn:
            return await passkeys.all_passkeys(conn)

    return list(api.do(read))


def test_who_is_no_agent_any_more_gets_in_by_no_passkey(api: Served) -> None:
    bob, device = entered(api, BOB), Authenticator()
    half = begun(bob)
    known = added(bob)
    assert api.do(lambda db: casework.remove_agent(db, BOB, api.clock.now()))
    assert signs_in(api, known) == 403
    add(api, BOB, "Bob")  # who came back begins without any
    assert signs_in(api, known) == 403
    again = entered(api, BOB)
    assert again.press("/console/passkeys/add", name="x", credential=device.make(half)).status == 409
    assert every(api) == []
    assert "removed by an operator, or with its agent" in text_of(entered(api, SUE).ask("/console/operation").text)


def test_an_auditor_has_no_passkeys(one: Served) -> None:
    add_auditor(one, 903, "Ada")
    ada = entered(one, 903)
    assert ada.ask("/console/passkeys").status == 403
    assert "/console/passkeys" not in ada.ask("/console").text
    assert ada.ask("/console/passkeys/begin", "POST", "", X_Form_Token=ada.token).status == 403
    assert ada.press("/console/passkeys/add", name="x", credential="{}").status == 403
    known = added(entered(one, BOB))
    one.do(lambda db: _audits(db, one))
    assert signs_in(one, known) == 403


async def _audits(db: Database, one: Served) -> None:
    """Bob's passkey, and Bob reads only: as if his passkey had not been removed with him."""
    from sqlalchemy import update

    from storage.schema import agents

    async with db.write() as conn:
        changed = update(agents).where(agents.c.telegram_id == BOB)
        await conn.execute(changed.values(removed_at=one.clock.now(), audits=True))


# Each turns what an honest device would send into something that must let nobody in.
FORGED: dict[str, Callable[[Authenticator, Any], str]] = {
    "another origin": lambda device, to: device.sign(to, origin="https://desk.example.org.evil.example"),
    "another port": lambda device, to: device.sign(to, origin=f"{ORIGIN}:8443"),
    "another host": lambda device, to: replace(device, host="evil.example").sign(to),
    "within another page": lambda device, to: device.sign(to, crossOrigin=True),
    "a making": lambda device, to: device.sign(to, type="webauthn.create"),
    "nobody verified": lambda device, to: replace(device, flags=PRESENT).sign(to),
    "nobody present": lambda device, to: replace(device, flags=0).sign(to),
    "another key": lambda device, to: replace(Authenticator(user=device.user), credential=device.credential).sign(to),
    "another person": lambda device, to: replace(device, user="bm9ib2R5").sign(to),
    "no person": lambda device, to: replace(device, user="").sign(to),
    "a made-up challenge": lambda device, to: device.sign({"publicKey": {"challenge": "A" * 43}}),
    "an unknown passkey": lambda device, to: Authenticator(user=device.user).sign(to),
    "nothing": lambda device, to: "",
    "no object": lambda device, to: "[1]",
    "deep": lambda device, to: "[" * 20000,
    "no parts": lambda device, to: '{"id": "x", "rawId": "x", "response": {}}',
    "long": lambda device, to: device.sign(to) + " " * 60000,
}


def test_what_is_forged_lets_nobody_in(one: Served) -> None:
    device = added(entered(one, BOB))
    for what, forged in FORGED.items():
        browser = Browser(one)
        seen = browser.send("/console/in/passkey", {"credential": forged(device, asked(browser))})
        assert (what, seen.status) in ((what, 403), (what, 410)), what
        assert browser.cookies == {}
    assert len(untold(one)) == 1
    assert signs_in(one, device) == 303
    to = {"Origin": "https://elsewhere.example"}, {"Sec_Fetch_Site": "cross-site"}
    for headers in to:
        assert Browser(one).ask("/console/in/passkey/begin", "POST", "", **headers).status == 403
        answer = {"credential": device.sign(asked(Browser(one)))}
        assert Browser(one).send("/console/in/passkey", answer, **headers).status == 403


def test_what_was_signed_once_is_over(api: Served) -> None:
    device, browser = added(entered(api, BOB)), Browser(api)
    answer = device.sign(asked(browser))
    assert browser.send("/console/in/passkey", {"credential": answer}).status == 303
    assert Browser(api).send("/console/in/passkey", {"credential": answer}).status == 410
    to = asked(browser)
    api.clock.move(CHALLENGE_LASTS)
    assert Browser(api).send("/console/in/passkey", {"credential": device.sign(to)}).status == 410
    same = device.sign(asked(browser))
    with ThreadPoolExecutor(4) as several:
        answers = several.map(lambda _: Browser(api).send("/console/in/passkey", {"credential": same}).status, range(4))
    assert sorted(answers) == [303, 410, 410, 410]


def test_a_copy_of_a_passkey_is_refused_and_its_agent_is_told(api: Served) -> None:
    sue, device = entered(api, SUE), added(entered(api, BOB), counts=5)
    assert signs_in(api, device) == 303
    assert signs_in(api, replace(device, counts=4)) == 403  # the copy has signed less often
    assert untold(api)[-1] == (BOB, "refused", "laptop", "")
    assert signs_in(api, device) == 303
    assert logged(sue, "kind=passkey:refused") == ["passkey refused"]
    never = added(entered(api, SUE), "synced")
    assert [signs_in(api, replace(never, counts=-1)) for _ in range(2)] == [303, 303]  # it never counts
    to = [replace(device, counts=7).sign(asked(Browser(api))) for _ in range(2)]  # both say that this is the eighth
    with ThreadPoolExecutor(2) as several:
        answers = several.map(lambda one: Browser(api).send("/console/in/passkey", {"credential": one}).status, to)
    assert sorted(answers) == [303, 403]


def test_what_no_browser_of_the_session_made_is_not_added(one: Served) -> None:
    bob, sue = entered(one, BOB), entered(one, SUE)
    device, other = added(bob), Authenticator()
    to, of_sue = begun(bob), begun(sue)
    assert to["publicKey"]["excludeCredentials"][0]["id"] == json.loads(device.make(to))["id"]
    assert "Bob" in str(to["publicKey"]["user"])
    refused = {
        "another session's": other.make(of_sue),
        "another origin's": other.make(to, origin="https://evil.example"),
        "within another page": other.make(to, crossOrigin=True),
        "a signature": other.sign(to),
        "nobody verified": replace(other, flags=PRESENT).make(to),
        "nothing": "{}",
        "known": device.make(to),
    }
    for what, credential in refused.items():
        assert (what, bob.press("/console/passkeys/add", name="x", credential=credential).status) == (what, 409)
    # What is known was read last, and used up what was asked.
    assert bob.press("/console/passkeys/add", name="x", credential=other.make(to)).status == 409
    assert bob.press("/console/passkeys/add", name=" \n", credential=other.make(begun(bob))).status == 409
    made = other.make(begun(bob))
    assert bob.send("/console/passkeys/add", {"name": "x", "credential": made}).status == 403  # no token
    assert bob.ask("/console/passkeys/begin", "POST", "").status == 403
    assert Browser(one).ask("/console/passkeys").status == 401
    assert [passkey.name for passkey in every(one)] == ["laptop"]
    assert sue.press("/console/passkeys/add", name="x", credential=device.make(of_sue)).status == 409  # it is Bob's


def test_beginnings_and_passkeys_have_limits(one: Served) -> None:
    bob = entered(one, BOB)
    token = bob.token
    for _ in range(MOST_BEGUN_IN_SESSION):
        assert bob.ask("/console/passkeys/begin", "POST", "", X_Form_Token=token).status == 200
    assert bob.ask("/console/passkeys/begin", "POST", "", X_Form_Token=token).status == 429
    one.clock.move(CHALLENGE_LASTS)
    assert bob.ask("/console/passkeys/begin", "POST", "", X_Form_Token=token).status == 200
    assert len(one.do(lambda db: rows(db, passkey_challenges))) == 1

    async def many(db: Database) -> None:
        async with db.write() as conn:
            for number in range(MOST_PASSKEYS):
                await passkeys.add(conn, BOB, f"c{number}", b"", 0, "x", one.clock.now())

    one.do(many)
    assert bob.ask("/console/passkeys/begin", "POST", "", X_Form_Token=token).status == 409


async def test_signing_in_is_begun_so_often_from_an_address_and_in_all(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passkeys, "MOST_BEGUN_FROM_ADDRESS", 2)
    monkeypatch.setattr(passkeys, "MOST_BEGUN", 5)
    begun_from = ["203.0.113.5"] * 3 + ["203.0.113.6"] * 2 + ["", "", "203.0.113.7"]
    async with db.write() as conn:
        told = [await passkeys.begin(conn, f"{n}", None, name, NOW) for n, name in enumerate(begun_from)]
        assert told == [True, True, False, True, True, True, False, False]
        assert await passkeys.begin(conn, "more", None, "203.0.113.7", NOW + CHALLENGE_LASTS)


def test_where_there_can_be_none_the_page_says_why(sqlite_db: Database) -> None:
    with staffed(sqlite_db) as at:
        bob = entered(at, BOB)
        page = bob.ask("/console/passkeys").text
        assert f"The console is at {at.url}." in text_of(page)
        assert "data-passkey=" not in page + Browser(at).ask("/console").text
        assert bob.ask("/console/passkeys/begin", "POST", "", X_Form_Token=bob.token).status == 404
        assert Browser(at).ask("/console/in/passkey/begin", "POST", "").status == 404
        assert Browser(at).send("/console/in/passkey", {"credential": "{}"}).status == 404


def test_what_happened_is_on_record_as_long_as_sign_ins_are(one: Served) -> None:
    added(entered(one, BOB))
    one.clock.move(RECORD_KEPT_FOR - timedelta(days=1))
    one.do(lambda db: console_access.drop_old(db, one.clock.now()))
    assert len(one.do(lambda db: rows(db, passkey_events))) == 1
    assert one.do(lambda db: rows(db, passkey_challenges)) == []
    one.clock.move(timedelta(days=2))
    one.do(lambda db: console_access.drop_old(db, one.clock.now()))
    assert one.do(lambda db: rows(db, passkey_events)) == []
    assert len(every(one)) == 1
