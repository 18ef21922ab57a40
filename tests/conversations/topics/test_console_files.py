"""Files of a talk in the console: fetched from Telegram for those who are signed in, and for nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from sqlalchemy import func, select
from starlette.requests import ClientDisconnect
from starlette.types import Message

from bot.channels import telegram_files
from bot.channels.telegram_files import FileAway, TelegramFiles
from bot.sandbox import Person
from bot.web.console.files import _Fetched
from bot.web.server import build
from bot.work.facts.forgetting import forget
from bot.work.operations.console_access import sign_in, way_in
from storage.schema import talk_files
from tests.conversations.conftest import World
from tests.conversations.topics.test_talk import FILES, talk

SAVED = ("sticker", "animation", "video", "audio", "document")  # what is called .bin is shown as nothing


async def entered(world: World, mei: Person) -> httpx.AsyncClient:
    way = await way_in(world.db, mei.user_id, "", world.clock.now())
    assert way is not None
    secret = await sign_in(world.db, way.url.rpartition("/")[2], world.clock.now())
    transport = httpx.ASGITransport(build(world.app.parts))
    return httpx.AsyncClient(transport=transport, base_url="http://x", cookies={"duebot_console": secret or ""})


async def numbers(world: World) -> list[int]:
    async with world.db.read() as conn:
        return list((await conn.execute(select(talk_files.c.talk_file_id).order_by("talk_file_id"))).scalars())


async def test_files_of_a_talk_are_seen_by_who_is_in(
    world: World, anna: Person, mei: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = await talk(world, anna, mei)
    for kind in FILES:
        anna.send_media(kind, f"anna’s {kind}".encode(), f"{kind}.bin")
        await world.app.catch_up()
    mei.send_photo_in(world.group, b"mei's", "here it is", topic=topic)
    mei.send_photo_in(world.group, b"inside", "/note the receipt", topic=topic)
    await world.app.catch_up()
    async with await entered(world, mei) as browser:
        page = (await browser.get("/console/cases/1")).text
        of = dict(zip((*FILES, "mei"), await numbers(world), strict=False))
        for kind in FILES:
            answer = await browser.get(f"/console/cases/1/files/{of[kind]}")
            assert (kind, answer.status_code, answer.content) == (kind, 200, f"anna’s {kind}".encode())
            assert answer.headers["cache-control"] == "private, max-age=300"
            assert "sandbox" in answer.headers["content-security-policy"]
            assert answer.headers["content-disposition"].startswith("attachment" if kind in SAVED else "inline"), kind
            assert f'files/{of[kind]}"' in page
        assert page.count('class="file"') == len(FILES) + 1
        assert "here it is" in page
        assert (await browser.get(f"/console/cases/1/files/{of['mei']}")).content == b"mei's"
        assert "the receipt" in page
        for path in ("1/files/99", "1/files/x", f"1/files/{9**30}", f"2/files/{of['voice']}"):
            assert (await browser.get(f"/console/cases/{path}")).status_code == 404
        stranger = httpx.AsyncClient(transport=httpx.ASGITransport(build(world.app.parts)), base_url="http://x")
        assert (await stranger.get(f"/console/cases/1/files/{of['voice']}")).status_code == 401
        monkeypatch.setattr(telegram_files, "FILE_BYTES", 3)
        assert (await browser.get(f"/console/cases/1/files/{of['voice']}")).status_code == 413
        monkeypatch.undo()
        world.telegram.token = "1:other"
        assert (await browser.get(f"/console/cases/1/files/{of['voice']}")).status_code == 503
        world.telegram.token = world.app.settings.bot_token
        await forget(world.db, "C1", world.clock.now())
        assert (await browser.get(f"/console/cases/1/files/{of['voice']}")).status_code == 404
    async with world.db.read() as conn:
        assert (await conn.execute(select(func.count()).select_from(talk_files))).scalar_one() == 0


async def test_a_slow_file_comes_and_one_that_stalls_can_be_asked_for_again(
    world: World, anna: Person, mei: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await talk(world, anna, mei)
    anna.send_media("voice", b"anna's voice", "voice.ogg")
    await world.app.catch_up()
    async with await entered(world, mei) as browser:
        address = f"/console/cases/1/files/{(await numbers(world))[0]}"
        world.telegram.faults.next("download", drop="before", times=2)  # aiohttp asks once more
        away = await browser.get(address)
        assert (away.status_code, f'href="{address}">Try again' in away.text) == (503, True)
        again = await browser.get(address)
        assert (again.content, again.headers["content-length"]) == (b"anna's voice", "12")
    async with world.db.read() as conn:
        file_id = (await conn.execute(select(talk_files.c.file))).scalar_one()
    token = world.app.settings.bot_token
    files = TelegramFiles(world.app.settings.telegram_api, token)
    world.telegram.faults.next("download", delay_s=0.3)
    async with files.opened(file_id) as (_, pieces):
        assert b"".join([piece async for piece in pieces]) == b"anna's voice"
    monkeypatch.setattr(telegram_files, "STALLED_AFTER_S", 0.2)
    world.telegram.faults.next("download", delay_s=5)
    with pytest.raises(FileAway, match="not_now"):
        async with files.opened(file_id) as (_, pieces):
            assert [piece async for piece in pieces] == []


async def test_what_was_opened_for_a_file_is_closed_if_nobody_waits_for_it() -> None:
    closed: list[bool] = []
    opened = AsyncExitStack()
    opened.callback(closed.append, True)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"x"

    async def gone(_: Message) -> None:
        raise OSError

    async def nothing() -> Message:
        return {"type": "http.request"}

    scope = {"type": "http", "asgi": {"spec_version": "2.4"}, "method": "GET"}
    with pytest.raises((OSError, ClientDisconnect)):
        await _Fetched(pieces(), opened, {}, "image/png")(scope, nothing, gone)
    assert closed == [True]
