"""Ready replies: `/say NAME` in the customer's language, filled, shown to the agent; from a file that may change."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.sandbox import Person
from bot.work.cases.canned_replies import shipped_replies
from tests.conversations.conftest import World
from tests.conversations.topics.test_talk import talk

GOOD = '[hello]\nen = "Hello {name}, {agent} here"\nzh-Hans = "{name}，我是{agent}"\n'


@dataclass
class File:
    """A file of replies that is changed while the program runs."""

    path: Path
    changes: int = 0

    def write(self, text: str) -> None:
        self.path.write_text(text, encoding="utf-8")
        self.changes += 1
        os.utime(self.path, ns=(self.changes * 10**9, self.changes * 10**9))


@pytest.fixture
def file(world: World, tmp_path: Path) -> File:
    file = File(tmp_path / "replies.toml")
    file.write(GOOD)
    world.app.parts.replies._path = str(file.path)
    return file


async def owing(world: World, person: Person, mei: Person, language: str = "en") -> int:
    topic = await talk(world, person, mei)
    await world.import_rows("customer_id,name,language,time_zone", ["C1", "Anna Lee", language, "Asia/Taipei"])
    await world.owes("C1", "I1", days=-5)
    await world.app.catch_up()
    return topic


async def test_a_reply_goes_to_the_customer_and_is_shown(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    mei.say_in(world.group, "/say greeting", topic=topic)
    got = await anna.hears("Hello Anna Lee, this is Mei from Wallet")
    shown = await world.group.hears("Sent:", topic=topic)
    assert got.text in shown.text


async def test_every_shipped_reply_can_be_said(world: World, anna: Person, mei: Person) -> None:
    topic = await owing(world, anna, mei)
    for name in [name for name in shipped_replies() if name != "how-to-pay"]:
        before = len(anna.inbox)
        mei.say_in(world.group, f"/say {name}", topic=topic)
        await world.group.hears("Sent:", topic=topic)
        await world.app.catch_up()
        assert "{" not in anna.inbox[-1].text, name
        assert len(anna.inbox) == before + 1, name


async def test_figures_are_those_of_now_in_the_customers_language(world: World, anna: Person, mei: Person) -> None:
    topic = await owing(world, anna, mei, "zh-Hant")
    mei.say_in(world.group, "/say promise-suggestion", topic=topic)
    text = (await anna.hears("您哪一天方便付款")).text
    assert "$1,200.00" in text
    assert "2026年2月25日" in text


async def test_say_alone_lists_what_there_is(world: World, anna: Person, mei: Person) -> None:
    topic = await owing(world, anna, mei, "zh-Hans")
    mei.say_in(world.group, "/say", topic=topic)
    answer = await world.group.hears("Ready replies", topic=topic)
    assert len([line for line in answer.text.splitlines() if line.startswith("• ")]) == len(shipped_replies())
    assert "您好" in answer.text


async def test_a_customers_answer_hangs_on_the_reply(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    asked = mei.say_in(world.group, "/say greeting", topic=topic)
    got = await anna.hears("this is Mei")
    anna.reply(got.message_id, "Good that you are here")
    answer = await world.group.hears("Good that", topic=topic)
    assert answer.raw["reply_to_message"]["message_id"] == asked["message_id"]


async def test_what_is_missing_for_a_reply_is_said(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    before = len(anna.inbox)
    for name, missing in (("how-to-pay", "pay_url"), ("plan-offer", "amount")):
        mei.say_in(world.group, f"/say {name}", topic=topic)
        await world.group.hears(f"needs {{{missing}}}", topic=topic)
    await world.app.catch_up()
    assert len(anna.inbox) == before


async def test_old_figures_are_not_told(world: World, anna: Person, mei: Person) -> None:
    topic = await owing(world, anna, mei)
    await world.pass_time(days=3)
    mei.say_in(world.group, "/take", topic=topic)
    mei.say_in(world.group, "/say plan-offer", topic=topic)
    await world.group.hears("too old for that", topic=topic)


async def test_a_name_that_is_none_is_told_what_is_near(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    mei.say_in(world.group, "/say greting", topic=topic)
    await world.group.hears("Did you mean greeting", topic=topic)


async def test_another_agent_says_nothing_with_it(world: World, anna: Person, mei: Person, bob: Person) -> None:
    topic = await talk(world, anna, mei)
    before = len(anna.inbox)
    bob.say_in(world.group, "/say greeting", topic=topic)
    await world.group.hears("Mei has this case", topic=topic)
    await world.app.catch_up()
    assert len(anna.inbox) == before


async def test_a_language_that_is_missing_is_english_and_said(
    world: World, anna: Person, mei: Person, file: File
) -> None:
    topic = await owing(world, anna, mei, "zh-Hant")
    mei.say_in(world.group, "/say hello", topic=topic)
    await anna.hears("Hello Anna Lee, Mei here")
    await world.group.hears("Sent in English", topic=topic)


async def test_a_changed_file_counts_at_once(world: World, anna: Person, mei: Person, file: File) -> None:
    topic = await talk(world, anna, mei)
    file.write('[bye]\nen = "Goodbye {name}"\n')
    mei.say_in(world.group, "/say bye", topic=topic)
    await anna.hears("Goodbye Anna Lee")


async def test_a_faulty_file_leaves_the_last_good_one(world: World, anna: Person, mei: Person, file: File) -> None:
    topic = await talk(world, anna, mei)
    mei.say_in(world.group, "/say hello", topic=topic)
    await anna.hears("Mei here")
    file.write('[hello]\nen = "Hi {nme}"\n')
    mei.say_in(world.group, "/say", topic=topic)
    await world.group.hears("line 2: \\[hello\\] en: there is no placeholder {nme}; expected {name}", topic=topic)
    mei.say_in(world.group, "/say hello", topic=topic)
    await anna.hears("Hello Anna Lee, Mei here")


async def test_a_file_that_is_gone_leaves_the_last_good_one(
    world: World, anna: Person, mei: Person, file: File
) -> None:
    topic = await talk(world, anna, mei)
    mei.say_in(world.group, "/say hello", topic=topic)
    await anna.hears("Mei here")
    file.path.unlink()
    mei.say_in(world.group, "/say hello", topic=topic)
    await anna.hears("Hello Anna Lee, Mei here")
    mei.say_in(world.group, "/say", topic=topic)
    await world.group.hears("cannot be read", topic=topic)
