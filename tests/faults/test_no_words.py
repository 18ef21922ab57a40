"""No message, name, number or secret of a person is in the program's output, wherever it came in."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.channels.mail_server import MailServer
from tests.faults.program import until
from tests.faults.world import World, zone_past_noon

PUBLIC = "https://bot.example.org"
SECRET = "kT3vQ9xLm2Zp7RbW5yQQ8NcJ_-f4"
PHONE, MAIL = "+886987600123", "qqmailqq@wallet.example"
WORDS = "qqwordsqq"
MARKS = ("QQ", "qq", PHONE[4:], "hush")
HEADER = {"X-Telegram-Bot-Api-Secret-Token": SECRET}


@pytest.fixture
async def at(world: World) -> str:
    """Everything is set that has a secret, and every service answers with somebody's words; gives the address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    world.telegram.routes[PUBLIC] = f"http://{listen}"
    world.program.env |= {
        "DUEBOT_LISTEN": listen,
        "DUEBOT_PUBLIC_URL": PUBLIC,
        "DUEBOT_WEBHOOK_SECRET": SECRET,
        "DUEBOT_BRAND": "Acorn",
    }
    return f"http://{listen}"


async def a_customer(world: World, customer_id: str, name: str, **columns: str) -> None:
    now = datetime.now(UTC)
    row = {"customer_id": customer_id, "name": name, "language": "en", "time_zone": zone_past_noon(now), **columns}
    await world._import(",".join(row), [list(row.values())])
    await world._import(
        "account_id,customer_id,product,currency,balance", [(f"A{customer_id}", customer_id, "Card", "TWD", "5.00")]
    )
    due = (now + timedelta(hours=13 - now.hour)).date()
    await world._import(
        "instalment_id,account_id,due_date,amount_due", [(f"I{customer_id}", f"A{customer_id}", due, "1200.00")]
    )


def strange_updates() -> list[dict[str, object]]:
    """What no library reads, or a handler stumbles over, with words in it."""
    chat = {"id": 5001, "type": "private", "first_name": WORDS}
    usual = {"message_id": 900, "date": 1, "chat": chat, "from": {"id": 5001, "is_bot": False, "first_name": WORDS}}
    return [
        {"message": {**usual, "text": WORDS, "entities": [{"type": WORDS}]}},
        {"message": {**usual, "poll": {"id": WORDS}}},
        {"message": {**usual, "date": WORDS, "text": WORDS}},
        {"message": {**usual, "date": 2**41, "text": WORDS}},
        {"message": {**usual, "chat": {"id": 5001, "title": WORDS}}},
        {"message": {**usual, "contact": {"phone_number": PHONE}}},
        {"message": {**usual, "photo": [{"file_id": WORDS}], "caption": WORDS}},
        {"callback_query": {"id": WORDS, "from": {"id": 5001}, "data": WORDS}},
    ]


@pytest.mark.slow(seconds=20)
async def test_no_word_of_anybody_comes_out(world: World, at: str) -> None:
    mail = MailServer(answers={"RCPT": f"550 no {WORDS} {MAIL}"})
    await mail.start()

    async def refuse(_request: web.Request) -> web.Response:
        return web.json_response({"error": f"{WORDS} {PHONE}", "token": "hush"}, status=400)

    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", refuse)
    gateway = TestServer(app)
    await gateway.start_server(access_log=None, shutdown_timeout=0.1)
    world.program.env |= {
        "DUEBOT_SMTP_URL": f"smtp://127.0.0.1:{mail.port}?from=a@b.example",
        "DUEBOT_SMS_URL": f"http://user:hush@127.0.0.1:{gateway.port}/send?key=hush",
    }
    [anna] = await world.customers(1)
    await a_customer(world, "M1", WORDS, email=MAIL, phone=PHONE)
    await world.agents()
    try:
        await world.program.start()
        for method in ("sendMessage", "editMessageText", "createForumTopic"):
            world.telegram.faults.next(method, status=400, description=f"Bad Request: can't parse {WORDS} {PHONE}")
        anna.say(WORDS)
        anna.say(f"/due {WORDS}")
        anna.send_photo(b"\xff\xd8\xff", WORDS)
        anna.press_data(WORDS)
        anna.share_contact(phone=PHONE)
        anna.say("/agent")
        async with aiohttp.ClientSession(at, headers=HEADER) as session:
            for number, update in enumerate(strange_updates(), 900_000):
                async with session.post("/telegram/webhook", json={"update_id": number, **update}) as response:
                    assert WORDS not in await response.text()
            raw = [json.dumps({"update_id": WORDS}).encode(), WORDS.encode(), b'{"' + WORDS.encode() + b'":' * 9000]
            for body in raw:
                async with session.post("/telegram/webhook", data=body) as response:
                    assert response.status == 400
                    assert WORDS not in await response.text()
            await world.settled()
            for path in ("/metrics", "/readyz", "/healthz", f"/unsubscribe/{WORDS}"):
                async with session.get(path) as response:
                    shown = await response.text()
                    assert not [mark for mark in MARKS if mark in shown.replace(SECRET, "QQ")], path
        await until(lambda: nothing_to_send(world), "a reminder refused everywhere")
        assert (await world.program.stop())[0] == 0
    finally:
        await mail.stop()
        await gateway.close()
    await looked_at_by_commands(world)
    told = "".join(world.program.output)
    assert not [line for line in world.program.output if any(mark in line for mark in MARKS)], told
    assert "update put aside" in told  # there was something to say
    world.program.output[:] = [line for line in world.program.output if "Traceback" not in line]  # these were meant


async def nothing_to_send(world: World) -> bool:
    told = "".join(world.program.output)
    return "channel=email" in told and "channel=sms" in told


async def looked_at_by_commands(world: World) -> None:
    """Files with cells that are wrong, and the doctor, with all that is set."""
    path = Path(world.folder) / "wrong.csv"
    path.write_text(
        f"customer_id,name,language,time_zone,phone,email\nW1,{WORDS},{WORDS},{WORDS},{PHONE}9999999,{WORDS}\n"
        f"W2,{WORDS},en,Asia/{WORDS},{WORDS},{WORDS}@\n",
        encoding="utf-8",
    )
    for command in (("import", str(path)), ("doctor",), ("doctor", "--json"), ("plan",), ("audit",)):
        await world.program.start(*command, until="")
        await world.program.ended()


@pytest.mark.slow
@pytest.mark.parametrize(
    "setting",
    [
        "DUEBOT_DATABASE_URL=postgresql://user:hushQQ@127.0.0.1:1/wallet",
        "DUEBOT_DATABASE_URL=postgresql://user:hushQQ@127.0.0.1:1/wallet?password=hush",
        "DUEBOT_DATABASE_URL=mysql://user:hushQQ@127.0.0.1:1/wallet",
        "DUEBOT_SMTP_URL=smtp://user:hush@QQ:x",
        "DUEBOT_SMS_URL=nothing://user:hushQQ@x",
        "DUEBOT_TOKEN=hush QQ",
        "DUEBOT_WEBHOOK_SECRET=hush QQ QQ",
    ],
)
@pytest.mark.parametrize("command", ["run", "doctor", "import"])
async def test_no_secret_of_a_setting_comes_out(world: World, setting: str, command: str) -> None:
    name, _, value = setting.partition("=")
    world.program.env |= {name: value, "DUEBOT_PUBLIC_URL": PUBLIC if "WEBHOOK" in name else ""}
    await world.program.start(command, *(["."] if command == "import" else []), until="")
    if command == "run":
        await world.program.killed() if not world.program.told else await world.program.ended()
    else:
        await world.program.ended()
    assert not [mark for mark in ("QQ", "hush") if mark in world.program.told]
