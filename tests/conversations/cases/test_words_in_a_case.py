"""Words go both ways between a customer and the agent who has the case, in order and to nobody else."""

from __future__ import annotations

from sqlalchemy import select

from bot.sandbox import Person
from storage.schema import cases
from tests.conversations.cases.overdue import overdue
from tests.conversations.conftest import World


async def test_words_go_both_ways(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    mei.say_in(world.group, "Hello Anna, can I help?", topic=thread)
    await anna.hears("Mei")
    await anna.hears("Hello Anna, can I help\\?")
    anna.say("Yes <please>")
    await world.group.hears("Yes <please>", topic=thread)


async def test_replies_keep_their_thread(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    mei.say_in(world.group, "Which day works for you?", topic=thread)
    question = await anna.hears("Which day")
    anna.reply(question.message_id, "Friday")
    answer = await world.group.hears("^Friday$", topic=thread)
    assert answer.raw["reply_to_message"]["text"] == "Which day works for you?"


async def test_photos_and_documents_go_both_ways(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    anna.send_photo(b"receipt", caption="my receipt")
    assert (await world.group.hears("my receipt", topic=thread)).photo
    mei.send_document_in(world.group, b"%PDF", "plan.pdf", caption="the plan", topic=thread)
    assert (await anna.hears("the plan")).document


async def test_edits_go_both_ways(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    said = mei.say_in(world.group, "Please pay by Fryday", topic=thread)
    await anna.hears("Fryday")
    mei.edit_in(world.group, said["message_id"], "Could you pay by Friday?")
    await anna.hears("Could you pay by Friday")
    mine = anna.say("Yes")
    await world.group.hears("^Yes$", topic=thread)
    anna.edit(mine["message_id"], "Yes, on Friday")
    await world.group.hears("Yes, on Friday", topic=thread)


async def test_notes_stay_inside(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    seen = len(anna.inbox)
    note = mei.say_in(world.group, "/note sounds worried", topic=thread)
    mei.edit_in(world.group, note["message_id"], "/note sounds very worried")
    mei.say_in(world.group, "/nte a mistyped note", topic=thread)
    await world.group.hears("not sent", topic=thread)
    await world.app.catch_up()
    assert len(anna.inbox) == seen


async def test_only_who_holds_the_case_speaks(world: World, anna: Person, mei: Person, bob: Person) -> None:
    thread = await overdue(world, anna)
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("yours", topic=thread)
    seen = len(anna.inbox)
    bob.say_in(world.group, "I am here too", topic=thread)
    await world.group.hears("not sent", topic=thread)
    bob.say_in(world.group, "/take", topic=thread)
    await world.group.hears("Mei has this case", topic=thread)
    await world.app.catch_up()
    assert len(anna.inbox) == seen


async def test_a_stranger_in_the_group_can_do_nothing(world: World, anna: Person, stranger: Person) -> None:
    thread = await overdue(world, anna)
    seen = len(anna.inbox)
    for said in ("/queue", "/next", "/take", "/release", "/note x", "/done paid", "pay now!"):
        stranger.say_in(world.group, said, topic=thread)
    await world.app.catch_up()
    async with world.db.read() as conn:
        case = (await conn.execute(select(cases))).one()
    assert (case.state, case.owner_id) == ("waiting", None)
    assert len(anna.inbox) == seen


async def test_a_deleted_topic_is_made_again_and_nothing_is_lost(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    mei.say_in(world.group, "Hello", topic=thread)
    await anna.hears("Hello")
    world.group.delete_topic(thread)
    anna.say("are you there?")
    topic = await world.topic_of()
    assert topic.thread_id != thread
    await world.group.hears("Case #1", topic=topic.thread_id)
    await world.group.hears("are you there", topic=topic.thread_id)
    mei.say_in(world.group, "yes, here", topic=topic.thread_id)
    await anna.hears("yes, here")


async def test_a_closed_topic_is_opened_again_for_words(world: World, anna: Person) -> None:
    thread = await overdue(world, anna)
    world.group.close_topic(thread)
    anna.say("hello?")
    await world.group.hears("hello", topic=thread)


async def test_undelivered_words_are_said_to_be_so(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    anna.block()
    mei.say_in(world.group, "Hello", topic=thread)
    await world.app.catch_up()
    await world.group.hears("not delivered", topic=thread)


async def test_the_order_of_words_is_kept(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    for number in range(12):
        anna.say(f"word {number:02}")
        mei.say_in(world.group, f"answer {number:02}", topic=thread)
    await world.group.hears("word 11", topic=thread)
    await anna.hears("answer 11")
    words = [m.text for m in world.group.topic(thread).messages if m.text.startswith("word")]
    answers = [m.text for m in anna.inbox if m.text.startswith("answer")]
    assert words == sorted(words)
    assert answers == sorted(answers)
    assert len(words) == len(answers) == 12


async def test_a_customer_known_as_agent_does_not_speak_for_others(world: World, anna: Person, mei: Person) -> None:
    await overdue(world, anna)
    mei.say("/queue")
    mei.say("/next")
    await world.app.catch_up()
    async with world.db.read() as conn:
        assert (await conn.execute(select(cases.c.state))).scalar_one() == "waiting"
    assert all("Anna" not in m.text for m in mei.inbox)


async def test_a_supervisor_in_a_colleagues_case_is_introduced_by_name(
    world: World, anna: Person, mei: Person, bob: Person
) -> None:
    """Nobody's words are read under the name of somebody else, also if two take turns; an edit introduces nobody."""
    await world.agent(bob, "Bob", role="supervisor")
    thread = await overdue(world, anna)
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("yours", topic=thread)
    seen, first = len(anna.inbox), None
    for writer, words in ((bob, "one"), (bob, "two"), (mei, "three"), (bob, "four")):
        said = writer.say_in(world.group, words, topic=thread)
        first = first or said
        await anna.hears(f"^{words}$")
    assert first is not None
    mei.say_in(world.group, "five", topic=thread)
    await anna.hears("^five$")
    bob.edit_in(world.group, first["message_id"], "one, corrected")
    await anna.hears("corrected")
    named = [m.text.replace(" from Wallet is writing to you here.", "…") for m in anna.inbox[seen:]]
    assert named == ["Bob…", "one, corrected", "two", "Mei…", "three", "Bob…", "four", "Mei…", "five"]
