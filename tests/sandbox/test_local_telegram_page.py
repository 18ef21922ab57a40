"""The page of the local Telegram, by its requests to the server; the browser tests check how it looks."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.clock import ManualClock
from bot.sandbox import (
    Action,
    Bill,
    Demo,
    Group,
    Guide,
    LocalTelegram,
    Person,
    Point,
    Step,
    Till,
    Told,
    ToldEvents,
    serve,
)


@pytest.fixture
def anna(telegram: LocalTelegram) -> Person:
    return telegram.person(1001, "Anna", "en", "+886912345678", zone="Asia/Taipei")


@pytest.fixture
def mei(telegram: LocalTelegram) -> Person:
    return telegram.person(5, "Mei")


@pytest.fixture
def forum(telegram: LocalTelegram, mei: Person) -> Group:
    return telegram.forum(members=[mei])


@pytest.fixture
async def browser(telegram: LocalTelegram) -> AsyncIterator[aiohttp.ClientSession]:
    async with serve(telegram) as url, aiohttp.ClientSession(url) as session:
        yield session


async def do(browser: aiohttp.ClientSession, path: str = "/local/do", **asked: Any) -> tuple[int, dict[str, Any]]:
    async with browser.post(path, json=asked) as response:
        return response.status, await response.json()


async def stay(_by: timedelta) -> None:
    """Time is not moved here."""


async def first_state(browser: aiohttp.ClientSession) -> dict[str, Any]:
    async with browser.get("/local/events") as response:
        line = await response.content.readline()
        state: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
        return state


async def test_the_page_and_its_files_come_from_here_only(browser: aiohttp.ClientSession) -> None:
    async with browser.get("/") as response:
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert "://" not in await response.text()
    for name in ("app.js", "chat.css", "icon.svg"):
        async with browser.get(f"/page/{name}") as response:
            assert response.status == 200
    async with browser.get("/page/__init__.py") as response:
        assert response.status == 404


async def test_phones_are_the_customers_and_authors_the_members(
    browser: aiohttp.ClientSession, anna: Person, forum: Group
) -> None:
    state = await first_state(browser)
    assert [phone["name"] for phone in state["phones"]] == ["Anna"]
    assert [member["name"] for member in state["groups"][0]["members"]] == ["Mei"]


async def test_typing_on_the_page_is_the_person_writing(browser: aiohttp.ClientSession, anna: Person) -> None:
    assert (await do(browser, what="say", person=1001, text="/start"))[0] == 200
    assert anna.started
    assert [message["text"] for message in (await first_state(browser))["messages"]] == ["/start"]


async def test_a_member_writes_into_a_topic(
    browser: aiohttp.ClientSession, telegram: LocalTelegram, forum: Group
) -> None:
    topic = forum.create_topic("Case 1")
    await do(browser, what="say", person=5, group=forum.chat_id, topic=topic.thread_id, text="mine")
    assert topic.messages[-1].text == "mine"
    assert telegram.updates.pending[-1]["message"]["message_thread_id"] == topic.thread_id


async def test_blocking_editing_and_the_contact_key(browser: aiohttp.ClientSession, anna: Person) -> None:
    said = anna.say("helo")
    await do(browser, what="edit", person=1001, message=said["message_id"], text="hello")
    await do(browser, what="contact", person=1001)
    await do(browser, what="block", person=1001)
    assert [message.text for message in anna.messages] == ["hello", ""]
    assert anna.blocked


async def test_what_a_phone_cannot_do_is_said(browser: aiohttp.ClientSession, anna: Person) -> None:
    anna.block()
    status, answer = await do(browser, what="say", person=1001, text="hi")
    assert (status, answer["why"]) == (400, "Anna has blocked the bot; unblock() first")


async def test_a_picture_is_sent_as_a_photo_and_shown(browser: aiohttp.ClientSession, anna: Person) -> None:
    form = aiohttp.FormData()
    form.add_field("person", "1001")
    form.add_field("caption", "receipt")
    form.add_field("file", b"\x89PNG\r\n...", filename="r.png", content_type="image/png")
    async with browser.post("/local/upload", data=form) as response:
        assert response.status == 200
    photo = (await first_state(browser))["messages"][0]["photo"]
    async with browser.get(photo) as response:
        assert (response.content_type, await response.read()) == ("image/png", b"\x89PNG\r\n...")


async def test_a_file_is_for_saving_never_for_running(browser: aiohttp.ClientSession, anna: Person) -> None:
    anna.send_document(b"<script>", "page.html")
    url = (await first_state(browser))["messages"][0]["document"]["url"]
    async with browser.get(url) as response:
        assert response.headers["Content-Disposition"] == "attachment"
        assert response.content_type == "application/octet-stream"


async def test_another_site_cannot_act_here(browser: aiohttp.ClientSession, anna: Person) -> None:
    asked = {"what": "say", "person": 1001, "text": "hi"}
    async with browser.post("/local/do", json=asked, headers={"Origin": "https://evil.example"}) as response:
        assert response.status == 403
    assert anna.messages == []


async def test_time_moves_by_what_is_pressed(
    browser: aiohttp.ClientSession, telegram: LocalTelegram, anna: Person, clock: ManualClock
) -> None:
    async def move(by: timedelta) -> None:
        assert (await first_state(browser))["demo"]["busy"] == "time"
        clock.move(by)

    telegram.demo = Demo(move=move)
    before = clock.now()
    await do(browser, "/local/move", by="6h")
    assert clock.now() - before == timedelta(hours=6)
    await do(browser, "/local/move", by="next9")
    assert clock.now() == datetime(2026, 3, 3, 1, tzinfo=UTC)  # 09:00 in Taipei
    shown = (await first_state(browser))["demo"]
    nothing = {"busy": "", "steps": [], "actions": [], "till": "", "restarts": False, "console": False, "told": None}
    assert shown == nothing


async def test_the_guide_is_ticked_off_by_what_happens_and_stays_so(
    browser: aiohttp.ClientSession, telegram: LocalTelegram, anna: Person
) -> None:
    write = Point("phone-1001", write="hello")
    telegram.demo = Demo(move=stay, guide=Guide([Step("Write.", lambda: len(anna.messages) == 1, lambda: write)]))
    (step,) = (await first_state(browser))["demo"]["steps"]
    assert (step["text"], step["point"]["write"], step["done"]) == ("Write.", "hello", False)
    for _ in range(2):
        await do(browser, what="say", person=1001, text="hello")
        assert (await first_state(browser))["demo"]["steps"][0]["done"]


async def test_the_wallets_page_pays_what_is_left_or_a_part(
    browser: aiohttp.ClientSession, telegram: LocalTelegram
) -> None:
    left = Decimal("860.00")

    def bill(bill_id: str) -> Bill | None:
        return Bill("Card", "CNY", date(2026, 3, 5), Decimal("860.00"), left, "en") if bill_id == "I 1" else None

    async def pay(_bill_id: str, amount: Decimal) -> None:
        nonlocal left
        if amount > left:
            raise ValueError(f"{amount} cannot be paid")
        left -= amount

    telegram.demo = Demo(move=stay, till=Till("http://127.0.0.1/pay/", bill, pay))
    async with browser.get("/pay/I%201") as response:
        assert response.content_type == "text/html"
    status, shown = await do(browser, "/local/bill/I%201", amount="60.00")
    assert (status, shown["product"], shown["due"], shown["left"]) == (200, "Card", "2026-03-05", "800.00")
    for wrong in ("900", "much", None):
        assert (await do(browser, "/local/bill/I%201", amount=wrong))[0] == 400
    assert (await do(browser, "/local/bill/I2", amount="1"))[0] == 400
    assert left == Decimal("800.00")


async def test_the_demo_is_started_over_once(browser: aiohttp.ClientSession, telegram: LocalTelegram) -> None:
    assert (await do(browser, "/local/restart"))[0] == 400
    begun: list[bool] = []
    telegram.demo = Demo(move=stay, restart=lambda: begun.append(True))
    assert [(await do(browser, "/local/restart"))[0] for _ in range(2)] == [200, 400]
    assert begun == [True]


async def test_the_wallets_side_acts_and_says_what_it_did(
    browser: aiohttp.ClientSession, telegram: LocalTelegram
) -> None:
    async def pay() -> str:
        return "Anna paid"

    telegram.demo = Demo(move=stay, actions=[Action("Anna pays 1,200.00", pay)])
    assert (await do(browser, "/local/action", index=0))[1]["said"] == "Anna paid"
    assert (await do(browser, "/local/action", index=1))[0] == 400


async def test_events_that_are_signed_are_listed_once(
    browser: aiohttp.ClientSession, telegram: LocalTelegram, clock: ManualClock
) -> None:
    def read(headers: Mapping[str, str], body: bytes) -> Told | None:
        return Told(headers["webhook-id"], body.decode(), clock.now(), {}) if "webhook-signature" in headers else None

    async def arrives(event_id: str, kind: str, **headers: str) -> int:
        sent = {"webhook-id": event_id, **headers}
        async with browser.post("/local/told", data=kind, headers=sent) as response:
            return response.status

    assert await arrives("1", "case.opened") == 503  # before the demo is ready
    telegram.demo = Demo(move=stay, told=ToldEvents(read))
    assert await arrives("1", "case.opened") == 401
    for event_id, kind in (("1", "case.opened"), ("2", "case.closed"), ("1", "case.opened")):
        assert await arrives(event_id, kind, **{"webhook-signature": "v1,x"}) == 204
    told = (await first_state(browser))["demo"]["told"]
    assert [one["kind"] for one in told] == ["case.closed", "case.opened"]


async def test_without_a_demo_there_is_no_time_bar(browser: aiohttp.ClientSession) -> None:
    assert (await first_state(browser))["demo"] is None
    assert (await do(browser, "/local/move", by="1h"))[0] == 400


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "[::1", "", "10.0.0.7"]
)
@pytest.mark.parametrize("path", ["/", "/local/events", "/page/app.js"])
async def test_a_name_that_was_made_to_lead_here_shows_nothing(
    browser: aiohttp.ClientSession, host: str, path: str
) -> None:
    async with browser.get(path, headers={"Host": host}) as response:
        assert response.status == 403


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1", "[::1]:80", "127.8.8.8:1"])
async def test_every_name_of_this_machine_shows_the_page(browser: aiohttp.ClientSession, host: str) -> None:
    async with browser.get("/", headers={"Host": host}) as response:
        assert response.status == 200


async def test_a_page_that_is_served_to_a_network_is_used_by_its_figures(telegram: LocalTelegram) -> None:
    async with serve(telegram, host="0.0.0.0") as url, aiohttp.ClientSession() as session:  # noqa: S104
        address = url.replace("0.0.0.0", "127.0.0.1")  # noqa: S104
        for host, expected in (("10.0.0.7:8080", 200), ("evil.example", 403)):
            async with session.get(address, headers={"Host": host}) as response:
                assert response.status == expected


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have only one address of their own")
async def test_a_page_at_an_address_of_its_own_serves_the_bot_on_this_machine_too(telegram: LocalTelegram) -> None:
    async with serve(telegram, host="127.0.0.2") as url, aiohttp.ClientSession() as session:
        for address in (url, url.replace("127.0.0.2", "127.0.0.1")):
            async with session.get(address) as response:
                assert response.status == 200


@pytest.mark.parametrize("is_given", [False, True])
async def test_a_port_that_another_program_has_on_this_machine_is_not_taken(
    telegram: LocalTelegram, monkeypatch: pytest.MonkeyPatch, is_given: bool
) -> None:
    start = web.TCPSite.start
    taken: list[socket.socket] = []

    async def taken_meanwhile(site: web.TCPSite) -> None:
        await start(site)
        if not taken:
            taken.append(socket.create_server(("127.0.0.1", int(site.name.rpartition(":")[2]))))

    with socket.create_server(("127.0.0.2", 0)) as free:
        port = free.getsockname()[1] if is_given else 0
    monkeypatch.setattr(web.TCPSite, "start", taken_meanwhile)
    with pytest.raises(OSError, match="address already in use") if is_given else nullcontext():
        async with serve(telegram, host="127.0.0.2", port=port) as url, aiohttp.ClientSession() as session:
            assert url != f"http://127.0.0.2:{taken[0].getsockname()[1]}"
            async with session.get(url.replace("127.0.0.2", "127.0.0.1")) as response:
                assert response.status == 200
    taken[0].close()
