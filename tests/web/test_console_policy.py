"""The console's page of the policy: versions, what differs between two, and what a draft says and would send."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import func, select

from bot.policies import load_policy
from bot.rules.policy.policy import Policy, policy_to_json, read_policy
from bot.work.operations import policy_drafts as drafts
from bot.work.policy.policies import PoliciesInForce, adopted
from storage.policy import policy_versions, proposal_notices
from storage.runtime.engine import Database
from storage.schema import policy_proposals
from storage.schema import policy_versions as stored
from tests.conftest import KINDS
from tests.web.api_server import NOW, Served
from tests.web.console_browser import BOB, FORM, SUE, Browser, Seen, add, entered, staffed, text_of
from tests.work.lives import POLICY, customer, linked, owes

HERE = "/console/policy"
HUMANE = load_policy("humane").text


@pytest.fixture
def one(sqlite_db: Database) -> Iterator[Served]:
    with staffed(sqlite_db) as one:
        yield one


def faults(seen: Seen) -> list[str]:
    listed = seen.text.partition('<ul class="faults" lang="en">')[2].partition("</ul>")[0]
    return [unescape(one) for one in re.findall(r"<li[^>]*>(.*?)</li>", listed)]


def checked(browser: Browser, draft: str, look: str = "check") -> Seen:
    return browser.press(HERE, draft=draft, look=look)


def test_a_draft_is_a_supervisors_alone_and_changes_nothing(one: Served) -> None:
    sue, bob = entered(one, SUE), entered(one, BOB)
    assert sue.send(HERE, {"draft": HUMANE, "token": "0" * 64}).status == 403
    assert (bob.ask(HERE).status, checked(bob, HUMANE).status, Browser(one).send(HERE, {}).status) == (403, 403, 401)

    async def versions(db: Database) -> int:
        async with db.read() as conn:
            return (await conn.execute(select(func.count()).select_from(stored))).scalar_one()

    before = one.do(versions)
    seen = checked(sue, HUMANE, "days")
    assert seen.status == 200
    assert "no faults" in text_of(seen.text)
    assert one.do(versions) == before
    assert "gentle" in sue.ask(HERE).text.partition('id="in-words"')[2].partition("</h2>")[0]


def test_the_policy_in_force_is_in_words_beside_its_file(one: Served) -> None:
    add(one, 905, "小林", "supervisor", languages=("zh-Hant", "en"))
    seen = entered(one, SUE).ask(HERE)
    said = text_of(seen.text)
    assert "When we write" in said
    assert "The agents’ desk" in said
    assert 'name = "gentle"' in unescape(seen.text.partition('<pre class="file"')[2].partition("</pre>")[0])
    assert "style=" not in seen.text
    theirs = text_of(entered(one, 905).ask(HERE).text)
    for words in ("政策檔案", "草稿", "版本"):
        assert words in theirs


def test_versions_are_listed_and_two_are_compared(one: Served) -> None:
    other = read_policy(POLICY.text.replace("grace_days = 3", "grace_days = 4 # <b>"), POLICY.source)

    async def kept(db: Database) -> None:
        async with db.write() as conn:
            for policy, at in ((other, NOW - timedelta(days=9)), (POLICY, NOW)):
                await policy_versions.keep(conn, policy.version, policy.name, policy_to_json(policy), at)

    one.do(kept)
    sue = entered(one, SUE)
    listed = text_of(sue.ask(HERE).text.partition('<ol class="versions">')[2].partition("</ol>")[0])
    assert listed.index(POLICY.version) < listed.index(other.version)
    assert "in force" in listed.partition(other.version)[0]
    whole = sue.ask(f"{HERE}?from={other.version}&to={POLICY.version}").text
    rows = re.findall(r'<tr class="(\w+)">(.*?)</tr>', whole.partition('<table class="diff">')[2])
    changed = [(kind, text_of(words)) for kind, words in rows if kind in ("added", "removed")]
    assert changed == [("removed", "− removed: grace_days = 4 # <b>"), ("added", "+ added: grace_days = 3")]
    assert "The files are the same." in sue.ask(f"{HERE}?from={other.version}&to={other.version}").text
    assert 'class="diff"' not in sue.ask(f"{HERE}?from=nothing&to={other.version}").text


def test_a_draft_is_told_each_of_its_faults_with_its_line_and_kept_in_the_form(one: Served) -> None:
    wrong = 'grace_days = 100\n<b> = 1\n[[step]]\nid = "due"\n'
    sue = entered(one, SUE)
    seen = checked(sue, wrong)
    assert seen.status == 422
    assert [fault.partition(":")[0] for fault in faults(seen)] == ["line 2"]
    assert unescape(seen.text.partition("<textarea")[2].partition(">\n")[2].partition("</textarea>")[0]) == wrong
    seen = checked(sue, wrong.replace("<b>", "extra").replace("\n", "\r\n"))
    assert [fault.partition(":")[0] for fault in faults(seen)][:3] == ["line 1", "line 2", "line 3"]


def test_as_one_types_only_what_is_wrong_is_told(one: Served) -> None:
    sue, bob = entered(one, SUE), entered(one, BOB)
    seen = sue.press(f"{HERE}/check", draft="grace_days = 100\n[[step]]\n")
    assert (seen.status, 'data-line="1"' in seen.text, len(seen.text) < 2000) == (200, True, True)
    assert "no faults" in sue.press(f"{HERE}/check", draft=HUMANE).text
    assert bob.press(f"{HERE}/check", draft=HUMANE).status == 403


DRAFT = POLICY.text.replace("grace_days = 3", "grace_days = 4  # kinder")
KIM = 903


@pytest.fixture(params=KINDS)
def api(request: pytest.FixtureRequest) -> Iterator[Served]:
    with staffed(request.getfixturevalue(f"{request.param}_db")) as one:
        add(one, KIM, "Kim", "supervisor")
        yield one


def proposed(browser: Browser, draft: str = DRAFT, why: str = "fewer worries") -> Seen:
    return browser.press(HERE, draft=draft, look="propose", why=why)


def decide(browser: Browser, decision: str, reason: str = "") -> tuple[int, str]:
    page = browser.ask(HERE).text
    number = page.partition('name="which" value="')[2].partition('"')[0] or "1"
    seen = browser.press(f"{HERE}/decide", which=number, decision=decision, reason=reason)
    return seen.status, text_of(seen.text.partition('id="told"')[2].partition(">")[2].partition("</p>")[0])


def to_tell(api: Served) -> list[tuple[int, str, int | None]]:
    """Who is to be told in Telegram: of which state, and how many lines differ."""

    async def untold(db: Database) -> list[tuple[int, str, int | None]]:
        async with db.read() as conn:
            found = await proposal_notices.untold(conn)
        return [(one.agent_id, one.proposal.state, one.changed_lines) for one in found]

    found: list[tuple[int, str, int | None]] = api.do(untold)
    return found


def in_force(api: Served, operators: Policy = POLICY) -> int:
    found: Policy = api.do(lambda db: adopted(db, operators, NOW))
    return found.grace_days


def test_a_policy_comes_into_force_only_by_another_supervisors_yes(api: Served) -> None:
    sue, kim, bob = entered(api, SUE), entered(api, KIM), entered(api, BOB)
    assert proposed(bob).status == 403
    for draft, why, said in (
        (DRAFT, " ", "Please say why"),
        (POLICY.text, "the same", "this is the policy in force"),
    ):
        seen = proposed(sue, draft, why)
        assert (seen.status, said in text_of(seen.text)) == (409, True)
    assert proposed(sue, "grace_days = 100").status == 422
    assert proposed(sue).status == 303
    assert "another proposal waits" in text_of(proposed(kim, HUMANE).text)
    assert to_tell(api) == [(KIM, "open", 2)]
    page = text_of(kim.ask(HERE).text)
    for words in (
        "Sue proposed gentle",
        "fewer worries",
        "− removed: grace_days = 3",
        "+ added: grace_days = 4 # kinder",
    ):
        assert words in page, words
    for who, decision, reason, status in (
        (sue, "approved", "", 409),
        (sue, "refused", "no", 409),
        (kim, "withdrawn", "", 409),
        (kim, "refused", "", 409),
        (bob, "approved", "", 403),
        (kim, "granted", "", 400),
    ):
        assert (decision, decide(who, decision, reason)[0]) == (decision, status)
        assert in_force(api) == 3
    here = PoliciesInForce(POLICY, NOW)
    assert decide(kim, "approved")[0] == 303
    assert in_force(api) == 4
    api.do(lambda db: here.renew(db, NOW))
    assert (here.configured.grace_days, here.book.version(POLICY.version, None).grace_days) == (4, 3)
    assert to_tell(api) == [(SUE, "approved", None)]
    assert "grace_days = 4" in text_of(sue.ask(HERE).text.partition('<pre class="file"')[2].partition("</pre>")[0])
    assert decide(kim, "approved") == (409, "Nothing was done: this proposal is no longer waiting.")
    assert "approved by Kim" in text_of(sue.ask(HERE).text)
    log = text_of(sue.ask(f"/console/operation?agent={KIM}&kind=policy:approved").text)
    assert "Kim approved it" in log
    others = read_policy(POLICY.text.replace("grace_days = 3", "grace_days = 5"), POLICY.source)
    assert in_force(api, others) == 5  # the operator has set another one since: that counts


def test_a_proposal_is_taken_back_refused_or_stale(api: Served) -> None:
    sue, kim = entered(api, SUE), entered(api, KIM)
    assert proposed(sue).status == 303
    assert decide(sue, "withdrawn")[0] == 303
    assert to_tell(api) == []
    assert proposed(sue).status == 303
    assert decide(kim, "refused", "not before Christmas")[0] == 303
    page = text_of(sue.ask(HERE).text)
    assert "taken back" in page
    assert "refused by Kim" in page
    assert "not before Christmas" in page
    assert proposed(sue).status == 303

    async def changed(db: Database) -> None:
        async with db.write() as conn:
            await conn.execute(policy_proposals.update().values(replaces="another one"))

    api.do(changed)
    status, said = decide(kim, "approved")
    assert (status, "has changed since" in said) == (409, True)
    assert "cannot be approved any more" in text_of(kim.ask(HERE).text)
    assert decide(kim, "refused", "too late")[0] == 303
    assert in_force(api) == 3


HOSTILE = {
    "nested lists": "x = " + "[" * 90_000,
    "a name of many parts": ".".join("a" * 49_000) + " = 1",
    "a NUL": HUMANE + "\0",
    "half a character": HUMANE + "# \ud800",
    "a million digits": "grace_days = " + "9" * 99_000,
    "hexadecimal digits": "grace_days = 0x" + "f" * 99_000,
    "a list of many lines": "x = [\n" + "[1],\n" * 19_000 + "]",
    "many segments": HUMANE + "".join(f"[segment.s{number}]\n" for number in range(5_000)),
    "many steps": "[[step]]\n" * 11_000,
    "many faults": "".join(f"k{number} = 1\n" for number in range(9_000)),
    "too long": "a" * 900_000,
    "nothing": "",
}


def test_a_hostile_draft_is_answered_in_lines_and_soon(one: Served) -> None:
    sue = entered(one, SUE)
    for name, draft in HOSTILE.items():
        fields = {"token": sue.token, "look": "days", "draft": draft.encode(errors="surrogatepass")}
        seen = sue.send(HERE, fields)  # type: ignore[arg-type]
        told = faults(seen)
        assert (name, seen.status, bool(told)) == (name, 422, True)
        assert max(map(len, told)) <= 401, name
        assert len(told) <= 201, name
    assert sue.ask(HERE, "POST", "token=%FF", Content_Type=FORM).status == 403


def totals(seen: Seen) -> dict[str, list[str]]:
    """The table of all days: by name, what is of today's policy, of the draft, and the difference."""
    table = seen.text.partition("<caption>In all")[2].partition("</table>")[0]
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", table)]
    return {row[0]: row[1:] for row in rows[1:]}


def test_a_draft_without_faults_is_laid_beside_todays_policy(one: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async def owing(db: Database) -> None:
        await customer(db, NOW, "C7", name="Ben")
        await linked(db, NOW, 777, "C7")
        await owes(db, NOW, NOW.date() + timedelta(days=10), "I7", "C7")

    one.do(owing)
    sue = entered(one, SUE)
    same = totals(checked(sue, POLICY.text, "days"))
    assert same["messages"] == ["3", "3", "0"]
    assert {row[2] for row in same.values()} == {"0"}
    without = re.sub(r'\[\[step\]\]\nid = "before-3".*?\n\n', "", POLICY.text, flags=re.DOTALL)
    seen = checked(sue, without.replace('"due"', '"on-day"'), "days")
    expected = {
        "messages": ["3", "2", "−1"],
        "Telegram": ["3", "2", "−1"],
        "step before-3": ["1", "0", "−1"],
        "step due": ["1", "0", "−1"],
        "step on-day": ["0", "1", "+1"],
        "step after-1": ["1", "1", "0"],
    }
    assert {name: row for name, row in totals(seen).items() if name in expected} == expected
    changed = re.findall(r'<tr class="(added|removed)">', seen.text)
    assert (changed.count("added"), changed.count("removed")) == (1, 6)
    days = seen.text.partition("<caption>By day")[2].partition("</table>")[0]
    assert days.count('<th scope="row">') == 30
    assert "on-day 1 · Telegram 1" in days
    cells = re.findall(r'<td class="(more|fewer|same)">', seen.text.partition('class="calendar"')[2])
    assert (len(cells), cells.count("fewer"), cells.count("more")) == (30, 2, 1)
    assert "1 → 0" in text_of(seen.text)

    async def endless(*_how: object) -> None:
        await asyncio.sleep(3600)

    monkeypatch.setattr(drafts, "FORECAST_WITHIN_S", 0)
    monkeypatch.setattr(drafts, "forecast_days", endless)
    assert "takes too long" in text_of(checked(sue, POLICY.text, "days").text)
