"""The console's page of operation: what it tells supervisors of the program, and what the audit log finds."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import update

from bot.rules.cases.agent_limits import Limits
from bot.rules.cases.case_events import Called, Note, Revealed
from bot.rules.operations.audit_log import KINDS as KINDS_OF
from bot.rules.operations.audit_log import LINK_KINDS
from bot.rules.operations.hook_addresses import where_to
from bot.rules.operations.program_state import HookUse
from bot.rules.policy.desk_terms import Desk
from bot.settings import Settings
from bot.views.cases.audit_log_kinds import kind_words
from bot.views.operations import console_operation as views
from bot.work.acting_outside import NotDone
from bot.work.cases import casework, duty
from bot.work.cases.agent_limits import set_limits
from bot.work.facts.import_records import Importing
from bot.work.facts.import_run import import_paths
from bot.work.operations import console_access, dead_addresses
from bot.work.operations.api_keys import make_key, revoke_key
from bot.work.operations.hooks import add_hook, remove_hook, replay_hook, rotate_secret
from locales import translator
from storage.cases import cases
from storage.cases.agents import Agent
from storage.customers import link_changes, reachability
from storage.customers.link_changes import NewChange
from storage.operations.console_access import add_auditor, remove_auditor
from storage.reminders import contacts
from storage.reminders.contacts import Outgoing
from storage.runtime.engine import Database, insert
from storage.schema import dead_channels, outgoing_events
from tests.web.api_server import NOW, Served
from tests.web.console_browser import BOB, SUE, Browser, add, entered, text_of
from tests.web.console_browser import add_auditor as add_an_auditor
from tests.work.lives import ANNA, MEI

SECRET_URL = "https://crm.example/in/s3cr3t?token=hunter2"


def section(browser: Browser, name: str) -> str:
    whole = browser.ask("/console/operation").text
    return text_of(whole.partition(f'id="{name}"')[2].partition("</section>")[0].partition(">")[2])


def logged(browser: Browser, query: str = "") -> list[str]:
    """The kinds of all entries that a search finds, page by page."""
    path, found = f"/console/operation?{query}", []
    while path:
        seen = browser.ask(path)
        assert seen.status == 200
        found += re.findall(r'<i class="tag">([^<]*)</i></span></li>', seen.text)
        path = unescape(seen.text.partition('<p class="more"><a href="')[2].partition('"')[0]).partition("#")[0]
    return found


def test_the_state_of_the_program_is_shown_without_secrets_and_without_persons(api: Served) -> None:
    sue = entered(api, SUE)

    async def happened(db: Database) -> None:
        async with db.write() as conn:
            dead = {"customer_id": ANNA, "channel": "telegram", "since": NOW, "reason": "blocked"}
            await conn.execute(insert(conn, dead_channels).values(**dead))
            for _ in range(2):
                out = await contacts.record_attempt(conn, Outgoing(ANNA, "telegram", "reminder", "Dear Anna Lee"), NOW)
                await contacts.record_result(conn, out, "refused", reason="unauthorized")
        await make_key(db, "reports", ["read"], NOW)
        await make_key(db, "of-mei", ["desk"], NOW, agent_id=MEI)
        await add_hook(db, Settings(), SECRET_URL, "*", NOW, own_secret=True)
        async with db.write() as conn:
            await cases.close(conn, 1, "other", MEI, NOW)  # of which the hook gets an event

    assert "There are none: the API is off." in section(sue, "keys-of-api")
    assert "no events go to other systems" in section(sue, "hooks")
    api.do(happened)
    api.clock.move(timedelta(seconds=61))
    assert "the sign-in was refused 2" in section(sue, "channels")
    assert "has blocked the bot 1" in section(sue, "channels")
    keys = section(sue, "keys-of-api")
    assert "reports read never" in keys
    assert "of-mei works as Mei desk never" in keys
    told = section(sue, "hooks")
    assert "https://crm.example/…" in told
    assert re.search(r"[1-9] waiting, since 2 Mar 2026", told)
    assert "Planning reminders: not done so far." in section(sue, "troubles")
    whole = sue.ask("/console/operation").text.partition('id="log-rows"')[0]
    for secret in ("s3cr3t", "hunter2", "whsec_", "Anna", "+886"):
        assert secret not in whole


def test_the_audit_log_is_searched_by_who_where_what_and_when(api: Served) -> None:
    sue, bob = entered(api, SUE), entered(api, BOB)
    assert bob.ask("/console/operation").status == 403

    async def happened(db: Database) -> None:
        async with db.write() as conn:
            await cases.add_event(conn, 1, Revealed(("phone",), "to call <her>"), NOW, actor_id=SUE)
            await cases.add_event(conn, 1, Called("reached", "will pay"), NOW + timedelta(days=1), actor_id=BOB)
            for number in range(60):
                await cases.add_event(conn, 1, Note(f"n{number}"), NOW - timedelta(days=9), actor_id=BOB)
            await link_changes.add(conn, NewChange(ANNA, "again", 111), NOW)

    api.do(happened)
    everything = logged(sue)
    assert len(everything) == len(logged(sue, "case=1")) + 3  # a link's change, and two who signed in
    assert sorted(logged(sue, "kind=console:signed_in")) == ["signed in"] * 2
    expected = {
        "agent=901": {"contact shown", "signed in"},
        "agent=902&kind=case:note": {"note"},
        f"customer={ANNA}&kind=link:again": {"linked again"},
        "customer=nobody": set(),
        "case=%231&kind=case:claimed": {"taken"},
        "case=2": set(),
        "case=x": set(),
        "kind=case:nothing": set(),
        "from=2026-03-03": {"called"},
        "to=2026-02-21": {"note"},
        "from=2026-03-02&to=2026-03-02&kind=case:revealed": {"contact shown"},
        "from=yesterday": set(),
        "to=0001-01-01": set(),
        f"case={9**30}": set(),
        f"agent={9**17}": set(),
        "customer=%00": set(),
        "customer=C1%27%25": set(),
    }
    for query, kinds in expected.items():
        assert set(logged(sue, query)) == kinds, query
    assert len(logged(sue, "agent=902&kind=case:note")) == 60
    assert logged(sue, "after=zz") == everything
    assert "to call &lt;her&gt;" in sue.ask("/console/operation?kind=case:revealed").text
    assert "“x” is no number of a case." in text_of(sue.ask("/console/operation?case=x").text)


def test_what_operators_did_and_who_read_refused_rows_is_in_the_audit_log(api: Served, tmp_path: Path) -> None:
    async def happened(db: Database) -> None:
        for role in ("agent", "supervisor"):
            zoe = Agent(990, "Zoe <3", ("en",), role)
            await casework.add_agent(db, zoe, NOW)
        sue, desk = Agent(SUE, "Sue", ("en",), "supervisor"), Desk()
        await duty.set_shifts(db, zoe, "mon-fri 9-17", desk, NOW, whose=zoe)
        await duty.set_shifts(db, sue, "Zoe off", desk, NOW)
        await duty.set_shifts(db, sue, "Zoe", desk, NOW)  # only looked at
        await duty.set_absence(db, zoe, "24 Dec - 25 Dec", desk, NOW, whose=zoe)
        await duty.set_absence(db, zoe, "24 Dec", desk, NOW)  # again
        assert await duty.take_back(db, sue, 990, NOW)
        assert await duty.take_back(db, sue, 990, NOW)  # there was none
        set_now = await set_limits(db, 990, Limits((), ("loan",), (), 5), NOW, keeps_languages=True)
        assert isinstance(set_now, Agent) and set_now.languages == ("en",)
        assert isinstance(await set_limits(db, 999, Limits(), NOW), NotDone)
        assert await casework.remove_agent(db, 990, NOW)
        await make_key(db, "reports", ["read"], NOW)
        assert await revoke_key(db, "reports", NOW)
        for kinds in ("*", "promise.made"):
            await add_hook(db, Settings(), SECRET_URL, kinds, NOW, own_secret=True)
        await replay_hook(db, SECRET_URL, None, NOW)
        await rotate_secret(db, SECRET_URL, NOW)
        await remove_hook(db, SECRET_URL, NOW)
        async with db.write() as conn:
            assert await add_auditor(conn, 991, "Ada", "", NOW)
            assert await remove_auditor(conn, 991, NOW)
        file = tmp_path / "customers.csv"
        file.write_text("customer_id,time_zone\nC1,Nowhere\n")
        await import_paths(db, [file], NOW, on_record=Importing(db, NOW))

    api.do(happened)
    sue = entered(api, SUE)
    for _ in range(2):  # a page that is open is read again and again
        assert sue.ask("/console/imports/1").status == 200
        assert sue.ask("/console/imports/1/refused.csv").status == 200
    said = text_of(sue.ask("/console/operation").text.partition('id="log-rows"')[2])
    for words in (
        "An operator added Zoe <3 (agent). agent added",
        "An operator changed Zoe <3 (supervisor).",
        "An operator removed Zoe <3.",
        "An operator made the API key “reports” (read).",
        "An operator revoked the API key “reports”.",
        "An operator set up events to https://crm.example/… (*).",
        "An operator changed which events go to https://crm.example/… (promise.made).",
        "An operator had events sent again to https://crm.example/… (0).",
        "An operator changed the secret that signs the events to https://crm.example/….",
        "An operator stopped the events to https://crm.example/….",
        "An operator set the shifts of Zoe <3: mon-fri 9:00-17:00.",
        "Sue took back the shifts of Zoe <3:",
        "An operator entered an absence of Zoe <3: 2026-12-24 – 2026-12-25.",
        "Sue took back the coming absences of Zoe <3.",
        "An operator set what Zoe <3 may take.",
        "An operator added the auditor Ada",
        "An operator removed the auditor Ada.",
        "customers.csv was imported. Rows: 1, refused: 1.",
        "Sue opened the refused rows of customers.csv.",
        "Sue downloaded the refused rows of customers.csv.",
    ):
        assert said.count(words) == 1, words
    assert logged(sue, "kind=import:imported") == ["file imported"]
    assert logged(sue, "kind=operation:rows_opened&agent=901") == ["refused rows opened"]
    api.clock.move(timedelta(days=401))
    api.do(lambda db: console_access.drop_old(db, api.clock.now()))
    assert logged(entered(api, SUE), "kind=operation:key_made") == []


def test_a_supervisor_has_parked_events_of_a_hook_sent_again(api: Served) -> None:
    async def happened(db: Database) -> None:
        await add_hook(db, Settings(), SECRET_URL, "*", NOW, own_secret=True)
        async with db.write() as conn:
            await cases.close(conn, 1, "other", MEI, NOW)
            await conn.execute(update(outgoing_events).values(state="parked", ended_at=NOW, reason="gone"))

    add_an_auditor(api, 991, "Ada")
    sue, bob, ada = entered(api, SUE), entered(api, BOB), entered(api, 991)
    api.do(happened)
    assert "Send again" in section(sue, "hooks")
    path = "/console/operation/hooks/1/replay"
    assert [who.press(path).status for who in (bob, ada)] == [403, 403]
    assert sue.send(path, {"token": "forged"}).status == 403
    assert [sue.press(f"/console/operation/hooks/{wrong}/replay").status for wrong in ("2", "x")] == [404, 404]
    assert re.search("[1-9] parked", section(sue, "hooks"))
    done = sue.press(path)
    assert done.status == 303
    assert re.search("[1-9] events? (is|are) sent again", text_of(sue.ask(done.headers["location"]).text))
    told = section(sue, "hooks")
    assert re.search("[1-9] waiting", told)
    assert "Send again" not in told
    assert logged(sue, "agent=901&kind=operation:hook_replayed") == ["hook’s events sent again"]


def test_what_was_searched_in_the_audit_log_is_had_as_csv(api: Served) -> None:
    async def happened(db: Database) -> None:
        async with db.write() as conn:
            for number in range(300):  # of more than one reading
                await cases.add_event(conn, 1, Note(f"n{number}"), NOW, actor_id=BOB)
            await cases.add_event(conn, 1, Revealed(("phone",), "=1+1"), NOW, actor_id=SUE)

    add_an_auditor(api, 991, "Ada")
    sue, bob, ada = entered(api, SUE), entered(api, BOB), entered(api, 991)
    api.do(happened)
    path = "/console/operation/log.csv"
    assert bob.ask(path).status == 403
    page = sue.ask("/console/operation?agent=902&kind=case:note").text
    seen = sue.ask(path + unescape(page.partition(f'href="{path}')[2].partition('"')[0]))
    rows = list(csv.reader(seen.text.removeprefix("\ufeff").splitlines()))
    assert rows[0] == ["at", "kind", "agent_id", "agent", "case_id", "customer_id", "words"]
    assert rows[1][:6] == [NOW.isoformat(), "case:note", "902", "Bob", "1", ANNA]
    assert "n299" in rows[1][6]
    assert len(rows) == 301
    assert "'=1+1" in sue.ask(f"{path}?kind=case:revealed").text
    assert len(sue.ask(f"{path}?case=x").text.splitlines()) == 1
    assert ada.ask(path).status == 200
    assert logged(sue, "kind=operation:log_downloaded") == ["audit log downloaded"] * 2  # hers once an hour


def test_the_customers_behind_dead_addresses_are_listed_page_by_page_and_as_csv(api: Served, tmp_path: Path) -> None:
    count = dead_addresses.ROWS + 1

    async def happened(db: Database) -> None:
        file = tmp_path / "customers.csv"
        file.write_text("customer_id,name\n" + "".join(f"D{n:03},Name {n:03}\n" for n in range(count)))
        await import_paths(db, [file], NOW)
        async with db.write() as conn:
            for number in range(count):
                await reachability.mark_channel_dead(conn, f"D{number:03}", "email", "bounced", NOW)
            await reachability.mark_channel_dead(conn, ANNA, "telegram", "blocked", NOW)

    api.do(happened)
    sue, bob = entered(api, SUE), entered(api, BOB)
    path = "/console/operation/dead?channel=email&reason=bounced"
    first = sue.ask(path).text
    assert (text_of(first).count("Name 0"), "Name 100" in first) == (100, False)
    second = sue.ask(unescape(first.partition('class="more"><a href="')[2].partition('"')[0])).text
    assert (text_of(second).count("Name 100"), 'class="more"' in second) == (1, False)
    assert "Anna Lee" in (of_anna := sue.ask("/console/operation/dead?channel=telegram&reason=blocked").text)
    assert 'href="/console/cases/1">#1</a>' in of_anna
    rows = sue.ask(path.replace("?", ".csv?")).text.splitlines()
    assert (rows[0], rows[-1]) == ("customer_id,channel,reason,since", f"D100,email,bounced,{NOW.isoformat()}")
    assert len(rows) == count + 1
    assert (bob.ask(path).status, bob.ask(path.replace("?", ".csv?")).status) == (403, 403)
    assert "There are none." in sue.ask("/console/operation/dead?channel=sms&reason=none").text
    for wrong in ("channel=x&reason=bounced", "channel=email&reason=%00", "channel=email", ""):
        assert sue.ask(f"/console/operation/dead?{wrong}").status == 404
    assert sue.ask(f"{path}&after=%00").status == 404


def test_every_kind_of_the_audit_log_has_words() -> None:
    assert set(kind_words(translator("en"))) == {(source, kind) for source, kinds in KINDS_OF.items() for kind in kinds}


def test_a_page_goes_on_where_the_last_one_ended_whatever_happens_meanwhile(one: Served) -> None:
    sue = entered(one, SUE)

    async def noted(db: Database) -> None:
        async with db.write() as conn:
            for number in range(60):
                await cases.add_event(conn, 1, Note(f"n{number}"), NOW, actor_id=BOB)
            await link_changes.add(conn, NewChange(ANNA, "moved", 111, other_customer_id="C2"), NOW)

    one.do(noted)
    before = logged(sue)
    first = sue.ask("/console/operation").text
    more = unescape(first.partition('<p class="more"><a href="')[2].partition('"')[0]).partition("#")[0]
    one.do(noted)
    assert before.count("note") == 61
    on_first = first.count(">note</i>")
    assert logged(sue, more.partition("?")[2]).count("note") == 61 - on_first


def test_the_page_is_in_the_supervisors_language_and_small(one: Served) -> None:
    add(one, 905, "小林", "supervisor", languages=("zh-Hant", "en"))

    async def changed(db: Database) -> None:
        async with db.write() as conn:
            for kind in LINK_KINDS:
                await link_changes.add(conn, NewChange(ANNA, kind, 111, other_account=222, other_customer_id="C2"), NOW)

    one.do(changed)
    seen = entered(one, 905).ask("/console/operation")
    for words in ("運作狀況", "稽核紀錄", "小林登入了工作台。", "綁定從 Telegram 帳號 111 轉到了 Telegram 帳號 222。"):
        assert words in seen.text
    assert "style=" not in seen.text
    assert len(seen.text) < 60_000
    known = {value for name, value in vars(link_changes).items() if name.isupper() and isinstance(value, str)}
    assert known - {link_changes.WAITING} == set(LINK_KINDS)


def test_a_hook_says_what_it_has_not_got_and_its_address_keeps_its_secrets() -> None:
    addresses = {
        SECRET_URL: "https://crm.example/…",
        "http://127.0.0.1:9000/x": "http://127.0.0.1:9000/…",
        "https://[2001:db8::1]:8443/?k=v": "https://[2001:db8::1]:8443/…",
        "https://user:pw@crm.example/": "…",
    }
    assert {url: where_to(url) for url in addresses} == addresses
    use = HookUse(1, "", ("*",), NOW, NOW, waiting=2, waits_since=NOW, parked=3, reason="answered 500")
    shown = views.hook(translator("en"), use, ZoneInfo("UTC"))
    assert shown.is_well is False
    assert [line.partition(" 2 Mar")[0] for line in shown.state] == [
        "ended",
        "2 waiting, since",
        "3 parked, the last: answered 500",
    ]
