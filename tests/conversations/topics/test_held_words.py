"""Words that do not leave at once: those about which the agent is asked, and those for later."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from bot.rules.cases.case_events_words import SentAnyway
from bot.sandbox import Person
from storage.schema import held_words, relays
from tests.conversations.cases.overdue import overdue
from tests.conversations.conftest import World
from tests.conversations.topics.test_in_doubt import tries_again
from tests.conversations.topics.test_talk import events


async def states(world: World) -> list[str]:
    async with world.db.read() as conn:
        return list((await conn.execute(select(held_words.c.state).order_by(held_words.c.held_id))).scalars())


async def hers(world: World, anna: Person, mei: Person) -> int:
    """Anna's case is Mei's, who has opened the bot."""
    mei.say("/start")
    await mei.hears("")
    topic = await overdue(world, anna)
    mei.say_in(world.group, "/take", topic=topic)
    await world.group.hears("is yours", topic=topic)
    return topic


async def test_only_the_agent_is_asked_and_sends_it_with_a_reason(world: World, anna: Person, mei: Person) -> None:
    topic = await hers(world, anna, mei)
    said = mei.say_in(world.group, "You owe NT$9,999.00, or else!", topic=topic)
    asked = await mei.hears("was not sent yet")
    assert "• sounds like a threat: “or else”" in asked.text
    assert "• a sum that is not owed today: “nt$9,999.00”" in asked.text
    await world.app.catch_up()
    assert not [m for m in (*anna.inbox, *world.group.messages) if m.from_bot and "or else" in m.text]
    written = world.group.chat.find(said["message_id"])
    assert written is not None and written.reactions
    mei.press("We agreed on it")
    await anna.hears("or else!")
    await mei.hears("is sent, and your reason is kept")
    assert not any(written.reactions.values())
    assert await events(world, "sent_anyway") == [SentAnyway(("threat", "sum"), "We agreed on it")]
    mei.press_data("words:drop:1")
    await mei.hears("waits no more")
    assert await states(world) == ["sent"]


async def test_it_is_mended_by_an_edit_and_never_sent_as_it_was(world: World, anna: Person, mei: Person) -> None:
    await world.customer("C2", name="Ben")
    topic = await hers(world, anna, mei)
    wrong = mei.say_in(world.group, "As I told C2, this is your last chance", topic=topic)
    asked = await mei.hears("was not sent yet")
    assert "another customer’s number: “C2”" in asked.text
    mei.edit_in(world.group, wrong["message_id"], "You owe NT$1,200.00; tell me how I can help.")
    await anna.hears("tell me how I can help")
    mei.press_data("words:send:1:true")
    await mei.hears("waits no more")
    await world.app.catch_up()
    async with world.db.read() as conn:
        assert len((await conn.execute(select(relays.c.relay_id).where(relays.c.direction == "out"))).all()) == 1
    mei.edit_in(world.group, wrong["message_id"], "You will regret it")  # an edit is asked about, too
    await mei.hears("was not sent yet")
    mei.press("Don’t send it")
    await mei.hears("will not be sent")
    assert "regret" not in anna.inbox[-1].text


async def test_who_never_opened_the_bot_is_told_in_the_topic_without_what_was_found(
    world: World, anna: Person, mei: Person
) -> None:
    topic = await overdue(world, anna)
    mei.say_in(world.group, "I will call your employer", topic=topic)
    told = await world.group.hears("please look at it once more", topic=topic)
    assert "employer" not in told.text
    mei.say_in(world.group, "/anyway they work for us", topic=topic)
    await anna.hears("call your employer")


@pytest.fixture
def _own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "own.toml"
    path.write_text('threat = """\n橡果不會放過\n"""\nthird_party = """\nyour landlord\n"""\n', "utf-8")
    monkeypatch.setenv("DUEBOT_GUARD_WORDS", str(path))


async def test_the_wallets_own_words_are_asked_about_now_and_for_later(
    _own_words: None, world: World, anna: Person, mei: Person
) -> None:
    topic = await hers(world, anna, mei)
    mei.say_in(world.group, "Does Your Landlord know? Or else!", topic=topic)
    asked = await mei.hears("was not sent yet")
    assert "“your landlord”" in asked.text and "“or else”" in asked.text
    mei.say_in(world.group, "/later 15:00 橡果不会放过您", topic=topic)
    await mei.hears("“橡果不会放过”")
    await world.pass_time(hours=4)
    assert not [m for m in anna.inbox if "橡果" in m.text or "andlord" in m.text]
    assert await states(world) == ["asked", "asked"]


async def test_what_is_for_later_leaves_at_its_time(world: World, anna: Person, mei: Person) -> None:
    topic = await hers(world, anna, mei)
    mei.say_in(world.group, "/later 15:00 How are you?\nYours, Mei", topic=topic)
    await world.group.hears("will be sent on 2 Mar 2026, 3:00 pm", topic=topic)
    mei.say_in(world.group, "/later 16:00 One more", topic=topic)
    await world.group.hears("4:00 pm", topic=topic)
    mei.say_in(world.group, "/later", topic=topic)
    await world.group.hears("2. .*One more", topic=topic)
    mei.press_in(world.group, "Cancel 2", topic=topic)
    await mei.hears_answer("will not be sent")
    await world.pass_time(hours=2)
    assert not [m for m in anna.inbox if "How are you" in m.text]
    await world.pass_time(hours=1, minutes=1)
    await anna.hears("How are you\\?\nYours, Mei")
    await world.pass_time(hours=2)
    assert not [m for m in anna.inbox if "One more" in m.text]
    assert await states(world) == ["sent", "dropped"]
    mei.say_in(world.group, "/later tomorrow 23:00 Good night", topic=topic)
    await world.group.hears("no message may be sent", topic=topic)


@pytest.mark.parametrize(
    ("happens", "why"), [("paid", "something was paid"), ("closed", "is closed"), ("given", "no longer yours")]
)
async def test_what_is_for_later_is_looked_at_again_when_its_time_has_come(
    world: World, anna: Person, mei: Person, happens: str, why: str
) -> None:
    topic = await hers(world, anna, mei)
    mei.say_in(world.group, "/later 15:00 You owe NT$1,200.00", topic=topic)
    await world.group.hears("will be sent", topic=topic)
    await world.pass_time(minutes=1)
    if happens == "paid":
        await world.pays("P1", "I-C1", "200.00")
    else:
        mei.say_in(world.group, "/done other" if happens == "closed" else "/transfer Bob", topic=topic)
    await world.app.catch_up()
    world.telegram.faults.next("sendMessage", status=502, chat_id=mei.user_id)
    await world.pass_time(hours=3)
    await world.pass_time(minutes=1)  # if her chat was out of reach, the next round tells her
    await mei.hears(f"for later in case #1 was not sent: .*{why}")
    assert not [m for m in anna.inbox if "1,200.00" in m.text and "You owe" in m.text]
    assert await states(world) == ["told"]


async def test_what_waits_for_more_than_five_seconds_is_shown(world: World, anna: Person, mei: Person) -> None:
    topic = await hers(world, anna, mei)
    mei.say_in(world.group, "Hello", topic=topic)
    await anna.hears("Hello")
    for chat_id in (anna.user_id, world.group.chat_id):
        world.telegram.faults.next("sendMessage", status=502, times=1000, chat_id=chat_id)
    said = mei.say_in(world.group, "Are you there?", topic=topic)
    anna.say("Yes, I am")
    await world.app.catch_up()
    written = world.group.chat.find(said["message_id"])
    assert written is not None and not written.reactions, "not at once"
    await world.pass_time(seconds=8)
    assert list(written.reactions.values()) == ["👀"]
    typing = [r.params for r in world.telegram.requests if r.method == "sendChatAction"]
    assert (str(typing[-1]["chat_id"]), str(typing[-1]["message_thread_id"])) == (str(world.group.chat_id), str(topic))
    world.telegram.faults.clear()
    await tries_again(world)
    await anna.hears("Are you there")
    await world.pass_time(seconds=8)
    assert not written.reactions
