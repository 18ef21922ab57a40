"""A file that an agent sends from the console: the customer, the topic and the page have it, once, whatever happens."""

from __future__ import annotations

import asyncio
import io
import re
import threading
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

import httpx
import pytest
from sqlalchemy import func, select

from bot.clock import ManualClock
from bot.rules.cases import attachments
from bot.rules.cases.case_events import Undelivered
from bot.rules.cases.case_events_words import FileSaid
from bot.sandbox import LocalTelegram, Person
from bot.sides.housekeeping import clean
from bot.work.facts.forgetting import forget
from storage.runtime.engine import Database
from storage.schema import contacts, file_pieces, kept_files, talk_files
from tests.conversations.conftest import TOKEN, World
from tests.conversations.killing import Killing, TrappedTelegram
from tests.conversations.topics.test_console_files import entered
from tests.conversations.topics.test_in_doubt import a_while, loses_answers, tries_again
from tests.conversations.topics.test_talk import events, said_by_bot, talk

PDF = b"%PDF-1.7\n" + b"the terms" * 100_000  # of two pieces
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
FIELD = re.compile(r'name="(token|file|once)" value="([^"]*)"')


def document(entries: int) -> bytes:
    """An office document with so much packed in it."""
    written = io.BytesIO()
    with ZipFile(written, "w") as packed:
        for name in ("word/document.xml", "a", "b")[:entries]:
            packed.writestr(name, "")
    return written.getvalue()


@pytest.fixture
async def telegram(clock: ManualClock) -> LocalTelegram:
    return TrappedTelegram(clock=clock, token=TOKEN)


async def fields(browser: httpx.AsyncClient, case: int = 1) -> dict[str, str]:
    page = (await browser.get(f"/console/cases/{case}")).text
    form = page[page.index('id="say-form"') :]
    return dict(FIELD.findall(form[: form.index("</form>")]))


async def chosen(browser: httpx.AsyncClient, content: bytes, name: str = "terms.pdf", case: int = 1) -> httpx.Response:
    token = (await fields(browser)).get("token", "")
    headers = {"X-Form-Token": token, "X-File-Name": name, "Content-Type": "application/octet-stream"}
    return await browser.post(f"/console/cases/{case}/file", content=content, headers=headers)


async def sent(browser: httpx.AsyncClient, text: str = "", **more: str) -> httpx.Response:
    about = {**await fields(browser), "text": text, **more}
    return await browser.post("/console/cases/1/say", data=about)


def told(answer: httpx.Response) -> str:
    found = re.search(r'id="told" class="told bad"[^>]*>(.*?)</p>', answer.text, re.DOTALL)
    return found[1] if found else ""


async def count(world: World, *tables: Any) -> list[int]:
    async with world.db.read() as conn:
        return [(await conn.execute(select(func.count()).select_from(table))).scalar_one() for table in tables]


async def test_a_file_comes_to_the_customer_and_the_topic_and_is_kept_here_no_longer(
    world: World, anna: Person, mei: Person
) -> None:
    topic = await talk(world, anna, mei)
    async with await entered(world, mei) as browser:
        assert (await chosen(browser, PDF, "the%20terms.exe")).status_code == 303
        assert "the terms.exe.pdf" in (await browser.get("/console/cases/1")).text
        form = await fields(browser)
        world.telegram.faults.next("sendDocument", status=500)
        for _ in range(2):  # the browser sends it once more
            assert (await sent(browser, "as agreed", **form)).status_code == 303
        assert "on its way" in (await browser.get("/console/cases/1")).text
        assert await count(world, kept_files, file_pieces, talk_files) == [1, 2, 1]
        await tries_again(world)
        assert [m.text for m in anna.inbox[-2:]] == ["Hello", "as agreed"]
        assert anna.inbox[-1].raw["document"]["file_name"] == "the terms.exe.pdf"
        shown = said_by_bot(world.group, topic)[-1]
        assert "Mei has sent the customer a file: the terms.exe.pdf" in shown.text
        assert "as agreed" in shown.text
        assert shown.raw["document"]["file_id"] == anna.inbox[-1].raw["document"]["file_id"]
        assert await count(world, kept_files, file_pieces) == [0, 0]
        page = (await browser.get("/console/cases/1")).text
        assert (await browser.get(re.findall(r'href="([^"]*files/\d+)"', page)[0])).content == PDF
        assert page.count("as agreed") == 1
        async with world.db.read() as conn:
            last = (await conn.execute(select(contacts).order_by(contacts.c.contact_id.desc()).limit(1))).one()
        assert (last.kind, last.state, last.body, last.agent_id) == ("agent", "accepted", "as agreed", mei.user_id)
        (event,) = await events(world, "file_said")
        assert isinstance(event, FileSaid)
        assert (event.name, event.size, len(event.digest)) == ("the terms.exe.pdf", len(PDF), 64)
        await chosen(browser, PNG, "a.png")
        await sent(browser)
        await world.app.catch_up()
        assert "photo" in anna.inbox[-1].raw
        assert "photo" in said_by_bot(world.group, topic)[-1].raw


async def test_what_is_not_taken_is_said_in_a_line_and_nothing_is_kept(
    world: World, anna: Person, ming: Person, mei: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await talk(world, anna, mei)
    monkeypatch.setattr("bot.web.console.files.MOST_BYTES", 1000)
    monkeypatch.setattr(attachments, "MOST_ENTRIES", 2)
    async with await entered(world, mei) as browser:
        for content, why in (
            (b"", "This file is empty"),
            (b"MZ" + bytes(20), "Only pictures"),
            (b"PK\x03\x04 no archive", "Only pictures"),
            (document(3), "Only pictures"),
            (PDF, "too large: at most 20 MB"),
        ):
            assert why in told(await chosen(browser, content))
        assert (await chosen(browser, document(2))).status_code == 303
        stranger = httpx.AsyncClient(transport=browser._transport, base_url="http://x", cookies=browser.cookies)
        assert (await stranger.post("/console/cases/1/file", content=PNG)).status_code == 403  # no token
        assert (await chosen(browser, PNG, case=7)).status_code == 404
        await chosen(browser, PNG)
        assert "too long to go with a file" in told(await sent(browser, "x" * 1025))
        assert "choose it again" in told(await sent(browser, "x", file="77"))
        form = await fields(browser)
        async with await entered(world, bob) as bobs:
            bobs_token = (await bobs.get("/console")).text
            headers = {"X-Form-Token": re.findall(r'name="token" value="(\w+)"', bobs_token)[0]}
            answer = await bobs.post("/console/cases/1/file", content=PNG, headers=headers)
            assert "Mei has this case" in told(answer)
        await browser.post("/console/cases/1/drop_file", data={**form, "once": "1"})
        assert "choose it again" in told(await sent(browser, "x", file=form["file"]))
        assert await count(world, kept_files, file_pieces, talk_files) == [0, 0, 0]
        anna.block()
        await world.app.catch_up()
        assert "no chat with the bot" in told(await chosen(browser, PNG))


async def test_words_that_press_are_asked_about_and_the_file_waits(world: World, anna: Person, mei: Person) -> None:
    await talk(world, anna, mei)
    async with await entered(world, mei) as browser:
        await chosen(browser, PNG, "a.png")
        answer = await sent(browser, "Pay now or we will sue you.")
        assert answer.status_code == 409
        assert "a.png" in answer.text
        assert (await sent(browser, "As agreed.")).status_code == 303
        await world.app.catch_up()
        assert anna.inbox[-1].text == "As agreed."
        assert "photo" in anna.inbox[-1].raw


async def test_a_picture_of_a_shape_that_telegram_refuses_goes_as_a_document(
    world: World, anna: Person, mei: Person
) -> None:
    await talk(world, anna, mei)
    world.telegram.faults.next("sendPhoto", status=400, description="Bad Request: PHOTO_INVALID_DIMENSIONS")
    async with await entered(world, mei) as browser:
        await chosen(browser, PNG, "a.png")
        await sent(browser)
        await world.app.catch_up()
        assert anna.inbox[-1].raw["document"]["file_name"] == "a.png"
        page = (await browser.get("/console/cases/1")).text
        assert "a.png" in page


async def test_a_file_in_doubt_comes_three_times_at_most_and_the_topic_is_told(
    world: World, anna: Person, mei: Person
) -> None:
    topic = await talk(world, anna, mei)
    async with await entered(world, mei) as browser:
        await chosen(browser, PDF)
        await sent(browser, "as agreed")
        loses_answers(world, "sendDocument", anna.user_id)
        await a_while(world, minutes=1)
        assert [m.text for m in anna.inbox].count("as agreed") == 3
        assert await events(world, "undelivered") == [Undelivered("in_doubt")]
        said = " ".join(m.text for m in said_by_bot(world.group, topic)[-2:])
        assert "Mei has sent the customer a file" in said
        assert "not certain that your message arrived" in said
        assert await count(world, kept_files, file_pieces) == [0, 0]
        assert "files/1" not in (await browser.get("/console/cases/1")).text


async def test_a_kill_between_any_two_steps_loses_nothing(world: World, anna: Person, mei: Person) -> None:
    """While it is chosen only; when the customer has it and nobody knows; and when the topic has it."""
    topic = await talk(world, anna, mei)
    assert isinstance(world.telegram, TrappedTelegram)
    life = Killing(world, world.telegram)
    await life.begin()
    async with await entered(world, mei) as browser:
        await chosen(browser, PNG, "a.png")
        about = {**await fields(browser), "text": "as agreed"}
        post = lambda: asyncio.ensure_future(browser.post("/console/cases/1/say", data=about))  # noqa: E731
        await life.after(post, anna.user_id, "as agreed")
    await a_while(world, minutes=1)
    assert [m.text for m in anna.inbox].count("as agreed") == 2  # once more, as words
    assert await count(world, kept_files, file_pieces) == [0, 0]
    assert [m.text for m in said_by_bot(world.group, topic) if "has sent the customer a file" in m.text]
    async with await entered(world, mei) as browser:
        await chosen(browser, PNG, "b.png")
        about = {**await fields(browser), "text": "and this"}
        await life.after(post, world.group.chat_id, "and this")
    await a_while(world, minutes=1)
    assert [m.text for m in anna.inbox].count("and this") == 1


async def test_who_is_forgotten_while_a_file_is_sent_leaves_no_words(world: World, anna: Person, mei: Person) -> None:
    await talk(world, anna, mei)
    assert isinstance(world.telegram, TrappedTelegram)

    async def forgotten() -> None:
        db = Database(world.app.settings.database_url.get_secret_value())
        await forget(db, "C1", world.clock.now(), overwrite=False)
        await db.close()

    def do() -> None:  # Telegram has taken it, and has not said so
        thread = threading.Thread(target=asyncio.run, args=(forgotten(),))
        thread.start()
        thread.join()

    async with await entered(world, mei) as browser:
        await chosen(browser, PNG, "anna.png")
        world.telegram.at_words(anna.user_id, "as agreed", do)
        await sent(browser, "as agreed")
        await world.app.catch_up()
    assert await count(world, kept_files, file_pieces, talk_files) == [0, 0, 0]
    async with world.db.read() as conn:
        left = (await conn.execute(select(contacts.c.body, contacts.c.reference))).all()
    assert left
    assert {tuple(row) for row in left} == {(None, None)}


async def test_what_is_never_sent_goes_after_a_day_and_with_its_customer(
    world: World, anna: Person, ming: Person, mei: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await talk(world, anna, mei)
    async with await entered(world, mei) as browser:
        await chosen(browser, PNG, "a.png")
        older = await fields(browser)
        await chosen(browser, PNG, "b.png")  # takes the place of the first
        assert await count(world, kept_files, file_pieces) == [1, 1]
        assert "choose it again" in told(await sent(browser, "", **older))  # from another window
        await sent(browser)
        world.telegram.faults.next("sendPhoto", status=500, times=100)
        await chosen(browser, PNG, "c.png")
        world.clock.move(attachments.UNSENT_FOR - timedelta(hours=1))
        await clean(world.app.parts)
        assert await count(world, kept_files) == [2]
        world.clock.move(timedelta(hours=2))
        await clean(world.app.parts)
        assert await count(world, kept_files) == [1]  # what is on its way stays
        await forget(world.db, "C1", world.clock.now())
        assert await count(world, kept_files, file_pieces) == [0, 0]
