"""A customer's calendar: the file, and the address, read by another library than the one that writes them."""

from __future__ import annotations

from datetime import date

import httpx
import pytest
import vobject

from bot.sandbox import Person
from bot.web.server import build
from bot.work.facts.forgetting import forget
from tests.conversations.agreements.owing import owing
from tests.conversations.conftest import World


async def asked(world: World, address: str) -> httpx.Response:
    transport = httpx.ASGITransport(build(world.app.parts))
    async with httpx.AsyncClient(transport=transport) as program:
        return await program.get(address)


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


async def test_a_moved_date_keeps_its_name_and_a_paid_one_is_cancelled(
    world: World, anna: Person, address: str
) -> None:
    ((uid, first),) = (await read(world, address)).items()
    assert first == ("0", "CONFIRMED", date(2026, 3, 9), "Wallet: payment due · Card")
    await world.owes("C1", "I-C1-0", days=9)
    assert (await read(world, address)) == {uid: ("1", "CONFIRMED", date(2026, 3, 11), "Wallet: payment due · Card")}
    await world.owes("C1", "I-C1-0", days=9, paid="1200.00")
    assert (await read(world, address)) == {uid: ("2", "CANCELLED", date(2026, 3, 11), "Wallet: no longer due")}


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
