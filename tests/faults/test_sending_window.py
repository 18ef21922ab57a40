"""A window full of reminders, and one of them or a mail server hangs, Telegram asks to wait, or the program ends:
nobody gets two, and nobody is left out."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select, update

from storage.schema import contacts, customers, links, notices
from tests.channels.mail_server import HANG, MailServer
from tests.faults.program import ENDS_WITHIN_S, until
from tests.faults.world import World

MANY = 50  # about two seconds of the rate


@pytest.mark.slow
async def test_one_message_without_an_answer_and_a_flood_wait_delay_no_other_for_long(any_world: World) -> None:
    world = any_world
    people = await world.customers(MANY, due_in_days=0)
    hanging, flooded = people[0].user_id, people[MANY // 2].user_id
    world.telegram.faults.next("sendMessage", delay_s=30, drop="before", chat_id=hanging)
    world.telegram.faults.next("sendMessage", retry_after=1, chat_id=flooded)
    left = world.telegram.when("sendMessage", moment="arrived", chat_id=hanging)
    await world.program.start()
    await left.has_sprung()

    async def all_others() -> bool:
        return len(await world.accepted()) == MANY - 1

    await until(all_others, "a reminder to everybody else")
    code, took_s = await world.program.stop()
    assert code == 0
    assert took_s < ENDS_WITHIN_S
    assert world.sent_to(people) == Counter({person.user_id: int(person.user_id != hanging) for person in people})
    # It may have been given back once by the flood wait before it left.
    assert [outcome for outcome in await tries(world, hanging) if outcome != "flood"] == ["in_doubt"]


@pytest.mark.slow
async def test_a_full_window_is_written_down_at_the_end_and_what_had_not_left_comes_later(any_world: World) -> None:
    world = any_world
    people = await world.customers(MANY, due_in_days=0)
    world.telegram.faults.next("sendMessage", delay_s=3, times=MANY)
    many = world.telegram.when("sendMessage", moment="arrived", number=MANY // 2)
    await world.program.start(until="")
    await many.has_sprung()
    code, took_s = await world.program.stop()
    assert code == 0
    assert took_s < ENDS_WITHIN_S
    arrived = {call.chat_id for call in world.telegram.arrived if call.method == "sendMessage"}
    assert await world.accepted() == arrived
    assert await claimed(world) == 0
    world.telegram.faults.clear()
    await world.program.start()
    await until(world.all_accepted, "a reminder to everybody")
    assert set(world.sent_to(people).values()) == {1}


@pytest.mark.slow
async def test_a_mail_server_that_never_answers_holds_up_no_telegram(world: World) -> None:
    by_mail = await world.customers(4 * MANY, due_in_days=0)
    async with world.db.write() as conn:
        await conn.execute(update(links).values(ended_at=links.c.linked_at))
        await conn.execute(update(customers).values(email=customers.c.customer_id + "@x.example"))
    by_telegram = await world.customers(MANY, due_in_days=0)
    server = MailServer({"MAIL": HANG})
    await server.start()
    try:
        world.program.env["DUEBOT_SMTP_URL"] = f"smtp://127.0.0.1:{server.port}?from=a@x.example"
        await world.program.start()

        async def all_by_telegram() -> bool:
            return len(await world.accepted()) == MANY

        await until(all_by_telegram, "a reminder to everybody on Telegram", within_s=45)
        assert not server.mails
        assert set(world.sent_to(by_mail).values()) == {0}
        assert set(world.sent_to(by_telegram).values()) == {1}
        code, took_s = await world.program.stop()
        assert (code, took_s < ENDS_WITHIN_S) == (0, True)
    finally:
        await server.stop()


async def tries(world: World, user_id: int) -> list[str | None]:
    async with world.db.read() as conn:
        query = select(contacts.c.reason).where(contacts.c.customer_id == f"C{user_id}", contacts.c.kind == "reminder")
        return list((await conn.execute(query)).scalars())


async def claimed(world: World) -> int:
    async with world.db.read() as conn:
        return len((await conn.execute(select(notices.c.notice_id).where(notices.c.state == "claimed"))).all())
