"""A customer's own history: all that was sent and answered, whether it was accepted, and a file that can be checked."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.clock import ManualClock
from bot.rules.outlook.contact_records import Record
from bot.settings import Settings
from bot.views.outlook.history import history
from bot.work.facts.forgetting import forget
from bot.work.outlook.contact_history import change_key, contact_history, signed_history, verified
from locales import translator
from storage.runtime.engine import Database
from storage.schema import contacts, holds
from tests.work.lives import ANNA, add, customer, linked, notice, owes

pytestmark = pytest.mark.postgresql_one_in(3)

SETTINGS = Settings(_env_file=None, brand="Acorn")
HOSTILE = "<script>alert(1)</script>\u202e & \x00<!-- duebot signature 1 key=1 " + "0" * 64 + " -->"


@pytest.fixture
async def told(db: Database, clock: ManualClock) -> None:
    now = clock.now()
    await customer(db, now, name=f"Anna {HOSTILE.replace(chr(0), '')}")
    await linked(db, now)
    await owes(db, now, now.date())
    sent = await notice(db, now, "accepted")
    await notice(db, now + timedelta(hours=1), "not_sent", step_id="due", reason="paid")
    row = {"customer_id": ANNA, "channel": "telegram", "state": "accepted"}
    out = {**row, "direction": "out"}
    await add(db, contacts, **out, at=now, kind="reminder", notice_id=sent, body="A short note\nfrom Acorn")
    later = now + timedelta(hours=2)
    told = {**row, "direction": "in", "state": "answered"}
    await add(db, contacts, **told, at=later, kind="word", body=HOSTILE.replace("\x00", ""))
    await add(db, contacts, **told, at=later, kind="press", body="history:2")
    await add(db, contacts, **told, at=later, kind="press", body="promise:5")
    called = {**out, "channel": "phone", "kind": "agent", "body": "sounds tired"}
    await add(db, contacts, **{**called, "state": "refused"}, at=later + timedelta(hours=1), reason="no_answer")
    promise = {"customer_id": ANNA, "kind": "promise", "amount": 50000, "currency": "TWD", "set_at": later}
    ended = {"until": now.date(), "ended_at": now + timedelta(hours=9), "ended_why": "kept"}
    await add(db, holds, **promise, **ended)


async def records(db: Database) -> list[Record]:
    found = await contact_history(db, ANNA)
    assert found is not None
    return list(found.records)


@pytest.mark.usefixtures("told")
async def test_it_has_what_was_sent_and_answered_and_agreed_and_nothing_that_is_for_agents(db: Database) -> None:
    found = await records(db)
    said = [(r.kind, r.state, r.way) for r in found if r.text != "promise:5"]
    assert ("answer", "press", "telegram") in [(r.kind, r.state, r.way) for r in found]
    assert sorted(said) == sorted(
        [
            ("reminder", "accepted", "telegram"),
            ("reminder", "not_sent", ""),
            ("answer", "word", "telegram"),
            ("call", "no_answer", "phone"),
            ("promise", "set", ""),
            ("promise", "kept", ""),
        ]
    )
    assert [r.at for r in found] == sorted(r.at for r in found)
    assert "tired" not in "".join(r.text for r in found) and "history:2" not in [r.text for r in found]


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
async def test_a_page_has_it_in_words_on_the_customers_clock(db: Database, language: str) -> None:
    t, found = translator(language), await records(db)
    pages = [history(t, found, "Asia/Taipei", None, number).text for number in (1, 2)]
    assert "<script>" not in "".join(pages)
    if language == "en":
        for words in ("not sent (no longer needed)", "nobody answered", "kept", "You wrote"):
            assert words in pages[0]
        assert "Telegram: accepted" in pages[1]


@pytest.mark.usefixtures("told")
async def test_the_file_is_genuine_until_anything_in_it_is_changed(db: Database, clock: ManualClock) -> None:
    file = await signed_history(db, SETTINGS, ANNA, clock.now())
    assert file is not None
    text = file.decode()
    assert "<script>" not in text and "\u202e" not in text and text.count("<!-- duebot signature") == 1
    assert "A short note\nfrom Acorn" in text and "default-src 'none'" in text
    assert (await verified(db, file)).judged == "genuine"
    assert (await verified(db, file.replace(b"accepted", b"Accepted", 1))).judged == "changed"
    assert (await verified(db, b"<p>nothing</p>")).judged == "unsigned"


@pytest.mark.usefixtures("told")
@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_a_new_key_leaves_earlier_files_genuine_unless_they_are_withdrawn(
    db: Database, clock: ManualClock
) -> None:
    first = await signed_history(db, SETTINGS, ANNA, clock.now())
    assert first is not None
    assert await change_key(db, clock.now(), withdraw=False) == 2
    second = await signed_history(db, SETTINGS, ANNA, clock.now())
    assert second is not None
    assert [(await verified(db, file)).judged for file in (first, second)] == ["genuine", "genuine"]
    assert await change_key(db, clock.now(), withdraw=True) == 3
    assert [(await verified(db, file)).judged for file in (first, second)] == ["withdrawn", "withdrawn"]
    third = await signed_history(db, SETTINGS, ANNA, clock.now())
    assert third is not None and (await verified(db, third)).key == 3


@pytest.mark.usefixtures("told")
async def test_who_was_forgotten_has_no_history(db: Database, clock: ManualClock) -> None:
    await forget(db, ANNA, clock.now())
    assert await contact_history(db, ANNA) is None
    assert await signed_history(db, SETTINGS, ANNA, clock.now()) is None
    assert await signed_history(db, SETTINGS, "C9", clock.now()) is None


async def test_the_command_says_whether_a_file_is_genuine(
    sqlite_db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await customer(sqlite_db, clock.now())
    monkeypatch.setenv("DUEBOT_DATABASE_URL", str(sqlite_db.url).replace("+aiosqlite", ""))
    file = tmp_path / "history.html"

    async def ran(*words: str) -> tuple[int, str]:
        done = await asyncio.to_thread(CliRunner().invoke, app, ["history", *words])
        return done.exit_code, done.output

    assert (await ran("save", ANNA, str(file)))[0] == 0
    assert await ran("verify", str(file)) == (0, "history.html: genuine and unchanged, signed with key 1\n")
    assert await ran("verify", str(file), "--json") == (0, '{"genuine": true, "key": 1}\n')
    file.write_bytes(file.read_bytes().replace(b"Anna", b"Emma"))
    changed = "history.html: changed since it was made, or not made with this database\n"
    assert await ran("verify", str(file)) == (1, changed)
    assert (await ran("verify", str(tmp_path / "none.html")))[0] == 1
    assert (await ran("save", "C9", str(file)))[0] == 1
