"""Which cases agents may take, seen and set in the console; who set it is on record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from storage.cases import agents
from storage.cases.agents import Agent, set_away
from storage.runtime.engine import Database
from tests.conftest import KINDS
from tests.web.api_server import NOW, Served
from tests.web.console_browser import BOB, SUE, add_auditor, entered, staffed, text_of
from tests.work.lives import MEI

AUDIT = 950
LIMITS = {"languages": "zh, en", "products": "Card", "segments": "", "most_cases": "1"}


@pytest.fixture(params=KINDS)
def api(request: pytest.FixtureRequest) -> Iterator[Served]:
    with staffed(request.getfixturevalue(f"{request.param}_db")) as one:
        add_auditor(one, AUDIT, "Ada")
        yield one


def agent(api: Served, number: int) -> Agent:
    async def read(db: Database) -> Any:
        async with db.read() as conn:
            return await agents.agent(conn, number)

    found: Agent = api.do(read)
    return found


async def _away(db: Database) -> None:
    async with db.write() as conn:
        await set_away(conn, BOB, NOW)


def test_a_supervisor_sets_what_an_agent_may_take_and_all_of_it_is_on_record(api: Served) -> None:
    api.do(_away)
    sue, bob, ada = entered(api, SUE), entered(api, BOB), entered(api, AUDIT)
    assert "1 open case" in text_of(sue.ask("/console/agents").text)
    assert "away since" in text_of(sue.ask("/console/agents").text)
    seen = sue.press(f"/console/agents/{MEI}", **LIMITS, once="a")
    assert seen.status == 303
    said = text_of(sue.ask(seen.headers["location"]).text)
    assert "may take this from now on" in said
    assert "Products: Card" in said
    assert "At most 1 open case at a time" in said
    mei = agent(api, MEI)
    assert (mei.languages, mei.products, mei.segments, mei.most_cases) == (("zh", "en"), ("Card",), (), 1)
    sue.press(f"/console/agents/{MEI}", **{**LIMITS, "most_cases": "7"}, once="a")  # the same form once more
    assert agent(api, MEI).most_cases == 1
    for wrong, words in (
        ({"languages": "klingon"}, "is not a language"),
        ({"most_cases": "0"}, "is no number from 1 to 1000"),
        ({"products": "x" * 65}, "each of at most 64 characters"),
    ):
        seen = sue.press(f"/console/agents/{MEI}", **{**LIMITS, **wrong})
        assert (seen.status, words in text_of(seen.text)) == (409, True)
    assert sue.press("/console/agents/77", **LIMITS).status == 409
    log = text_of(sue.ask("/console/operation?kind=agent%3Alimits").text)
    assert "Sue set what Mei may take." in log
    assert "At most 1 open case at a time" in log
    assert bob.ask("/console/agents").status == 403
    assert bob.press(f"/console/agents/{MEI}", **LIMITS).status == 403
    assert "Change what" not in ada.ask("/console/agents").text
    assert ada.press(f"/console/agents/{MEI}", **LIMITS).status == 403
