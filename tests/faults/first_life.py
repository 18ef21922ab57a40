"""A life of the program in the process that forks for each start of it: what the program builds once and keeps, such as
statements and expressions, is then there in each fork. It is on SQLite; what is PostgreSQL's each fork builds itself.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from bot.app import App
from bot.cli.opening import clock, database, policy_of, settings_of
from storage.runtime.engine import Database
from tests.faults.program import until
from tests.faults.watching import WatchedTelegram
from tests.faults.world import World


async def live() -> None:
    """Somebody is reminded; somebody who is overdue asks, is answered, and talks with an agent. No thread is left."""
    with TemporaryDirectory() as folder:
        address = f"sqlite:///{folder}/duebot.db"
        db = Database(address)
        world = World(WatchedTelegram(), db, address, Path(folder))
        await world.serve_telegram()
        with patch.dict(os.environ, world.program.env):
            settings = settings_of(quiet=True)  # what is told once is not told yet
        async with database(settings):
            pass  # it is migrated
        await world.agents()
        [anna] = await world.customers(1, due_in_days=0)
        [bert] = await world.customers(1, due_in_days=-6)
        app = App(settings, policy_of(settings), clock)
        await app.start()
        bert.say("/due")
        await bert.hears("Your due dates", timeout=60)
        bert.say("/agent")
        topic = (await world.group.topic_opened(timeout=60)).thread_id
        await until(world.cases_settled, "a topic")
        bert.say("I am here")
        world.mei.say_in(world.group, "So am I", topic=topic)
        await bert.hears("So am I", timeout=60)
        await anna.hears("due", timeout=60)
        await app.catch_up()
        await app.stop()
        await world.close()
        await db.close()
        await asyncio.get_running_loop().shutdown_default_executor()
