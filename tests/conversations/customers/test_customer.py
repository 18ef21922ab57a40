"""What a customer sees when they ask: balance, due dates, language, help, and nothing of anyone else's."""

from __future__ import annotations

import gc

import pytest
from sqlalchemy import select
from telegram import Update

from bot.rules.runtime.retries import Retries
from bot.sandbox import Person
from storage.schema import contacts, told_debts
from tests.conversations.conftest import World


async def test_a_linked_customer_sees_balance_and_what_is_due(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.owes("C1", "I1", days=10, amount="1200.00")
    await world.link("C1", anna)
    anna.press("Balance")
    answer = await anna.hears("Card")
    assert "500.00" in answer.text
    assert "1,200.00" in answer.text
    anna.say("/due")
    assert "1,200.00" in (await anna.hears("1,200.00")).text


async def test_balance_tells_days_overdue_and_the_time_of_the_facts(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.owes("C1", "I1", days=-4, amount="1200.00", paid="200.00")
    await world.link("C1", anna)
    anna.say("/balance")
    answer = await anna.hears("Card")
    assert "1,000.00" in answer.text
    assert "4 days" in answer.text
    assert "12:00" in answer.text  # noon in Taipei, when the files came in


async def test_an_update_does_not_stay_in_memory_once_it_is_answered(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            anna.say("/balance")
            await anna.hears("Card")
        assert world.app.bot_side is not None
        await world.app.bot_side.inbox.settle()
        assert not any(isinstance(each, Update) for each in gc.get_objects())
    finally:
        gc.enable()


async def test_every_command_answers_once(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    for command in ("/balance", "/due", "/language", "/help", "/start", "/stop", "/agent"):
        before = len(anna.inbox)
        anna.say(command)
        await anna.hears("")
        await world.app.catch_up()
        assert len(anna.inbox) == before + 1, command


async def test_a_repeated_update_is_answered_once(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    anna.say("/balance")
    await anna.hears("500.00")
    world.telegram.repeat(world.telegram.updates.last_update_id)
    await anna.hears_nothing(for_s=0.5)


async def test_chinese_is_spoken_to_who_speaks_it(world: World, ming: Person) -> None:
    await world.customer("C1", name="小明", language="")
    await world.owes("C1", "I1", days=-2)
    await world.link("C1", ming)
    ming.say("/balance")
    answer = await ming.hears("剩余待还")
    assert "2天" in answer.text.replace(" ", "")


async def test_the_wallets_record_counts_before_the_phones_language(world: World, anna: Person) -> None:
    await world.customer("C1", language="zh_TW")
    await world.link("C1", anna)
    anna.say("/balance")
    await anna.hears("剩餘待繳")


async def test_a_chosen_language_stays_for_good(world: World, anna: Person) -> None:
    await world.customer("C1", language="en")
    await world.link("C1", anna)
    anna.say("/language")
    await anna.hears("")
    anna.press("繁體中文")
    await anna.hears("")
    await world.customer("C1", language="en")
    anna.say("/balance")
    await anna.hears("剩餘待繳")


async def test_who_names_a_language_gets_it_and_who_names_none_is_asked(world: World, anna: Person) -> None:
    await world.customer("C1", language="en")
    await world.link("C1", anna)
    anna.say("请用简体中文")
    await anna.hears("之后用简体中文和您交流")
    anna.say("Speak English")
    await anna.hears("write in English from now on")
    anna.press("Undo")
    await anna.hears("之后用简体中文和您交流")
    anna.say("chinese please")
    assert "English" in (await anna.hears("您想用哪种语言")).buttons


async def test_in_hong_kong_traditional_chinese_has_the_words_of_hong_kong(world: World, anna: Person) -> None:
    await world.customer("C1", language="zh-Hant", zone="Asia/Hong_Kong")
    await world.link("C1", anna)
    anna.say("/balance")
    await anna.hears("剩餘待還")


async def test_the_language_can_be_chosen_before_linking(world: World, anna: Person) -> None:
    anna.say("/language")
    await anna.hears("")
    anna.press("简体中文")
    await anna.hears("")
    anna.say("/start")
    await anna.hears("手机|号码|绑定|关联")


async def test_plain_words_do_what_commands_do(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    for word in ("Balance", "余额", "餘額"):
        anna.say(word)
        await anna.hears("500.00")


async def test_names_cannot_break_the_markup(world: World, anna: Person) -> None:
    await world.customer("C1", name='<b>&"</i> ‮')
    await world.link("C1", anna)
    assert "<b>&" in anna.inbox[-1].text


async def test_money_is_not_spoken_of_in_a_group(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    friends = world.telegram.group(members=[anna], bot_admin=True)
    anna.say_in(friends, "/balance")
    answer = await friends.hears("private")
    assert "500" not in answer.text


async def test_a_forged_press_shows_nothing(world: World, stranger: Person) -> None:
    await world.customer("C1")
    await world.owes("C1", "I1", days=1)
    stranger.say("/start")
    await stranger.hears("")
    for forged in ("balance", "due", "agent", "resume", "language:../../etc", "link:yes:99", "x" * 64):
        stranger.press_data(forged)
    await world.app.catch_up()
    assert not [m for m in stranger.inbox if "500" in m.text or "1,200" in m.text]


async def test_words_that_nobody_reads_are_said_to_be_so(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    anna.say("I lost my job")
    assert "Talk to a person" in (await anna.hears("")).buttons


async def test_an_answer_that_only_shows_facts_notes_once_who_was_there_and_what_they_saw(
    world: World, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.customer("C1")
    await world.owes("C1", "I1", days=3, amount="1200.00")
    await world.link("C1", anna)

    async def kept() -> tuple[list[str | None], list[str]]:
        await world.app.catch_up()
        async with world.db.read() as conn:
            signs = await conn.execute(select(contacts.c.body).where(contacts.c.kind == "command"))
            return list(signs.scalars()), list((await conn.execute(select(told_debts.c.instalment_id))).scalars())

    with monkeypatch.context() as faulty:
        faulty.setattr("bot.work.runtime.inbox_turns.AGAIN", Retries((0.0,), most=2))
        faulty.setattr("bot.views.customers.balance.balance", lambda *_, **__: 1 / 0)
        anna.say("/balance")
        await anna.hears("something went wrong")
        assert await kept() == (["/balance"], ["I1"])  # of two attempts
    anna.say("/due")
    await anna.hears("Your due dates")
    assert await kept() == (["/balance", "/due"], ["I1"])
