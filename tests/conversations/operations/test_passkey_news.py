"""What agents read in Telegram of their passkeys of the console."""

from __future__ import annotations

from bot.sandbox import Person
from bot.work.cases.casework import remove_agent
from storage.operations import passkeys
from storage.schema import passkey_events
from tests.conversations.cases.asking import heard, opens_the_bot
from tests.conversations.conftest import World
from tests.work.lives import rows


async def test_agents_hear_what_happened_to_their_passkeys(
    world: World, mei: Person, bob: Person, ming: Person
) -> None:
    await world.agent(mei, "Mei <3")
    await world.agent(bob, "Bob", ("zh-Hans",))
    await world.agent(ming, "Ming")
    await opens_the_bot(mei, bob, ming)
    now = world.clock.now()
    async with world.db.write() as conn:
        for person, name in ((mei, "laptop"), (bob, "<phone>"), (ming, "gone")):
            assert await passkeys.add(conn, person.user_id, name, b"", 0, name, now)
        await passkeys.note(conn, "refused", mei.user_id, "laptop", None, now, to_tell=True)
        (number,) = [one.passkey_id for one in await passkeys.all_passkeys(conn, bob.user_id)]
        await passkeys.remove(conn, number, None, mei.user_id, now)
    assert await remove_agent(world.db, ming.user_id, now)
    for _ in range(2):
        await world.app.bot_side.keep_desk()
    assert "“laptop”" in (await mei.hears("was added to your account")).text
    await mei.hears("somebody seems to have a copy")
    assert "<phone>" in (await bob.hears("添加了通行密钥")).text
    assert "Mei <3" in (await bob.hears("移除了您的通行密钥")).text
    assert len(heard(mei, "passkey")) == 2
    assert not heard(ming, "passkey")
    assert [row for row in await rows(world.db, passkey_events) if row.to_tell] == []
