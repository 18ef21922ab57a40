"""PgBouncer between the program and PostgreSQL: session mode works, transaction mode is refused with one line."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from pathlib import Path

import pytest

from storage.runtime.engine import Database
from storage.runtime.pooling import PooledByTransaction, refuse_transaction_pooling
from tests.faults.program import Program
from tests.faults.watching import TOKEN

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")

pytestmark = pytest.mark.skipif(PGBOUNCER is None, reason="no PgBouncer on this machine (apt install pgbouncer)")


def runs_as(socket_folder: Path) -> tuple[str, ...]:
    """It does not run as root, and PostgreSQL's socket is for its owner only."""
    return ("-u", socket_folder.owner()) if os.geteuid() == 0 else ()


async def pooled(db: Database, folder: Path, mode: str) -> tuple[asyncio.subprocess.Process, str]:
    """A PgBouncer before this database, and its address."""
    assert PGBOUNCER is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    host, name = db.url.query["host"], db.url.database
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n{name} = host={host} user={db.url.username}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
        f"listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = {mode}\ndefault_pool_size = 5\n"
        f"ignore_startup_parameters = extra_float_digits\n"
    )
    command = (PGBOUNCER, "-q", *runs_as(Path(str(host))), str(folder / "pgbouncer.ini"))
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            break
    return process, f"postgresql://{db.url.username}@127.0.0.1:{port}/{name}"


@pytest.mark.new_postgresql
@pytest.mark.parametrize("mode", ["session", "transaction"])
async def test_a_pooler_works_or_is_refused(postgresql_db: Database, tmp_path: Path, mode: str) -> None:
    await refuse_transaction_pooling(postgresql_db)
    process, address = await pooled(postgresql_db, tmp_path, mode)
    between = Database(address)
    try:
        if mode == "session":
            await refuse_transaction_pooling(between)
            async with between.write() as conn, between.read():
                assert (await conn.exec_driver_sql("SELECT 1")).scalar() == 1
        else:
            with pytest.raises(PooledByTransaction):
                await refuse_transaction_pooling(between)
            program = Program(tmp_path, {"DUEBOT_TOKEN": TOKEN, "DUEBOT_DATABASE_URL": address})
            await program.start("run", until="")
            assert await program.ended() == 2
            assert program.told.startswith("DUEBOT_DATABASE_URL leads to a pooler in transaction mode; set pool_mode")
            assert program.told.count("\n") == 1
    finally:
        await between.close()
        process.terminate()
        await process.wait()
