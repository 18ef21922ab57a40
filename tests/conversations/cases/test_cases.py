"""A person takes over: when a case opens, what its topic shows, and how both sides talk."""

from __future__ import annotations

import asyncio

from sqlalchemy import select, text

from bot.sandbox import Group, Person
from storage.schema import cases
from tests.conversations.conftest import World


async def overdue(world: World, person: Person, days: int = 5, customer: str = "C1", name: str = "Anna Lee") -> int:
    """A linked customer who is so many days overdue, up to the topic of their case: its thread id."""
    await world.customer(customer, name=name)
    await world.owes(customer, f"I-{customer}", days=-days)
    await world.link(customer, person)
    await world.app.catch_up()
    return (await world.topic_of(customer)).thread_id


async def test_five_days_overdue_is_a_case_with_a_card(world: World, anna: Person) -> None:
    thread = await overdue(world, anna)
    card = await world.group.hears("Case #1", topic=thread)
    assert "1,200.00" in card.text
    assert "A…" in card.text
    assert "5 days" in card.text


async def test_the_card_tells_what_was_sent_and_answered(world: World, anna: Person) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.owes("C1", "I1", days=-3)
    await world.link("C1", anna)
    await world.app.catch_up()
    anna.say("I will pay on Friday")
    await anna.hears("person")
    await world.pass_time(days=2)
    card = await world.group.hears("Case #1", topic=(await world.topic_of()).thread_id)
    assert "after-3" in card.text
    assert "I will pay on Friday" in card.text


async def test_four_days_overdue_and_reached_is_no_case(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    await world.owes("C1", "I1", days=-1)
    await world.app.catch_up()
    await world.pass_time(days=3)
    assert not world.group.topics
    await world.pass_time(days=1)
    assert world.group.topics


async def test_four_days_overdue_and_not_reached_is_a_case(world: World) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.owes("C1", "I1", days=-4)
    await world.app.catch_up()
    topic = await world.topic_of()
    await world.group.hears("cannot be reached", topic=topic.thread_id)


async def test_a_closed_case_rests_and_comes_again(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    mei.say_in(world.group, "/done unreachable", topic=thread)
    await world.group.hears("rests until Thu, 5 Mar", topic=thread)
    await world.pass_time(days=3)
    assert len(world.group.topics) == 1
    await world.pass_time(days=1)
    assert len(world.group.topics) == 2


async def test_a_promise_that_is_kept_ends_well(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    mei.say_in(world.group, "/done promised", topic=thread)
    await world.group.hears("overdue rests until", topic=thread)
    await world.pays("P1", "I-C1", "1200.00")
    await world.pass_time(days=9)
    assert len(world.group.topics) == 1


async def test_a_promise_that_is_broken_brings_the_case_back(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    mei.say_in(world.group, "/done promised", topic=thread)
    await world.group.hears("overdue rests until", topic=thread)
    await world.pass_time(days=8)
    topic = await world.topic_of()
    assert topic.thread_id != thread
    await world.group.hears("promise not kept", topic=topic.thread_id)


async def test_asking_for_a_person_opens_a_case(world: World, anna: Person) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.link("C1", anna)
    anna.say("/agent")
    await anna.hears("person")
    topic = await world.topic_of()
    await world.group.hears("Case #1", topic=topic.thread_id)


async def test_what_was_written_before_asking_comes_along(world: World, anna: Person) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.link("C1", anna)
    anna.say("I lost my job <b>")
    await anna.hears("")
    anna.press("Talk to a person")
    topic = await world.topic_of()
    await world.group.hears("I lost my job <b>", topic=topic.thread_id)


async def test_asking_twice_is_one_case(world: World, anna: Person) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.link("C1", anna)
    for _ in range(3):
        anna.say("/agent")
        await anna.hears("")
    await world.app.catch_up()
    assert len(world.group.topics) == 1


async def test_who_blocks_the_bot_with_something_due_becomes_a_case(world: World, anna: Person) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.owes("C1", "I1", days=2)
    await world.link("C1", anna)
    anna.block()
    await world.app.catch_up()
    topic = await world.topic_of()
    card = await world.group.hears("Case #1", topic=topic.thread_id)
    assert "cannot be reached" in card.text


async def test_who_is_deactivated_becomes_a_case_when_a_reminder_is_refused(world: World, anna: Person) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.owes("C1", "I1", days=0)
    await world.link("C1", anna)
    anna.deactivate()
    await world.app.catch_up()
    await world.topic_of()


async def test_who_blocks_and_owes_nothing_is_left_alone(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    anna.block()
    await world.app.catch_up()
    assert not world.group.topics


async def test_words_go_both_ways(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    mei.say_in(world.group, "Hello Anna, can I help?", topic=thread)
    await anna.hears("Mei")
    await anna.hears("Hello Anna, can I help\\?")
    anna.say("Yes <please>")
    await world.group.hears("Yes <please>", topic=thread)


async def test_replies_keep_their_thread(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    mei.say_in(world.group, "Which day suits you?", topic=thread)
    question = await anna.hears("Which day")
    anna.reply(question.message_id, "Friday")
    answer = await world.group.hears("^Friday$", topic=thread)
    assert answer.raw["reply_to_message"]["text"] == "Which day suits you?"


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


async def test_next_gives_each_agent_another_case(
    world: World, anna: Person, ming: Person, mei: Person, bob: Person
) -> None:
    await overdue(world, anna, customer="C1", name="Anna Lee")
    await overdue(world, ming, customer="C2", name="Ming")
    mei.say_in(world.group, "/next")
    bob.say_in(world.group, "/next")
    await world.group.hears("yours", topic=None)
    await world.group.hears("yours", topic=None)
    async with world.db.read() as conn:
        owners = (await conn.execute(select(cases.c.owner_id).order_by(cases.c.owner_id))).scalars().all()
    assert owners == [3001, 3002]
    mei.say_in(world.group, "/next")
    await world.group.hears("Nobody is waiting", topic=None)


async def test_queue_shows_what_waits_with_who_asked_first(
    world: World, anna: Person, ming: Person, mei: Person
) -> None:
    await overdue(world, anna, customer="C1", name="Anna Lee")
    await world.customer("C2", name="Ming")
    await world.link("C2", ming)
    ming.say("/agent")
    await ming.hears("")
    mei.say_in(world.group, "/queue")
    answer = await world.group.hears("2 cases", topic=None)
    assert answer.text.index("M…") < answer.text.index("A…")


async def test_released_goes_back_to_the_queue(world: World, anna: Person, mei: Person, bob: Person) -> None:
    thread = await overdue(world, anna)
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("yours", topic=thread)
    bob.say_in(world.group, "/release", topic=thread)
    await world.group.hears("Mei has this case", topic=thread)
    mei.say_in(world.group, "/release", topic=thread)
    await world.group.hears("back in the queue", topic=thread)
    bob.say_in(world.group, "/next")
    await world.group.hears("Case #1 is yours", topic=None)


async def test_done_closes_the_case_and_its_topic(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    mei.say_in(world.group, "Thank you, until Friday then.", topic=thread)
    await anna.hears("until Friday")
    mei.say_in(world.group, "/done", topic=thread)
    await world.group.hears("promised", topic=thread)
    mei.say_in(world.group, "/done promised", topic=thread)
    await world.group.hears("Closed", topic=thread)
    await anna.hears("/agent")
    await world.app.catch_up()
    assert world.group.topic(thread).closed


async def test_a_new_case_opens_after_a_closed_one(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    mei.say_in(world.group, "/done other", topic=thread)
    await world.group.hears("Closed", topic=thread)
    await world.app.catch_up()
    assert len(world.group.topics) == 1
    anna.say("/agent")
    await anna.hears("")
    await world.app.catch_up()
    assert len(world.group.topics) == 2


async def test_payment_in_full_closes_the_case_and_says_so(world: World, anna: Person) -> None:
    thread = await overdue(world, anna)
    await world.pays("P1", "I-C1", "1000.00")
    await world.app.catch_up()
    assert not world.group.topic(thread).closed
    await world.pays("P2", "I-C1", "200.00")
    await world.app.catch_up()
    await world.group.hears("paid", topic=thread)
    assert world.group.topic(thread).closed
    async with world.db.read() as conn:
        assert (await conn.execute(select(cases.c.outcome))).scalar_one() == "paid"


async def test_a_reversed_payment_brings_the_customer_back(world: World, anna: Person) -> None:
    await overdue(world, anna)
    await world.pays("P1", "I-C1", "1200.00")
    await world.app.catch_up()
    await world.pays("P2", "I-C1", "-1200.00")
    await world.app.catch_up()
    async with world.db.read() as conn:
        states = (await conn.execute(select(cases.c.state).order_by(cases.c.case_id))).scalars().all()
    assert states == ["closed", "waiting"]


async def test_a_deleted_topic_is_made_anew_and_nothing_is_lost(world: World, anna: Person, mei: Person) -> None:
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


async def test_two_agents_never_hold_one_case(world: World) -> None:
    from bot.work.cases import casework
    from storage.cases import agents

    async with world.db.write() as conn:
        for number in range(20):
            await conn.execute(
                text("INSERT INTO customers (customer_id, zone, facts_at) VALUES (:c, 'UTC', '2026-01-01 00:00:00')"),
                {"c": f"X{number}"},
            )
            await conn.execute(
                text(
                    "INSERT INTO cases (customer_id, reason, opened_at, state)"
                    " VALUES (:c, 'asked', '2026-01-01 00:00:00', 'waiting')"
                ),
                {"c": f"X{number}"},
            )
    async with world.db.read() as conn:
        mei, bob = await agents.list_agents(conn)
    now = world.clock.now()
    claimed = await asyncio.gather(*(casework.claim_next(world.db, a, now) for a in (mei, bob) * 15))
    numbers = [case.case_id for case in claimed if case]
    assert len(numbers) == len(set(numbers)) == 20


async def test_a_customer_known_as_agent_does_not_speak_for_others(world: World, anna: Person, mei: Person) -> None:
    await overdue(world, anna)
    mei.say("/queue")
    mei.say("/next")
    await world.app.catch_up()
    async with world.db.read() as conn:
        assert (await conn.execute(select(cases.c.state))).scalar_one() == "waiting"
    assert all("Anna" not in m.text for m in mei.inbox)


def in_general(group: Group) -> list[str]:
    return [m.text for m in group.general]


async def test_a_command_for_a_case_outside_a_topic_says_where_it_belongs(
    world: World, anna: Person, mei: Person
) -> None:
    await overdue(world, anna)
    mei.say_in(world.group, "/done paid")
    await world.group.hears("topic of a case", topic=None)


async def test_the_wrong_person_is_told_nothing_more(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    mei.say_in(world.group, "/done wrong_person", topic=thread)
    await world.group.hears("Closed", topic=thread)
    await world.app.catch_up()
    anna.say("/balance")
    assert "500" not in (await anna.hears("link")).text
