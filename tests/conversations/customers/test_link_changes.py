"""No link ends silently: an account that loses one is asked or told, in the chat, in the topic, and elsewhere."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from bot.policies import load_policy
from bot.sandbox import Person
from bot.work.customers.linking import issue_payload
from bot.work.customers.unlinking import unlink
from bot.work.outlook.customer_timeline import story
from storage.customers.telegram_links import linked_user
from storage.schema import contacts, links
from tests.conversations.conftest import World

if TYPE_CHECKING:
    from tests.conversations.channels import WideWorld

QUESTION = "The link you opened is for a different account"


async def opens(world: World, person: Person, customer_id: str) -> str:
    payload = await issue_payload(world.db, customer_id, world.clock.now())
    person.say(f"/start {payload}")
    return payload


async def speaks_for(world: World, *customer_ids: str) -> list[int | None]:
    async with world.db.read() as conn:
        return [await linked_user(conn, customer_id) for customer_id in customer_ids]


async def told(world: World, customer_id: str) -> str:
    told = await story(world.db, load_policy("humane"), customer_id, world.clock.now())
    assert told is not None
    return "\n".join(entry.words for entry in told.entries)


async def by_number(world: World, person: Person) -> None:
    """Links by the person's own contact."""
    person.say("/start")
    await person.hears("share")
    person.share_contact()
    await person.hears("now linked")


# --- A chat that is linked opens another customer's link --------------------------------------------------------------


async def test_a_linked_chat_is_asked_before_it_moves(world: World, anna: Person) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.customer("C2", name="Bob Secret")
    await world.link("C1", anna)
    await opens(world, anna, "C2")
    asked = await anna.hears(QUESTION)
    assert "A••• L•••" in asked.text
    assert "say No" in asked.text
    assert not [word for word in ("Anna Lee", "Bob", "Secret", "B•••", "C1", "C2", "500") if word in asked.text]
    assert await speaks_for(world, "C1", "C2") == [anna.user_id, None]
    anna.press("Yes")
    await anna.hears("Bob Secret")
    assert await speaks_for(world, "C1", "C2") == [None, anna.user_id]


async def test_with_no_everything_stays(world: World, anna: Person, stranger: Person) -> None:
    """Somebody sends a victim their own link: one press of Start moves nothing."""
    await world.customer("C1", name="Anna")
    await world.customer("C2", name="Attacker")
    await world.link("C1", anna)
    await world.link("C2", stranger)
    payload = await opens(world, anna, "C2")
    await anna.hears(QUESTION)
    anna.press("No")
    await anna.hears("Nothing has changed")
    anna.say(f"/start {payload}")
    await anna.hears("no longer works")
    await world.app.catch_up()
    assert await speaks_for(world, "C1", "C2") == [anna.user_id, stranger.user_id]


async def test_yes_twice_and_yes_too_late_change_nothing_more(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.customer("C2")
    await world.link("C1", anna)
    await opens(world, anna, "C2")
    await anna.hears(QUESTION)
    world.clock.move(timedelta(hours=24, seconds=1))
    anna.press("Yes")
    await anna.hears("too long ago")
    assert await speaks_for(world, "C1", "C2") == [anna.user_id, None]
    await opens(world, anna, "C2")
    question = await anna.hears(QUESTION)
    yes, no = (question.button(label)["callback_data"] for label in ("Yes, change the link", "No"))
    anna.press_data(yes, question)
    await anna.hears("now linked")
    anna.press_data(yes, question)
    await anna.hears("answered already")
    anna.say("/help")
    await anna.hears("automated assistant")
    anna.press_data(no)
    await anna.hears("answered already")
    assert await speaks_for(world, "C1", "C2") == [None, anna.user_id]


async def test_what_ends_is_said_and_the_agent_hears_of_it(world: World, anna: Person, mei: Person) -> None:
    await world.customer("C1")
    await world.customer("C2")
    await world.owes("C1", "I1", days=-10)
    await world.link("C1", anna)
    anna.say("/agent")
    topic = (await world.topic_of("C1")).thread_id
    anna.press_data(f"promise:{world.in_days(2)}")
    await anna.hears("by")
    await opens(world, anna, "C2")
    asked = await anna.hears(QUESTION)
    assert "conversation about it with a person" in asked.text
    assert "What you agreed stays agreed" in asked.text
    await world.group.hears("opened the link of another account", topic=topic)
    anna.press("Yes")
    await world.group.hears("linked to another account now", topic=topic)


async def test_the_question_is_in_ones_own_language(world: World, ming: Person) -> None:
    await world.customer("C1", name="王小明", language="zh-Hans")
    await world.customer("C2", language="en")
    await world.link("C1", ming)
    await opens(world, ming, "C2")
    assert "王•••" in (await ming.hears("如果是其他人发给您的，请选“否”")).text


async def test_both_customers_stories_tell_of_it(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.customer("C2")
    await world.link("C1", anna)
    await opens(world, anna, "C2")
    await anna.hears(QUESTION)
    anna.press("Yes")
    await anna.hears("now linked")
    first, second = await told(world, "C1"), await told(world, "C2")
    assert "opened a link of C2 and was asked whether this one ends" in first
    assert "the link ended: Telegram account 1001 speaks for C2 now" in first
    assert "which is linked to C1, asked to be linked" in second


# --- Proof by the wallet, proof by a number ---------------------------------------------------------------------------


async def test_the_wallets_link_takes_over_from_a_mere_number_and_that_account_is_told(
    world: World, anna: Person, stranger: Person
) -> None:
    """The number was given to somebody else, who linked by it: no answer of theirs holds off the true owner."""
    await world.customer("C1", name="Anna", phone="+886912345678")
    await by_number(world, anna)
    await world.link("C1", stranger)
    assert await speaks_for(world, "C1") == [stranger.user_id]
    lost = await anna.hears("linked to another Telegram account")
    assert "Anna" not in lost.text
    anna.press("That wasn")
    await anna.hears("gave out the new link")
    await world.app.catch_up()
    assert await speaks_for(world, "C1") == [stranger.user_id]
    topic = (await world.topic_of("C1")).thread_id
    await world.group.hears("make sure who is who", topic=topic)
    assert "the link moved from Telegram account 1001 to Telegram account 4001" in await told(world, "C1")


async def test_a_number_takes_no_link_of_the_wallets_from_somebody_who_blocked_the_bot(
    world: World, anna: Person, stranger: Person
) -> None:
    await world.customer("C1", phone="+886912345678")
    await world.link("C1", stranger)
    stranger.block()
    await world.app.catch_up()
    anna.say("/start")
    await anna.hears("share")
    anna.share_contact()
    await anna.hears("can’t be linked by its phone number")
    assert await speaks_for(world, "C1") == [stranger.user_id]


async def test_a_no_holds_and_a_number_asks_once_a_day_only(world: World, anna: Person, stranger: Person) -> None:
    await world.customer("C1", phone="+886912345678")
    await world.link("C1", stranger)
    for _ in range(2):
        anna.say("/start")
        await anna.hears("share")
        anna.share_contact()
        await anna.hears("asked there")
    assert len([m for m in stranger.inbox if "different Telegram account" in m.text]) == 1
    stranger.press("No")
    await anna.hears("said no")
    anna.share_contact()
    await anna.hears("said no")
    await world.app.catch_up()
    assert not [m for m in stranger.inbox if "different Telegram account" in m.text]  # the answer took its place
    assert await speaks_for(world, "C1") == [stranger.user_id]


# --- Not me -----------------------------------------------------------------------------------------------------------


async def test_not_my_account_brings_back_what_was_before(world: World, anna: Person, stranger: Person) -> None:
    await world.customer("C1", name="Anna")
    await world.customer("C2", name="Bob")
    await world.link("C1", anna)
    await opens(world, anna, "C2")
    await anna.hears(QUESTION)
    anna.press("Yes")
    await anna.hears("Bob")
    anna.press("Not my account")
    await anna.hears("This ends the link")
    anna.press("Yes")
    await anna.hears("account from before")
    assert await speaks_for(world, "C1", "C2") == [anna.user_id, None]
    await opens(world, stranger, "C2")  # and the right person can have it
    await stranger.hears("now linked")


async def test_not_my_account_is_in_the_settings_and_ends_the_link(world: World, anna: Person) -> None:
    await world.customer("C1")
    payload = await opens(world, anna, "C1")
    await anna.hears("now linked")
    anna.say("/settings")
    await anna.hears("settings")
    anna.press("Not my account")
    await anna.hears("This ends the link")
    anna.press("No")
    await anna.hears("Nothing has changed")
    anna.say("/settings")
    await anna.hears("settings")
    anna.press("Not my account")
    await anna.hears("This ends the link")
    anna.press("Yes")
    await anna.hears("no longer linked")
    anna.say(f"/start {payload}")
    await anna.hears("no longer works")
    assert await speaks_for(world, "C1") == [None]


async def test_who_agreed_can_take_it_back(world: World, anna: Person, stranger: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    await opens(world, stranger, "C1")
    await anna.hears("different Telegram account")
    anna.press("Yes")
    await stranger.hears("said yes")
    await anna.hears("That wasn’t me")
    anna.press("That wasn")
    await anna.hears("linked to your Wallet account again")
    await stranger.hears("no longer linked")
    assert await speaks_for(world, "C1") == [anna.user_id]


async def test_nobody_ends_anothers_link(world: World, anna: Person, stranger: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    stranger.say("/start")
    await stranger.hears("")
    for data in ("notme:1", "notme:yes:1"):
        stranger.press_data(data)
        await stranger.hears("answered already")
        stranger.say("/start")
        await stranger.hears("two ways")
    assert await speaks_for(world, "C1") == [anna.user_id]


async def test_an_operator_ends_a_link_and_who_had_it_is_told(world: World, anna: Person) -> None:
    await world.customer("C1")
    payload = await opens(world, anna, "C1")
    await anna.hears("now linked")
    assert await unlink(world.db, "C1", world.clock.now())
    assert not await unlink(world.db, "C1", world.clock.now())
    await world.app.catch_up()
    await anna.hears("no longer linked")
    anna.say(f"/start {payload}")
    await anna.hears("no longer works")
    assert "an operator ended the link of Telegram account 1001" in await told(world, "C1")


# --- Elsewhere --------------------------------------------------------------------------------------------------------


@pytest.fixture
def other(wide: WideWorld) -> Person:
    return wide.telegram.person(4002, "Other", "en", "+886900000001")


async def test_a_change_is_told_by_mail_once(wide: WideWorld, anna: Person, other: Person) -> None:
    await wide.linked(anna, email="anna@example.com", phone="+886912345678")
    await wide.catch_up()
    assert (wide.mail.mails, wide.sms.taken) == ([], [])
    await opens(wide, other, "C1")
    await anna.hears("different Telegram account")
    anna.press("Yes")
    await other.hears("said yes")
    for _ in range(3):
        await wide.catch_up()
    (mail,) = wide.mail.mails
    assert "linked to a different Telegram account" in mail["Subject"]
    assert wide.sms.taken == []
    async with wide.db.read() as conn:
        query = select(contacts.c.channel, contacts.c.state).where(contacts.c.kind == "link")
        assert [tuple(row) for row in (await conn.execute(query)).all()] == [("email", "accepted")]


async def test_without_a_mail_it_is_a_text_message_by_day(wide: WideWorld, anna: Person) -> None:
    await wide.linked(anna, phone="+886912345678")
    wide.clock.move(timedelta(hours=10))  # ten in the evening
    assert await unlink(wide.db, "C1", wide.clock.now())
    await wide.catch_up()
    assert wide.sms.taken == []
    wide.clock.move(timedelta(hours=12))
    await wide.catch_up()
    (message,) = wide.sms.taken
    assert "no longer linked to Telegram" in message["text"]


async def test_the_first_link_by_a_number_is_told_by_mail_only(wide: WideWorld, anna: Person) -> None:
    await wide.customer("C1", phone="+886912345678", email="anna@example.com")
    anna.say("/start")
    await anna.hears("share")
    anna.share_contact()
    await anna.hears("now linked")
    await wide.catch_up()
    (mail,) = wide.mail.mails
    assert "by its phone number" in mail["Subject"]
    assert wide.sms.taken == []


async def test_what_a_mail_server_refuses_for_now_is_told_later(wide: WideWorld, anna: Person) -> None:
    await wide.linked(anna, email="anna@example.com")
    assert await unlink(wide.db, "C1", wide.clock.now())
    wide.mail.answers["RCPT"] = "451 4.3.0 later"
    await wide.catch_up()
    assert wide.mail.mails == []
    wide.mail.answers.clear()
    wide.clock.move(timedelta(minutes=3))
    await wide.catch_up()
    assert len(wide.mail.mails) == 1


async def test_links_are_kept_as_they_were(world: World, anna: Person, stranger: Person) -> None:
    await world.customer("C1", phone="+886912345678")
    await by_number(world, anna)
    await world.link("C1", stranger)
    async with world.db.read() as conn:
        query = select(links.c.user_id, links.c.way, links.c.ended_at.is_(None)).order_by(links.c.link_id)
        rows = [tuple(row) for row in (await conn.execute(query)).all()]
    assert rows == [(1001, "contact", False), (4001, "payload", True)]
