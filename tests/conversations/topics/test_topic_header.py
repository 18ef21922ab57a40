"""The header of a topic, which everybody in the group sees: a name that does not identify the customer, and a card that
is kept up to date and pinned once."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, text

from bot.sandbox import Person
from bot.sandbox.messages import Message
from storage.schema import case_events, cases
from tests.conversations.conftest import World

PHONE, EMAIL = "+886912345678", "anna@example.com"


async def overdue(world: World, anna: Person, name: str = "Anna Lee") -> int:
    """Anna is five days overdue and has a case: the topic of it."""
    header = "customer_id,name,language,time_zone,phone,email"
    await world.import_rows(header, ["C1", name, "en", "Asia/Taipei", PHONE, EMAIL])
    await world.import_rows("account_id,customer_id,product,currency,balance", ["A-C1", "C1", "Card", "TWD", "500.00"])
    await world.owes("C1", "I-C1", days=-5)
    await world.link("C1", anna)
    await world.app.catch_up()
    return (await world.topic_of()).thread_id


async def card(world: World) -> Message:
    """The card as it is when all is done."""
    await world.app.catch_up()
    async with world.db.read() as conn:
        card_id = (await conn.execute(select(cases.c.card_id))).scalar_one()
    found = world.group.chat.find(card_id)
    assert found is not None
    return found


async def test_a_topic_is_renamed_when_it_becomes_another_kind_of_case_and_for_nothing_else(
    world: World, anna: Person
) -> None:
    thread = await overdue(world, anna)
    assert world.group.topic(thread).name == "#1 · overdue 5 days · English"
    await world.pass_time(days=2)
    assert world.group.topic(thread).name == "#1 · overdue 5 days · English"
    anna.press_data("language:zh-Hant")
    await anna.hears("")
    await world.app.catch_up()
    assert world.group.topic(thread).name == "#1 · overdue 7 days · 繁體中文"
    assert len([r for r in world.telegram.requests if r.method == "editForumTopic"]) == 1


async def test_a_topic_from_before_that_names_the_customer_loses_the_name(world: World, anna: Person) -> None:
    thread = await overdue(world, anna)
    async with world.db.write() as conn:
        await conn.execute(case_events.delete().where(case_events.c.kind == "named"))
        await conn.execute(cases.update().values(card_stale=True))
    world.group.rename_topic(thread, "#1 Anna Lee · payment overdue")
    await world.app.catch_up()
    assert "Anna" not in world.group.topic(thread).name


async def test_nothing_in_the_group_tells_who_it_is_before_somebody_has_the_case(world: World, anna: Person) -> None:
    await overdue(world, anna, name="王小明")
    shown = "\n".join(m.text for m in world.group.messages) + "\n".join(t.name for t in world.group.topics)
    assert "王○○" in shown
    assert not [secret for secret in ("小明", PHONE, EMAIL) if secret in shown]


async def test_the_name_is_on_the_card_while_somebody_has_the_case(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    assert "A… · customer" in (await card(world)).text
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("yours", topic=thread)
    assert "Anna Lee · customer" in (await card(world)).text
    mei.say_in(world.group, "/release", topic=thread)
    await world.group.hears("back in the queue", topic=thread)
    assert "A… · customer" in (await card(world)).text
    assert PHONE not in (await card(world)).text


async def test_the_card_is_pinned_once_and_unpins_nothing(world: World, anna: Person, mei: Person) -> None:
    other = mei.say_in(world.group, "our rules")
    world.group.chat.pinned.append(other["message_id"])
    await overdue(world, anna)
    number = (await card(world)).message_id
    await world.pays("P1", "I-C1", "100.00")
    await world.app.catch_up()
    assert world.group.chat.pinned == [other["message_id"], number]
    calls = [r for r in world.telegram.requests if r.method == "pinChatMessage"]
    assert [(r.params["message_id"], r.params["disable_notification"]) for r in calls] == [(number, "true")]


async def test_that_it_was_pinned_is_not_relayed(world: World, anna: Person) -> None:
    await overdue(world, anna)
    await card(world)
    seen = len(anna.inbox)
    assert [m for m in world.group.messages if "pinned_message" in m.raw]
    await world.app.catch_up()
    assert len(anna.inbox) == seen
    async with world.db.read() as conn:
        assert (await conn.execute(text("SELECT count(*) FROM relays"))).scalar() == 0


async def test_where_the_bot_may_not_pin_all_else_works(world: World, anna: Person, mei: Person) -> None:
    world.group.set_bot_rights(can_pin_messages=False)
    thread = await overdue(world, anna)
    await world.app.catch_up()
    assert world.group.chat.pinned == []
    assert len([r for r in world.telegram.requests if r.method == "pinChatMessage"]) == 1
    mei.say_in(world.group, "Hello Anna", topic=thread)
    await anna.hears("Hello Anna")
    assert world.app.bot_side.desk.trouble is None


async def test_a_card_that_was_deleted_is_posted_and_pinned_again(world: World, anna: Person) -> None:
    await overdue(world, anna)
    first = await card(world)
    world.group.delete(first.message_id)
    await world.pays("P1", "I-C1", "100.00")
    second = await card(world)
    assert second.message_id != first.message_id
    assert world.group.chat.pinned[-1] == second.message_id


async def test_the_card_tells_a_payment_a_promise_a_stop_and_a_language(
    world: World, anna: Person, mei: Person
) -> None:
    await overdue(world, anna)
    await world.pays("P1", "I-C1", "200.00")
    assert "Paid NT$200.00" in (await card(world)).text
    anna.press_data(f"promise:{world.in_days(3)}")
    await anna.hears("1,000.00")
    assert "Promised NT$1,000.00 by 5 Mar 2026" in (await card(world)).text
    anna.say("/stop")
    await anna.hears("")
    assert "Has turned reminders off." in (await card(world)).text
    anna.press_data("language:zh-Hant")
    await anna.hears("")
    assert "Language: 繁體中文" in (await card(world)).text
    anna.block()
    assert "Can’t be reached" in (await card(world)).text


async def test_the_card_tells_a_name_and_a_language_that_the_wallet_changes(
    world: World, anna: Person, mei: Person
) -> None:
    thread = await overdue(world, anna)
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("yours", topic=thread)
    await card(world)
    await world.import_rows("customer_id,name,language,time_zone", ["C1", "Anna Li", "zh-TW", "Asia/Tokyo"])
    shown = (await card(world)).text
    assert "Anna Li ·" in shown
    assert "繁體中文" in shown
    assert "(UTC+09:00)" in shown


async def test_the_card_tells_a_sum_and_a_day_that_the_wallet_changes(world: World, anna: Person) -> None:
    await overdue(world, anna)
    await card(world)
    await world.owes("C1", "I-C1", days=-7, amount="900.00")
    shown = (await card(world)).text
    assert "900.00" in shown
    assert "(7 days)" in shown


async def test_a_balance_changes_no_card(world: World, anna: Person) -> None:
    await overdue(world, anna)
    await card(world)
    edits = len([r for r in world.telegram.requests if r.method == "editMessageText"])
    await world.import_rows("account_id,customer_id,currency,balance", ["A-C1", "C1", "TWD", "1.00"])
    await card(world)
    assert len([r for r in world.telegram.requests if r.method == "editMessageText"]) == edits


async def test_the_card_tells_by_when_something_is_due_and_a_snooze(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    assert "Answer by" in (await card(world)).text
    mei.say_in(world.group, "Hello", topic=thread)
    await anna.hears("Hello")
    assert "Next step by" in (await card(world)).text
    mei.say_in(world.group, f"/snooze {world.in_days(3)}", topic=thread)
    await world.group.hears("5 Mar", topic=thread)
    assert "Snoozed until 5 Mar 2026" in (await card(world)).text


async def test_the_days_on_the_card_are_todays(world: World, anna: Person) -> None:
    await overdue(world, anna)
    assert "(5 days)" in (await card(world)).text
    world.clock.move(timedelta(hours=13))
    assert "(6 days)" in (await card(world)).text
