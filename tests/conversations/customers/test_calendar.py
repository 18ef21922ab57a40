"""A customer's calendar: the file, and the address, read by another library than the one that writes them."""

from __future__ import annotations

from datetime import date, datetime, time

import httpx
import pytest
import vobject

from bot.sandbox import Person
from bot.sandbox.messages import Message
from bot.web.server import build
from bot.work.facts.forgetting import forget
from tests.conversations.agreements.owing import owing
from tests.conversations.conftest import World

GONE = "Wallet: no longer due"


async def asked(world: World, address: str) -> httpx.Response:
    transport = httpx.ASGITransport(build(world.app.parts))
    async with httpx.AsyncClient(transport=transport) as program:
        return await program.get(address)


def in_file(world: World, sent: Message) -> str:
    stored = world.telegram.files.by_id(sent.raw["document"]["file_id"])
    assert stored is not None
    return stored.content.decode()


async def read(world: World, address: str) -> dict[str, tuple[str, str, date, str]]:
    """Each event by its UID: SEQUENCE, STATUS, day and title."""
    answer = await asked(world, address)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/calendar")
    events = vobject.readOne(answer.text).contents.get("vevent", [])
    return {e.uid.value: (e.sequence.value, e.status.value, e.dtstart.value, e.summary.value) for e in events}


@pytest.fixture
async def address(world: World, anna: Person) -> str:
    world.app.settings.public_url = "https://bot.example"
    await owing(world, anna, 7)
    anna.say("/calendar")
    await anna.hears("Or subscribe")
    anna.press("Subscribe")
    text = (await anna.hears("keep it to yourself")).text
    return next(word for word in text.split() if word.startswith("https://"))


async def test_the_file_has_each_date_with_an_alarm(world: World, anna: Person) -> None:
    await owing(world, anna, 7, 14)
    anna.say("/calendar")
    sent = await anna.hears("2 dates")
    assert sent.raw["document"]["file_name"] == "due-dates.ics"
    anna.press("With amounts")
    assert (await anna.hears("2 dates")).buttons == []
    (first, _) = vobject.readOne(in_file(world, sent)).contents["vevent"]
    begins = datetime.combine(first.dtstart.value, time())
    assert begins + first.valarm.trigger.value == datetime(2026, 3, 8, 9)


async def test_a_moved_date_keeps_its_name_and_a_paid_one_is_cancelled(
    world: World, anna: Person, address: str
) -> None:
    ((uid, first),) = (await read(world, address)).items()
    assert first == ("0", "CONFIRMED", date(2026, 3, 9), "Wallet: payment due · Card")
    await world.owes("C1", "I-C1-0", days=9)
    assert (await read(world, address)) == {uid: ("1", "CONFIRMED", date(2026, 3, 11), "Wallet: payment due · Card")}
    await world.owes("C1", "I-C1-0", days=9, paid="1200.00")
    assert (await read(world, address)) == {uid: ("2", "CANCELLED", date(2026, 3, 11), GONE)}


async def test_what_is_agreed_changes_the_calendar_three_times(world: World, anna: Person, address: str) -> None:
    """A promise, a plan in its place, and a payment, as a program reads it that asks again."""
    await world.owes("C1", "I-C1-0", days=-1)
    ((debt, due),) = (await read(world, address)).items()
    assert due == ("1", "CONFIRMED", date(2026, 3, 1), "Wallet: payment due · Card")
    anna.say("/promise 1200 on Friday")
    await anna.hears("Shall I note")
    anna.press("Yes")
    await anna.hears("You’ll pay NT\\$1,200.00 by Fri, 6 Mar")
    promised = await read(world, address)
    (promise,) = promised.keys() - {debt}
    assert promised == {debt: due, promise: ("0", "CONFIRMED", date(2026, 3, 6), "Wallet: the day you chose to pay")}
    anna.say("/plan")
    await anna.hears("How much could you put aside")
    anna.say("600")
    await anna.hears("On which day of the month")
    anna.say("the 10th")
    await anna.hears("Here is what fits")
    anna.press("A: agree to 2 × NT$600.00")
    await anna.hears("Your plan is set")
    anna.say("/fees")
    told = (await anna.hears("Part of your plan: nothing is added while you keep to it")).text
    assert "If nothing is paid" not in told
    planned = await read(world, address)
    gone = {debt: ("2", "CANCELLED", date(2026, 3, 1), GONE), promise: ("1", "CANCELLED", date(2026, 3, 6), GONE)}
    parts = {uid: event for uid, event in planned.items() if uid not in gone}
    days = {date(2026, 3, 10), date(2026, 4, 10)}
    assert planned == gone | parts and {event[2] for event in parts.values()} == days
    assert {event[::3] for event in parts.values()} == {("0", "Wallet: part of your plan due")}
    await world.pays("P1", "I-C1-0", "600.00")
    paid = {uid: ("1", "CANCELLED", event[2], GONE) if event[2].month == 3 else event for uid, event in parts.items()}
    assert await read(world, address) == gone | paid


async def test_a_new_address_ends_the_one_before_and_has_amounts_if_wanted(
    world: World, anna: Person, address: str
) -> None:
    anna.press("An address with amounts")
    text = (await anna.hears("keep it to yourself")).text
    newer = next(word for word in text.split() if word.startswith("https://"))
    assert (await asked(world, address)).status_code == 410
    ((_, event),) = (await read(world, newer)).items()
    assert "NT$1,200.00" in event[3]
    anna.press("End the subscription")
    await anna.hears("no longer works")
    assert (await asked(world, newer)).status_code == 410


async def test_an_address_ends_with_the_link_and_when_the_customer_is_forgotten(
    world: World, anna: Person, address: str
) -> None:
    await forget(world.db, "C1", world.clock.now())
    assert (await asked(world, address)).status_code == 410


async def test_who_is_somebody_else_has_no_dates_any_more(world: World, anna: Person, address: str) -> None:
    anna.say("you have the wrong person")
    await anna.hears("")
    assert (await asked(world, address)).status_code == 410


@pytest.mark.parametrize("token", ["x", "A" * 32, "A" * 5000, "../health", "%00"])
async def test_an_address_that_never_was_is_not_found(world: World, token: str) -> None:
    assert (await asked(world, f"https://bot.example/calendar/{token}.ics")).status_code == 404


async def test_without_dates_there_is_no_file(world: World, anna: Person) -> None:
    await owing(world, anna)
    anna.say("/calendar")
    await anna.hears("no dates")
