"""The bytes that a database has in its files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sqlalchemy import text

from storage.runtime.engine import Database
from storage.schema import metadata


def held_by(path: Path) -> bytes:
    """All that the files beside each other hold; by another process, since closing them here would end locks."""
    files = [str(file) for file in path.parent.iterdir() if file.name.startswith(path.name)]
    read = "import sys; sys.stdout.buffer.write(b''.join(open(name, 'rb').read() for name in sys.argv[1:]))"
    return subprocess.run([sys.executable, "-c", read, *files], capture_output=True, check=True).stdout


async def in_tables(db: Database) -> bytes:
    """The bytes of all tables' files."""
    async with db.outside_transactions() as conn:
        await conn.execute(text("CHECKPOINT"))
    held = b""
    async with db.read() as conn:
        for table in metadata.sorted_tables:
            read = text(f"SELECT pg_read_binary_file(pg_relation_filepath('{table.name}'))")
            held += (await conn.execute(read)).scalar_one()
    return held
