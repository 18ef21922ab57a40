"""How a Telegram account is linked to a customer, and all the cases in which it is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox import Person
from bot.work.customers.linking import NoSuchCustomer, issue_payload
from bot.work.customers.unlinking import unlink
from tests.conversations.conftest import World


async def test_nobody_known_sees_how_to_link_and_nothing_of_anyones(world: World, anna: Person) -> None:
    await world.customer("C1", name="Secret Name")
    await world.owes("C1", "I1", days=2)
    for said in ("/start", "/balance", "/due", "/agent", "/stop", "hello", "balance"):
        anna.say(said)
        answer = await anna.hears("Wallet")
        assert "Secret" not in answer.text
        assert "1,200" not in answer.text


async def test_one_time_link_links(world: World, anna: Person) -> None:
    await world.customer("C1", name="Anna Lee")
    anna.say(f"/start {await issue_payload(world.db, 'C1', world.clock.now())}")
    assert "Anna Lee" in (await anna.hears("Anna Lee")).text


async def test_a_link_is_for_the_first_who_opens_it(world: World, anna: Person, ming: Person) -> None:
    await world.customer("C1")
    payload = await issue_payload(world.db, "C1", world.clock.now())
    anna.say(f"/start {payload}")
    await anna.hears("")
    ming.say(f"/start {payload}")
    await ming.hears("")
    ming.say("/balance")
    assert "500" not in (await ming.hears("")).text
    assert len(anna.inbox) == 1


async def test_opening_ones_own_link_again_does_no_harm(world: World, anna: Person) -> None:
    await world.customer("C1")
    payload = await issue_payload(world.db, "C1", world.clock.now())
    anna.say(f"/start {payload}")
    await anna.hears("")
    anna.say(f"/start {payload}")
    await anna.hears("already linked")


async def test_a_link_ends_after_a_day(world: World, anna: Person) -> None:
    await world.customer("C1")
    payload = await issue_payload(world.db, "C1", world.clock.now())
    world.clock.move(timedelta(hours=24, seconds=1))
    anna.say(f"/start {payload}")
    assert "fresh" in (await anna.hears("")).text or "new" in anna.inbox[-1].text


async def test_only_the_hash_of_a_payload_is_stored(world: World) -> None:
    await world.customer("C1")
    payload = await issue_payload(world.db, "C1", world.clock.now())
    path = world.db.url.database
    assert path is not None
    from pathlib import Path

    stored = b"".join(p.read_bytes() for p in Path(path).parent.glob("duebot.db*"))
    assert payload.encode() not in stored
    assert len(payload) * 6 >= 128


async def test_no_link_for_an_unknown_customer(world: World) -> None:
    with pytest.raises(NoSuchCustomer):
        await issue_payload(world.db, "nobody", world.clock.now())


async def test_guessing_is_throttled_even_for_a_right_payload(world: World, anna: Person) -> None:
    await world.customer("C1")
    for guess in range(5):
        anna.say(f"/start guess{guess}")
        await anna.hears("")
    anna.say(f"/start {await issue_payload(world.db, 'C1', world.clock.now())}")
    assert "60" in (await anna.hears("minute")).text
    anna.say("/balance")
    assert "500" not in (await anna.hears("")).text


async def test_guessing_may_go_on_after_an_hour(world: World, anna: Person) -> None:
    await world.customer("C1")
    for guess in range(5):
        anna.say(f"/start guess{guess}")
        await anna.hears("")
    world.clock.move(timedelta(hours=1, seconds=1))
    await world.link("C1", anna)
    anna.say("/balance")
    await anna.hears("500.00")


async def test_own_contact_links(world: World, anna: Person) -> None:
    await world.customer("C1", phone="+886912345678")
    anna.say("/start")
    await anna.hears("")
    anna.share_contact()
    await anna.hears("linked|Welcome|Hello")
    anna.say("/balance")
    await anna.hears("500.00")


async def test_somebody_elses_contact_does_not_link(world: World, anna: Person, ming: Person) -> None:
    await world.customer("C1", phone="+8613800000001")
    anna.say("/start")
    await anna.hears("")
    anna.share_contact(of=ming)
    await anna.hears("own")
    anna.say("/balance")
    assert "500" not in (await anna.hears("")).text


ONES_OWN = {"phone_number": "+886912345678", "first_name": "Anna", "user_id": 1001}
FORWARDED = {"type": "user", "date": 1, "sender_user": {"id": 1001, "is_bot": False, "first_name": "Anna"}}
BOT = {"id": 77, "is_bot": True, "first_name": "Bot", "username": "some_bot"}


@pytest.mark.parametrize("more", [{"forward_origin": FORWARDED}, {"via_bot": BOT}], ids=["passed on", "by a bot"])
async def test_a_contact_at_second_hand_does_not_link(world: World, anna: Person, more: dict[str, Any]) -> None:
    await world.customer("C1", phone="+886912345678")
    anna.say("/start")
    await anna.hears("")
    anna.send(contact=ONES_OWN, **more)
    await anna.hears("own")
    anna.say("/balance")
    assert "500" not in (await anna.hears("")).text


async def test_a_number_of_two_customers_links_neither(world: World, anna: Person) -> None:
    await world.customer("C1", phone="+886912345678")
    await world.customer("C2", phone="+886912345678")
    anna.say("/start")
    await anna.hears("")
    anna.share_contact()
    await anna.hears("")
    anna.say("/balance")
    assert "500" not in (await anna.hears("")).text


async def test_a_second_account_waits_for_the_first_to_agree(world: World, anna: Person, stranger: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    stranger.say(f"/start {await issue_payload(world.db, 'C1', world.clock.now())}")
    await stranger.hears("")
    stranger.say("/balance")
    assert "500" not in (await stranger.hears("")).text
    await anna.hears("different Telegram")
    anna.press("Yes")
    await stranger.hears("said yes")
    stranger.say("/balance")
    await stranger.hears("500.00")
    anna.say("/balance")
    assert "500" not in (await anna.hears("link")).text


async def test_the_first_account_may_say_no(world: World, anna: Person, stranger: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    stranger.say(f"/start {await issue_payload(world.db, 'C1', world.clock.now())}")
    await anna.hears("different Telegram")
    anna.press("No")
    await anna.hears("")
    anna.say("/balance")
    await anna.hears("500.00")
    stranger.say("/balance")
    assert "500" not in (await stranger.hears("Wallet")).text


async def test_at_a_no_the_second_account_reads_the_way_out(world: World, anna: Person, stranger: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    stranger.say(f"/start {await issue_payload(world.db, 'C1', world.clock.now())}")
    assert "within a day, the wallet’s customer service can end the other link" in (await stranger.hears("asked")).text
    await anna.hears("different Telegram")
    anna.press("No")
    said = await stranger.hears("The other account said no")
    assert "the wallet’s customer service can end the other link" in said.text
    assert "ask for a new Telegram link in the wallet" in said.text
    await unlink(world.db, "C1", world.clock.now())
    await world.link("C1", stranger)


async def test_nobody_agrees_for_another(world: World, anna: Person, stranger: Person, ming: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    stranger.say(f"/start {await issue_payload(world.db, 'C1', world.clock.now())}")
    await anna.hears("different Telegram")
    stranger.press_data("link:yes:1")
    ming.say("/start")
    ming.press_data("link:yes:1")
    await world.app.catch_up()
    stranger.say("/balance")
    assert "500" not in (await stranger.hears("Wallet")).text


async def test_an_account_that_is_gone_locks_nobody_out(world: World, anna: Person, stranger: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    anna.block()
    await world.app.catch_up()
    await world.link("C1", stranger)
    stranger.say("/balance")
    await stranger.hears("500.00")
