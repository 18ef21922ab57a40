"""Every screen with which customers help themselves, in each of the three languages, through the local Telegram: each
press and each command is answered, and in nothing but the customer's language."""

from __future__ import annotations

import re

import pytest

from bot.sandbox import Person
from bot.work.agreements.disputes import key_of
from bot.work.reminders import surveys
from tests.conversations.conftest import World
from tests.rules.reminders.survey_texts import SURVEY

# Commands, words, and the data of buttons, in an order in which each has something to show.
SCREENS = (
    *("/fees", "/fees 300", "data fees:30000TWD", "/fees abc"),
    *("/promise", "data promise:part", "data promise:part:60000TWD", "data promise:2026-03-05:60000TWD", "/promise"),
    *("/promise 5000 yesterday", "data promise:cancel", "data promise:cancel"),
    *("/plan", "data afford:pace:week", "data afford:pace:2weeks", "data afford:pace:month", "abc", "500", "xyz"),
    *("31", "data afford:anew", "500", "data afford:day:month:31", "first plan", "/plan", "/promise", "/fees"),
    *("data plan:spread", "data plan:end:1", "data plan:end:1:sure", "data plan:end:1:sure", "/cancel"),
    *("/calendar", "data calendar:sums", "data calendar:subscribe", "data calendar:subscribe:sums"),
    *("data calendar:end", "data calendar:end"),
    *("/dispute", f"data dispute:{key_of('I2')}", f"data dispute:{key_of('I2')}:paid", "/dispute"),
    *("/learn", *(f"data learn:{name}:2" for name in ("costs", "credit", "month", "advice", "swindlers"))),
    *("data learn:gone:1", "/genuine", "/policy"),
    *("/settings", *(f"data set:{what}" for what in ("hour", "often", "channels", "pause", "words", "zone"))),
    *("data set:zones:Europe:1", "/privacy", "data privacy:copy", "data privacy:predict", "data privacy:predict:yes"),
    *("/history", "data history:2", "data history:file", "/stop", "/fees", "/plan", "/calendar", "/learn", "/due"),
    *("data call", "data privacy:erase", "data privacy:erase:yes"),
)
SCRIPTS = {"en": "[\u3400-\u9fff]", "zh-Hans": "[後們這還餘額幫請時間]", "zh-Hant": "[后们这还余额帮请时间]"}


async def answered(world: World, anna: Person, what: str) -> list[str]:
    """The texts and buttons of the messages with which it is answered."""
    before = {message.message_id: message.raw for message in anna.inbox}
    if what == "first plan":
        rows = [row for message in anna.inbox for row in message.raw.get("reply_markup", {}).get("inline_keyboard", ())]
        takes = [b["callback_data"] for row in rows for b in row if b["callback_data"].startswith("plan:take")]
        what = f"data {takes[-1]}"
    if what.startswith("data "):
        anna.press_data(what.removeprefix("data "))
    else:
        anna.say(what)
    await world.app.catch_up()
    new = [m for m in anna.inbox if before.get(m.message_id) != m.raw]
    return [words for m in new for words in (m.text or m.raw.get("caption", ""), *m.buttons)]


@pytest.mark.slow(seconds=5)
@pytest.mark.parametrize("tag", list(SCRIPTS))
async def test_every_screen_is_answered_in_the_customers_language(world: World, anna: Person, tag: str) -> None:
    world.app.settings.public_url = "https://bot.example"
    name = "Anna Lee" if tag == "en" else "王小明"
    await world.customer("C1", name=name, language=tag, phone="+886912345678")
    await world.link("C1", anna)
    await surveys.start(world.db, world.app.parts.policies.current, SURVEY, "s.toml", surveys.Whom(), world.clock.now())
    await world.pass_time(minutes=2)
    said = [await answered(world, anna, f"data survey:1:{answer}") for answer in ("0:5", "1:c1", "2:skip")]
    await world.owes("C1", "I1", days=-2)
    await world.owes("C1", "I2", days=9, amount="800.00")
    for what in SCREENS:
        texts = await answered(world, anna, what)
        assert any(texts), what
        said.append(texts)
    for words in (line for texts in said for text in texts for line in text.splitlines()):
        own = re.sub("简体中文|繁體中文", "", words)
        assert not re.search(SCRIPTS[tag], own), words
        assert tag == "en" or not re.search("[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}", own), words
