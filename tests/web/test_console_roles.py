"""Every route of the console, and who gets nothing there: a new route is in this table by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from starlette.routing import Route

from bot.clock import ManualClock
from bot.settings import Settings
from bot.web.console import app as console
from bot.web.console.case_actions import ACTS
from bot.work.operations.monitoring import Watch
from bot.work.policy.policies import PoliciesInForce
from bot.work.runtime.parts import Parts
from storage.operations import console_access
from storage.runtime.engine import Database
from tests.conftest import KINDS
from tests.web.api_server import NOW, Served
from tests.web.console_browser import BOB, SUE, Browser, add, add_auditor, entered, link, staffed
from tests.work.lives import MEI, POLICY

AUDIT = 950
# Which is for everybody: the way in, and what pages load.
OPEN = {
    *(("GET", "/console/in/{secret}"), ("POST", "/console/in"), ("GET", "/console/static/{name}")),
    *(("POST", "/console/in/passkey/begin"), ("POST", "/console/in/passkey")),
}
THEIR_OWN = {("POST", "/console/out"), ("POST", "/console/language")}  # nobody else is concerned
FOR_THOSE_WHO_SEE_ALL = ("/console/figures", "/console/operation", "/console/imports", "/console/agents")
FOR_SUPERVISORS = ("/console/policy", "/console/imports/")
VALUES = {"number": "1", "name": "greeting", "file": "1", "secret": "x", "section": "now"}


def routes(db: Database) -> list[tuple[str, str]]:
    """Method and path of each, `{what}` once for each act."""
    parts = Parts(Settings(), ManualClock(NOW), db, PoliciesInForce(POLICY, NOW))
    built = console.build(parts, Watch(parts))
    assert isinstance(built, console._Outermost)
    found = []
    for path, route in walked(built._app.routes):  # type: ignore[attr-defined]
        for method in sorted((route.methods or set()) - {"HEAD"}):
            found += [(method, path.replace("{what}", what)) for what in (ACTS if "{what}" in path else ("",))]
    return found


def walked(these: Iterable[object], prefix: str = "") -> Iterator[tuple[str, Route]]:
    """Each route with its whole path; newer FastAPI keeps those of a router within it."""
    for one in these:
        if isinstance(one, Route):
            yield prefix + one.path, one
        else:
            yield from walked(one.original_router.routes, console.PATH)  # type: ignore[attr-defined]


@pytest.fixture(params=KINDS)
def api(request: pytest.FixtureRequest) -> Iterator[Served]:
    with staffed(request.getfixturevalue(f"{request.param}_db")) as one:
        add(one, MEI, "Mei")
        add_auditor(one, AUDIT, "Ada")
        yield one


def asked(browser: Browser, method: str, path: str, token: str = "") -> int:
    where = path.format(**VALUES)
    if method == "POST":
        fields = {"token": token} if token else {}
        return browser.send(where, {**fields, "text": "x", "which": "1", "decision": "approved", "name": "mine"}).status
    return browser.ask(where).status


def test_who_gets_nothing_on_any_route(api: Served) -> None:
    there = api.do(_routes)
    assert len(there) > 30
    nobody, out = Browser(api), entered(api, BOB)
    kept = dict(out.cookies)
    out.press("/console/out")
    out.cookies = kept
    bob, sue, ada = entered(api, BOB), entered(api, SUE), entered(api, AUDIT)
    token, theirs = ada.token, sue.token
    for method, path in there:
        if (method, path) in OPEN or path.endswith("/live"):
            continue
        where = f"{method} {path}"
        assert (where, asked(nobody, method, path, token)) == (where, 401)
        assert (where, asked(out, method, path, token)) == (where, 401)
        if method == "POST":
            assert (where, asked(bob, method, path, theirs)) == (where, 403), "a form of another session"
            assert (where, asked(sue, method, path)) == (where, 403), "a form without its token"
            if (method, path) not in THEIR_OWN:
                assert (where, asked(ada, method, path, token)) == (where, 403), "auditors change nothing"
        elif path.startswith((*FOR_THOSE_WHO_SEE_ALL, *FOR_SUPERVISORS)):
            assert (where, asked(bob, method, path)) == (where, 403)
            if path.startswith(FOR_SUPERVISORS):
                assert (where, asked(ada, method, path)) == (where, 403)


def test_an_auditor_reads_and_nothing_more(api: Served) -> None:
    ada = entered(api, AUDIT)
    for path in ("/console", "/console/cases/1", "/console/cases/1/story", "/console/figures", "/console/operation"):
        seen = ada.ask(path)
        assert (path, seen.status) == (path, 200)
        forms = {part.partition('"')[0] for part in seen.text.split('method="post" action="')[1:]}
        assert forms == {"/console/language", "/console/out"}, path
    assert "change nothing" in ada.ask("/console/cases/1").text
    assert ada.ask("/console?q=%2B886912345678").text.count("data-row") == 0
    assert "Ada" in ada.ask(f"/console/operation?agent={AUDIT}").text
    assert ada.press("/console/language", language="zh-Hant").status == 303

    async def removed(db: Database) -> tuple[bool, bool, bool]:
        async with db.write() as conn:
            of_agent = await console_access.add_auditor(conn, BOB, "Bob", "", NOW)
            return (
                of_agent,
                await console_access.remove_auditor(conn, BOB, NOW),
                await console_access.remove_auditor(conn, AUDIT, NOW),
            )

    assert api.do(removed) == (False, False, True)
    assert ada.ask("/console").status == 401
    with pytest.raises(AssertionError):
        link(api, AUDIT)


async def _routes(db: Database) -> list[tuple[str, str]]:
    return routes(db)
