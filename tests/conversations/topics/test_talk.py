"""Talking in a case: every kind of message both ways, albums together, and a reason for what cannot arrive."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot.rules.cases.case_events import AskedAgain, Unblocked
from bot.rules.cases.case_events_agreements import PromiseCancelled
from bot.rules.cases.event_codec import BareEvent, Event, decode
from bot.sandbox import Group, Message, Person
from storage.schema import case_events, relays
from tests.conversations.conftest import World

PARTS = (("photo", b"one", ""), ("video", b"two", "the second"), ("photo", b"three", ""))
LOCATION = {"latitude": 25.03, "longitude": 121.56}
QUIZ = {
    "id": "1",
    "question": "How much?",
    "options": [{"text": "a", "voter_count": 0, "persistent_id": "a"}],
    "total_voter_count": 0,
    "is_closed": False,
    "is_anonymous": True,
    "type": "quiz",
    "allows_multiple_answers": False,
    "allows_revoting": False,
    "members_only": False,
}


async def talk(world: World, person: Person, mei: Person, customer: str = "C1", case: int = 1) -> int:
    """A customer who asked for a person, with Mei: the thread of their case."""
    await world.customer(customer, name="Anna Lee")
    await world.link(customer, person)
    person.say("/agent")
    await person.hears("person")
    topic = (await world.group.topic_opened(f"#{case}")).thread_id
    mei.say_in(world.group, "/take", topic=topic)
    await world.group.hears("yours", topic=topic)
    mei.say_in(world.group, "Hello", topic=topic)
    await person.hears("^Hello$")
    await world.app.catch_up()
    return topic


def said_by_bot(group: Group, topic: int | None) -> list[Message]:
    return [m for m in group.messages if m.from_bot and m.thread_id == topic and not m.is_service]


async def events(world: World, kind: str) -> list[Event | BareEvent]:
    async with world.db.read() as conn:
        query = select(case_events.c.body).where(case_events.c.kind == kind).order_by(case_events.c.event_id)
        return [decode(kind, row.body) for row in (await conn.execute(query)).all()]


# -- every kind --------------------------------------------------------------------------------------------------------


KINDS: list[tuple[str, dict[str, Any]]] = [
    ("location", {"location": LOCATION}),
    ("venue", {"location": LOCATION, "venue": {"location": LOCATION, "title": "Bank", "address": "1 Road"}}),
    ("contact", {"contact": {"phone_number": "+886900000000", "first_name": "My sister"}}),
    ("dice", {"dice": {"emoji": "🎲", "value": 3}}),
    ("poll", {"poll": {**QUIZ, "type": "regular"}}),
]
FILES = ("voice", "sticker", "video_note", "animation", "video", "audio", "document", "photo")


async def test_media_of_every_kind_go_both_ways(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    for kind in FILES:
        anna.send_media(kind, b"from anna", f"{kind}.bin")
        mei.send_media_in(world.group, kind, b"from mei", f"{kind}.bin", topic=topic)
        await world.app.catch_up()
        assert kind in said_by_bot(world.group, topic)[-1].raw
        assert kind in anna.inbox[-1].raw


async def test_what_is_no_file_goes_both_ways(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    for kind, content in KINDS:
        anna.send(**content)
        mei.send_in(world.group, topic, **content)
        await world.app.catch_up()
        assert kind in said_by_bot(world.group, topic)[-1].raw
        assert kind in anna.inbox[-1].raw


async def test_a_quiz_of_the_customers_is_said_not_to_have_come(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    anna.send(poll=QUIZ)
    await world.group.hears("lets nobody pass on", topic=topic)
    await anna.hears("couldn’t pass your last message on")


async def test_paid_media_of_an_agents_are_said_not_to_have_gone(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    mei.send_in(world.group, topic, paid_media={"star_count": 1, "paid_media": []})
    await world.group.hears("Please say it otherwise", topic=topic)


async def test_a_pin_of_the_customers_says_nothing(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    before = len(said_by_bot(world.group, topic))
    anna.send(pinned_message=anna.inbox[-1].raw)
    await world.app.catch_up()
    assert len(said_by_bot(world.group, topic)) == before


async def test_a_live_location_that_moves_is_no_edit(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    sent = anna.send(location={**LOCATION, "live_period": 900})
    await world.app.catch_up()
    before = len(said_by_bot(world.group, topic))
    anna.edit_fields(sent["message_id"], location={**LOCATION, "latitude": 25.04, "live_period": 900})
    await world.app.catch_up()
    assert len(said_by_bot(world.group, topic)) == before


async def test_who_wants_no_voice_messages_is_said(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    anna.forbids_voice = True
    mei.send_media_in(world.group, "voice", b"hello", "voice.ogg", topic=topic)
    await world.app.catch_up()
    await world.group.hears("accepts no voice", topic=topic)


async def test_why_an_agents_file_did_not_arrive_is_said(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    for description, said in (
        ("Request Entity Too Large", "too large"),
        ("Bad Request: file is too big", "too large"),
        ("Bad Request: message caption is too long", "too long"),
        ("Bad Request: wrong file identifier/HTTP URL specified", "no longer has the file"),
        ("Bad Request: message to copy not found", "deleted before"),
    ):
        world.telegram.faults.next("copyMessage", status=400, description=description, chat_id=anna.user_id)
        mei.send_document_in(world.group, b"x", "plan.pdf", topic=topic)
        await world.app.catch_up()
        await world.group.hears(said, topic=topic)


async def test_a_message_that_its_author_deleted_at_once_is_said(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    world.telegram.faults.next("copyMessage", status=400, description="Bad Request: message to copy not found")
    anna.send_photo(b"x")
    await world.group.hears("deleted it before it came here", topic=topic)


async def test_an_edit_that_comes_too_late_is_said(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    said = mei.say_in(world.group, "Fryday", topic=topic)
    await anna.hears("Fryday")
    world.telegram.faults.next(
        "editMessageText", status=400, description="Bad Request: message can't be edited", chat_id=anna.user_id
    )
    mei.edit_in(world.group, said["message_id"], "Friday")
    await world.group.hears("Your change was not made", topic=topic)


async def test_a_customers_edit_that_comes_too_late_is_said_again(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    said = anna.say("on Fryday")
    copied = await world.group.hears("Fryday", topic=topic)
    world.group.delete(copied.message_id)
    anna.edit(said["message_id"], "on Friday")
    await world.group.hears("on Friday", topic=topic)


async def test_an_edit_after_the_topic_was_lost_is_said_again(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    said = anna.say("on Fryday")
    await world.group.hears("Fryday", topic=topic)
    world.group.delete_topic(topic)
    anna.edit(said["message_id"], "on Friday")
    await world.group.hears("on Friday", topic=(await world.group.topic_opened("#")).thread_id)


async def test_another_file_in_the_place_of_the_first_goes_too(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    said = mei.send_photo_in(world.group, b"first", "the plan", topic=topic)
    got = await anna.hears("the plan")
    other = mei.send_photo_in(world.group, b"second", "another", topic=topic)
    mei.edit_fields_in(world.group, said["message_id"], photo=other["photo"])
    await world.app.catch_up()
    assert anna.chat.find(got.message_id).raw["photo"][0]["file_id"] == other["photo"][0]["file_id"]


# -- albums ------------------------------------------------------------------------------------------------------------


async def test_an_album_of_the_customers_comes_as_one(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    anna.send_album(*PARTS)
    await world.app.catch_up()
    came = [m for m in said_by_bot(world.group, topic) if "media_group_id" in m.raw]
    assert len({m.raw["media_group_id"] for m in came}) == 1
    assert [m.text for m in came] == ["", "the second", ""]
    assert len(world.telegram.sent("sendMediaGroup")) == 3


async def test_an_album_of_an_agents_goes_as_one_and_answers(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    question = anna.say("Which papers?")
    copied = await world.group.hears("Which papers", topic=topic)
    mei.send_album_in(world.group, *PARTS, topic=topic, reply_to=copied.message_id)
    await world.app.catch_up()
    got = [m for m in anna.inbox if "media_group_id" in m.raw]
    assert len(got) == 3
    assert got[0].raw["reply_to_message"]["message_id"] == question["message_id"]


async def test_each_part_of_an_album_can_be_answered_and_edited(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    parts = mei.send_album_in(world.group, *PARTS, topic=topic)
    await world.app.catch_up()
    got = [m for m in anna.inbox if "media_group_id" in m.raw]
    anna.reply(got[2].message_id, "this one")
    answer = await world.group.hears("this one", topic=topic)
    assert answer.raw["reply_to_message"]["message_id"] == parts[2]["message_id"]
    mei.edit_in(world.group, parts[1]["message_id"], "the middle")
    assert (await anna.hears("the middle")).message_id == got[1].message_id


async def test_a_long_row_of_albums_and_words_keeps_its_order(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    for n in range(4):
        anna.say(f"before {n}")
        anna.send_album(("photo", b"a", f"album {n}.1"), ("photo", b"b", f"album {n}.2"))
    anna.say("the end")
    await world.app.catch_up()
    came = [m.text for m in said_by_bot(world.group, topic) if m.text.startswith(("before", "album", "the end"))]
    expected = [text for n in range(4) for text in (f"before {n}", f"album {n}.1", f"album {n}.2")]
    assert came == [*expected, "the end"]


async def test_an_album_that_telegram_refuses_goes_part_by_part(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    world.telegram.faults.next("sendMediaGroup", status=400, description="Bad Request: can't send such an album")
    mei.send_album_in(world.group, *PARTS, topic=topic)
    await world.app.catch_up()
    assert [m.text for m in anna.inbox[-3:]] == ["", "the second", ""]


async def test_an_album_of_which_a_part_was_deleted_comes_without_it(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    world.telegram.faults.next("sendMediaGroup", status=400, description="Bad Request: wrong file identifier")
    world.telegram.faults.next("copyMessage", status=400, description="Bad Request: message to copy not found")
    anna.send_album(*PARTS)
    await world.app.catch_up()
    assert len([m for m in said_by_bot(world.group, topic) if m.photo or "video" in m.raw]) == 2
    await world.group.hears("deleted it before", topic=topic)


async def test_a_part_that_comes_late_is_not_lost(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    first, second, third = anna.send_album(*PARTS)
    del first, second
    await world.app.catch_up()
    anna.send(photo=third["photo"], media_group_id=third["media_group_id"], caption="late")
    await world.app.catch_up()
    assert said_by_bot(world.group, topic)[-1].text == "late"


async def test_two_customers_albums_do_not_mix(world: World, anna: Person, ming: Person, mei: Person) -> None:
    one = await talk(world, anna, mei)
    two = await talk(world, ming, mei, "C2", case=2)
    assert one != two
    for _ in range(2):
        anna.send_album(("photo", b"a", "anna"), ("photo", b"b", "anna"))
        ming.send_album(("photo", b"c", "ming"), ("photo", b"d", "ming"))
    await world.app.catch_up()
    for topic, name in ((one, "anna"), (two, "ming")):
        assert [m.text for m in said_by_bot(world.group, topic) if m.photo] == [name] * 4


# -- who may speak, and when -------------------------------------------------------------------------------------------


async def test_a_supervisor_may_speak_in_anybodys_case(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    sue = world.telegram.person(3009, "Sue")
    world.group.add(sue)
    await world.agent(sue, "Sue", role="supervisor")
    sue.say_in(world.group, "I’m Mei’s supervisor", topic=topic)
    await anna.hears("supervisor")


async def test_a_group_that_has_to_wait_holds_up_no_customer(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    world.telegram.faults.next("sendMessage", retry_after=600, chat_id=world.group.chat_id)
    anna.say("are you there?")
    while world.telegram.faults.pending:
        await world.telegram.bell.wait(0.1)
    mei.say_in(world.group, "yes, I am", topic=topic)
    await anna.hears("yes, I am")
    anna.say("/balance")
    await anna.hears("500")
    async with world.db.read() as conn:
        states = (await conn.execute(select(relays.c.state).order_by(relays.c.relay_id.desc()).limit(2))).scalars()
        assert set(states) == {"accepted", "waiting"}


async def test_several_events_are_said_in_one_message(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    from storage.cases import cases

    async with world.db.write() as conn:
        for event in (AskedAgain(), Unblocked(), PromiseCancelled()):
            await cases.add_event(conn, 1, event, world.clock.now(), to_tell=True)
    await world.app.catch_up()
    assert said_by_bot(world.group, topic)[-1].text.count("\n") == 2
