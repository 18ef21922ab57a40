"""Two programs where there may be one: on one SQLite file, on another bot's database, with one token."""

from __future__ import annotations

import asyncio

import pytest
from telegram import Bot
from telegram.error import Conflict

from storage.runtime.program_state import rival
from tests.faults.program import Program, until
from tests.faults.watching import TOKEN
from tests.faults.world import World


async def refused(program: Program, *arguments: str) -> tuple[int, str]:
    """The exit code and all that it printed."""
    await program.start(*arguments, until="")
    return await program.ended(), program.told


@pytest.mark.slow
async def test_a_second_program_on_a_sqlite_file_is_refused_until_the_first_is_gone(world: World) -> None:
    (world.folder / "link.db").symlink_to(world.folder / "duebot.db")
    second = Program(
        world.folder, {**world.program.env, "DUEBOT_DATABASE_URL": f"sqlite:///{world.folder / 'link.db'}"}
    )
    await world.program.start("run")
    code, told = await refused(second, "run", "--role", "bot")
    assert code == 1
    assert told.startswith(f"DUEBOT_DATABASE_URL: {world.folder / 'duebot.db'} is in use by another `duebot run`")
    assert f"process {world.program.pid} on" in told
    assert told.count("\n") == 1
    code, told = await refused(second, "plan")
    assert code == 0, told

    await world.program.killed()
    await second.start("run")
    await second.killed()


@pytest.mark.slow
async def test_another_bots_token_is_refused_until_it_adopts_the_database(any_world: World) -> None:
    world = any_world
    await world.program.start("run")
    await world.program.killed()
    other = Program(world.folder, {**world.program.env, "DUEBOT_TOKEN": TOKEN.replace("123456789", "987654321")})
    code, told = await refused(other, "run")
    assert code == 2
    assert told.startswith("DUEBOT_TOKEN: this database belongs to the bot 123456789, and the token is that of the bot")
    assert told.count("\n") == 1
    code, told = await refused(other, "adopt")
    assert (code, told.partition(",")[0]) == (0, "the database belongs to the bot 987654321 now")
    code, told = await refused(world.program, "run")
    assert code == 2
    assert TOKEN.partition(":")[2] not in "".join(other.output)


@pytest.mark.slow
async def test_a_rival_with_the_same_token_is_written_down(world: World) -> None:
    await world.program.start("run")

    async def was_noticed() -> bool:
        async with world.db.read() as conn:
            return await rival(conn) is not None

    async with Bot(TOKEN, base_url=f"{world.program.env['DUEBOT_TELEGRAM_API']}/bot") as bot:

        async def poll_too() -> None:
            while True:
                try:
                    await bot.get_updates(timeout=1)
                except Conflict:
                    await asyncio.sleep(0.1)

        polling = asyncio.create_task(poll_too())
        await until(was_noticed, "the rival is written down")
        polling.cancel()
