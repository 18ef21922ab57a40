"""Imports in the console: which there were, what was refused, and the mended file."""

from __future__ import annotations

import http.client
import os
import sys
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from bot.web.console.imports import MOST_PASTED
from bot.work.facts.forgetting import forget
from bot.work.facts.import_records import ROWS_KEPT_FOR, Importing, drop_old_records
from bot.work.facts.import_run import import_paths
from storage.runtime.engine import Database
from storage.schema import customers, refused_rows
from tests.conftest import KINDS
from tests.web.api_server import NOW, Served
from tests.web.console_browser import BOB, FORM, SUE, Browser, Seen, add_auditor, entered, staffed, text_of

HERE = "/console/imports"
FILE = "customer_id,name,phone,time_zone\nC1,Anna Lee,+886912345678,Nowhere\nC8,Ben,=1+1,Asia/Taipei\n,Nobody,,\n"
ADA = 950


@pytest.fixture(params=KINDS)
def api(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    with staffed(request.getfixturevalue(f"{request.param}_db")) as one:
        add_auditor(one, ADA, "Ada")
        path = tmp_path / "customers.csv"
        path.write_text(FILE, "utf-8")
        one.do(lambda db: import_paths(db, [path], NOW, on_record=Importing(db, NOW)))
        yield one


def upload(browser: Browser, text: str, **more: str) -> Seen:
    headers = {"Content_Type": "text/csv", "X_Form_Token": browser.token, "X_File_Name": "mended%20%E5%AE%A2.csv"}
    return browser.ask(HERE, "POST", text, **{**headers, **more})


def number_of(browser: Browser) -> str:
    return browser.ask(HERE).text.partition(f'<a href="{HERE}/')[2].partition('"')[0]


def count(api: Served) -> int:
    async def counted(db: Database) -> Any:
        async with db.read() as conn:
            return (await conn.execute(select(func.count()).select_from(refused_rows))).scalar_one()

    found: int = api.do(counted)
    return found


def test_refused_rows_are_seen_downloaded_mended_and_imported_again(api: Served) -> None:
    sue = entered(api, SUE)
    listed = text_of(sue.ask(HERE).text)
    assert "customers.csv" in listed
    assert "duebot import" in listed
    number = number_of(sue)
    assert "Nowhere" in text_of(sue.ask(f"{HERE}/{number}").text)
    file = sue.ask(f"{HERE}/{number}/refused.csv")
    head, *rows = file.text.splitlines()
    assert head == "line,reason,customer_id,name,phone,time_zone"
    assert [row.partition(",")[0] for row in rows] == ["2", "3", "4"]
    assert "'=1+1" in rows[1]
    mended = (
        file.text.replace("Nowhere", "Asia/Tokyo")
        .replace("'=1+1", "+886911111111")
        .replace(",,Nobody,,", ",C9,Nobody,,")
    )
    seen = upload(sue, mended)
    assert seen.status == 200, text_of(seen.text)
    assert "mended 客.csv: 3 rows were read. All of them are in." in text_of(seen.text)

    async def zones(db: Database) -> Any:
        async with db.read() as conn:
            query = select(customers.c.time_zone).where(customers.c.customer_id.in_(["C1", "C8", "C9"]))
            return (await conn.execute(query.order_by(customers.c.customer_id))).scalars().all()

    assert api.do(zones) == ["Asia/Tokyo", "Asia/Taipei", None]
    assert "Sue" in text_of(sue.ask(HERE).text)
    shown = unescape(
        sue.ask(f"{HERE}/{number}").text.partition('lang="en">customer_id,')[2].partition("</textarea>")[0]
    )
    again = "customer_id," + shown.replace("Nowhere", "Asia/Seoul").replace("'=1+1", "").replace(",Nobody,,\n", "")
    seen = sue.press(HERE, rows=again, name="customers.csv")
    assert "customers.csv: 2 rows were read. All of them are in." in text_of(seen.text)
    assert api.do(zones) == ["Asia/Seoul", "Asia/Taipei", None]
    pasted = sue.press(HERE, rows="customer_id,name\nC9,Nina\n,Nobody\n")
    assert (pasted.status, "1 was refused" in text_of(pasted.text)) == (409, True)


def test_what_cannot_be_imported_is_said_and_nothing_stays_on_disk(
    api: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    sue = entered(api, SUE)
    for text, said in (("", "nothing to import"), ("what,ever\n1,2\n", "was not imported")):
        seen = upload(sue, text)
        assert (seen.status, said in text_of(seen.text)) == (409, True)
    monkeypatch.setattr("bot.web.console.imports.MOST_BYTES", 10)
    assert "has more than" in text_of(upload(sue, FILE).text)
    assert list(tmp_path.glob("duebot-facts-*")) == []
    for path in ("99", "x", f"{9**30}", "99/refused.csv"):
        assert sue.ask(f"{HERE}/{path}").status == 404


def test_refused_rows_are_supervisors_alone(api: Served) -> None:
    sue, bob, ada = entered(api, SUE), entered(api, BOB), entered(api, ADA)
    number = number_of(sue)
    assert bob.ask(HERE).status == 403
    assert ada.ask(HERE).status == 200
    for who in (bob, ada):
        assert (who.ask(f"{HERE}/{number}").status, who.ask(f"{HERE}/{number}/refused.csv").status) == (403, 403)
        assert upload(who, FILE).status == 403
    assert upload(sue, FILE, X_Form_Token="0" * 64).status == 403
    assert upload(sue, FILE, Origin="https://elsewhere.example").status == 403


def test_refused_rows_go_with_their_customer_and_with_time(api: Served) -> None:
    assert count(api) == 3
    api.do(lambda db: forget(db, "C1", NOW))
    assert count(api) == 2
    api.do(lambda db: drop_old_records(db, NOW + ROWS_KEPT_FOR + timedelta(days=1)))
    assert count(api) == 0
    assert "customers.csv" in entered(api, SUE).ask(HERE).text


def test_a_form_is_read_no_further_than_it_may_be_long(api: Served) -> None:
    """Of ten gigabytes that are announced as many as a form may have are enough to be refused."""
    bob, where = entered(api, BOB), urlsplit(api.url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=10)
    connection.putrequest("POST", HERE)
    cookies = "; ".join(f"{name}={value}" for name, value in bob.cookies.items())
    for name, value in (("Cookie", cookies), ("Content-Type", FORM), ("Content-Length", str(10**10))):
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(b"x" * (MOST_PASTED + 1))
    assert connection.getresponse().status == 400
    connection.close()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_file_may_have_a_name_in_any_encoding(api: Served, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xd6\xd0.csv")
    path.write_text("customer_id,name\nC9,Cy\n", "utf-8")
    report = api.do(lambda db: import_paths(db, [path], NOW, on_record=Importing(db, NOW)))
    assert report.ok
