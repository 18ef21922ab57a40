"""A database belongs to the bot that first ran with it; another bot gets it only on purpose."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.clock import ManualClock
from bot.settings import WrongSettings
from bot.work.operations.bot_identity import adopt, require_own_bot
from storage.runtime import updates
from storage.runtime.engine import Database
from storage.runtime.program_state import bot_username, set_bot_username
from storage.runtime.updates import Received
from storage.schema import updates as kept
from tests.work.operations.health import TOKEN, settings, wrong

OTHER = SecretStr("654321:AAsecret-of_another_bot_")
NEW_SECRET = SecretStr(TOKEN.partition(":")[0] + ":AAanother_secret_of_the_same")


async def test_the_bot_that_ran_first_may_run_again_also_with_a_new_token(db: Database) -> None:
    for token in (SecretStr(TOKEN), SecretStr(TOKEN), NEW_SECRET, None):
        await require_own_bot(db, settings(token=token))


async def test_another_bot_is_refused_with_both_ids_and_no_secret(db: Database) -> None:
    await require_own_bot(db, settings())
    with pytest.raises(WrongSettings) as refused:
        await require_own_bot(db, settings(token=OTHER))
    said = str(refused.value)
    assert said.startswith("DUEBOT_TOKEN: this database belongs to the bot 123456, and the token is that of the bot 65")
    assert "`duebot adopt`" in said
    assert "AAsecret" not in said
    await require_own_bot(db, settings())  # it was not given away


async def test_doctor_names_another_bot(healthy: Database, clock: ManualClock) -> None:
    await require_own_bot(healthy, settings())
    (finding,) = await wrong(healthy, clock, token=OTHER)
    assert (finding.ok, finding.what) == (False, "token")
    assert "`duebot adopt`" in finding.mend


async def test_an_adopted_database_belongs_to_the_new_bot(db: Database, clock: ManualClock) -> None:
    await require_own_bot(db, settings())
    async with db.write() as conn:
        await set_bot_username(conn, "old_bot")
        await updates.receive(conn, [Received(7, "a", "{}"), Received(8, "a", "{}")], clock.now())
        await updates.mark_handled(conn, [7], clock.now())
    clock.move(timedelta(seconds=1))
    assert await adopt(db, 654321, clock.now()) == 123456
    await require_own_bot(db, settings(token=OTHER))
    with pytest.raises(WrongSettings):
        await require_own_bot(db, settings())
    async with db.write() as conn:
        assert await bot_username(conn) is None
        # The new bot's update 7 is another one; what nobody has answered yet is still there.
        assert (await conn.execute(select(kept.c.update_id))).scalars().all() == [8]
    assert await adopt(db, 654321, clock.now()) == 654321
