"""The console's figures: for supervisors, the same numbers as `duebot figures` has, as a page and as a file."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from bot.rules.operations.periods import Period
from bot.views.operations.figures_page import number, share
from bot.work.operations.figures import read_figures
from locales import translator
from storage.runtime.engine import Database
from storage.schema import day_states
from tests.web.api_server import NOW
from tests.web.console_browser import BOB, SUE, entered, staffed
from tests.work import lives
from tests.work.lives import POLICY

EN, DAY = translator("en"), timedelta(days=1)


def test_supervisors_see_the_figures_and_nobody_else_does(sqlite_db: Database) -> None:
    with staffed(sqlite_db) as api:
        sue, bob = entered(api, SUE), entered(api, BOB)
        for path in ("/console/figures", "/console/figures.csv"):
            assert bob.ask(path).status == 403
        assert "/console/figures" not in bob.ask("/console").text
        assert "/console/figures" in sue.ask("/console").text
        assert sue.ask("/console/figures.png?days=7").status == 404  # nothing to draw yet
        api.do(lambda db: lives.add(db, day_states, day=NOW.date() - DAY, customer_id=lives.ANNA, state="reached"))
        days = Period(NOW.date() - timedelta(days=6), NOW.date())
        found = api.do(lambda db: read_figures(db, POLICY, days, NOW, "day"))
        text = sue.ask("/console/figures?days=7&by=day").text
        for said in (number(EN, sum(found.done.opened.values())), share(EN, found.done.answers), "NT$1,200.00"):
            assert said in text
        for odd in ("?days=9999&by=second", "?days=365&by=month", "?by=week"):
            assert sue.ask(f"/console/figures{odd}").status == 200
        pictures = {ground: sue.ask(f"/console/figures.png?days=7&ground={ground}") for ground in ("light", "dark")}
        for seen in pictures.values():
            assert (seen.status, seen.headers["content-type"], "PNG" in seen.text[:8]) == (200, "image/png", True)
        assert pictures["light"].text != pictures["dark"].text
        file = sue.ask("/console/figures.csv?days=7&by=day")
        assert file.headers["content-type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(file.text)))
        assert [row["from"] for row in rows[:-1]] == [each.period.first.isoformat() for each in found.periods]
        assert rows[-1]["opened"] == str(sum(found.done.opened.values())) == "1"
