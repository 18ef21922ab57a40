"""One PostgreSQL database for the tests of a worker, one after the other: each finds it as if it were new.

A new database costs the server some 35 ms of a processor, and each new connection learns the catalog and plans every
statement again, which is most of what a test costs it. So the database is emptied, and its connections stay. They
belong to the loop in which they were opened: all tests on PostgreSQL of a worker run in one (`LastingLoop`).

What changed is known from PostgreSQL's own counters. Where a test left anything but rows (a changed schema, a setting
of the database, a connection that is still open), or very many of them, the next test gets a new database. What is not
as new: files have the length that they once had, and ANALYZE's statistics of columns stay. Tests that are about this,
or that end connections, are marked `new_postgresql`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from sqlalchemy.engine import URL, make_url

MANY_ROWS = 3000  # take longer to delete than a database to make
# What the driver raises on a connection that the server has ended, also if it has not noticed that yet.
UNUSABLE = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
GONE_WITHIN_S = 0.2  # the server's side of a connection that a test has closed

_TABLES = """
    SELECT oid, relname, relnamespace = 'public'::regnamespace FROM pg_class
    WHERE relkind = 'r' AND NOT relisshared AND relpersistence = 'p'
    AND relnamespace IN ('public'::regnamespace, 'pg_catalog'::regnamespace)
"""
_COLUMNS = """
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""
_CHANGES = """
    SELECT oid, pg_stat_get_tuples_inserted(oid) + pg_stat_get_tuples_updated(oid) + pg_stat_get_tuples_deleted(oid)
    FROM unnest($1::oid[]) AS oid
"""
_SEQUENCES = "SELECT seqrelid, seqstart, pg_sequence_last_value(seqrelid) FROM pg_sequence"
_ODD = """
    SELECT (SELECT count(*) FROM pg_stat_get_activity(NULL) WHERE datid = mine.oid AND pid <> ALL($1::int[])) AS others,
    EXISTS (SELECT FROM pg_db_role_setting WHERE setdatabase = mine.oid) OR datconnlimit <> -1 AS is_set
    FROM pg_database AS mine WHERE datname = current_database()
"""
# So that statements are planned as for a new table.
_UNCOUNTED = "UPDATE pg_class SET reltuples = -1, relallvisible = 0 WHERE oid = ANY($1::oid[])"
# So that what this connection changed is counted before it is asked again.
_COUNTED = "SELECT pg_stat_force_next_flush()"


class LastingLoop(asyncio.SelectorEventLoop):
    """A loop that each test ends, with all that it left running, and the next one uses again."""

    is_taken, is_over = False, False

    async def shutdown_asyncgens(self) -> None:
        await super().shutdown_asyncgens()
        self._asyncgens_shutdown_called = False

    async def shutdown_default_executor(self) -> None:
        await super().shutdown_default_executor()
        self._executor_shutdown_called, self._default_executor = False, None

    def close(self) -> None:
        self.is_taken = False
        if self.is_over:
            super().close()
        else:
            for signal in list(self._signal_handlers):
                self.remove_signal_handler(signal)

    def end(self) -> None:
        self.is_over = True
        self.close()


class Loops(asyncio.DefaultEventLoopPolicy):
    """Gives the lasting loop to a test that is said to want it; otherwise each loop is new."""

    def __init__(self) -> None:
        super().__init__()
        self.lasting: LastingLoop | None = None
        self.is_wanted = False

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        if not self.is_wanted or threading.current_thread() is not threading.main_thread():
            return super().new_event_loop()
        self.lasting = self.lasting or LastingLoop()
        if self.lasting.is_taken:
            return super().new_event_loop()
        self.lasting.is_taken = True
        return self.lasting

    def end(self) -> None:
        if self.lasting is not None:
            self.lasting.end()
            self.lasting = None


class KeptConnection(asyncpg.Connection):
    """A connection that is not closed but given to whom asks next, with all statements that it has prepared."""

    kept_by: KeptDatabase | None = None
    codecs: frozenset[str] = frozenset()

    async def set_type_codec(self, typename: str, **more: Any) -> None:
        if typename not in self.codecs:  # all engines have the same
            await super().set_type_codec(typename, **more)
            self.codecs |= {typename}

    async def _prepare(self, query: str, **more: Any) -> Any:
        return await super()._prepare(query, **{**more, "use_cache": True})

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109  the driver has it
        if self.kept_by is None or self.is_closed() or self.is_in_transaction():
            await super().close(timeout=timeout)
            return
        try:
            await self.reset(timeout=timeout)
            await self.execute(_COUNTED)
        except UNUSABLE:
            self.terminate()
        else:
            self.kept_by.resting.append(self)


_READY: dict[URL, KeptDatabase] = {}  # by address


def kept_at(url: URL) -> KeptDatabase | None:
    """The kept database that an engine for `url` would use."""
    return _READY.get(url.set(drivername="postgresql"))


@dataclass
class KeptDatabase:
    """`make` creates a database and gives its address; `drop` drops it."""

    make: Callable[[], Awaitable[str]]
    drop: Callable[[str], Awaitable[None]]
    address: str | None = None
    resting: list[KeptConnection] = field(default_factory=list)
    _keeper: asyncpg.Connection | None = None
    _names: dict[int, str] = field(default_factory=dict)  # of our tables
    _catalog: frozenset[int] = frozenset()
    _known: dict[int, int] = field(default_factory=dict)  # how many rows were ever changed, by table
    _seeds: dict[int, str] = field(default_factory=dict)  # what restores the rows that a new database has
    _sequences: dict[int, int | None] = field(default_factory=dict)
    _filled: dict[object, str] = field(default_factory=dict)  # what writes the rows again that a function wrote

    async def ready(self) -> str:
        """The address of the database, which is as new."""
        if self.address is None:
            self.address = await self.make()
            _READY[make_url(self.address)] = self
            self._keeper = await asyncpg.connect(
                self.address,
                server_settings={"session_replication_role": "replica", "lock_timeout": "2s"},  # no triggers
            )
            await self._learn(self._keeper)
        return self.address

    async def connect(self) -> asyncpg.Connection:
        """For an engine: a connection that rests, or one more. Elsewhere than in the lasting loop it is an ordinary
        one."""
        assert self.address is not None
        loop = asyncio.get_running_loop()
        if not isinstance(loop, LastingLoop):
            return await asyncpg.connect(self.address)
        while self.resting:
            connection = self.resting.pop()
            if not connection.is_closed():
                return connection
        kept: KeptConnection = await asyncpg.connect(
            self.address,
            connection_class=KeptConnection,
            statement_cache_size=2000,
            max_cached_statement_lifetime=0,
            max_cacheable_statement_size=0,
        )
        kept.kept_by = self
        return kept

    async def fill(self, with_what: object, fill: Callable[[], Awaitable[None]]) -> None:
        """Does `fill` with the database as new. From the second time on, only the rows that it left are written."""
        keeper = self._keeper
        assert keeper is not None
        if (rows := self._filled.get(with_what)) is not None:
            await keeper.execute(rows)
            await keeper.execute(_COUNTED)
            return
        await fill()
        steps = []
        for oid, name in self._names.items():
            now, before = await self._rows(keeper, oid), self._seeds.get(oid)
            if now != before:
                steps += [f'DELETE FROM "{name}"'] * (before is not None) + [now] * (now is not None)
        for oid, _, last in await keeper.fetch(_SEQUENCES):
            if last != self._sequences[oid]:
                steps.append(f"SELECT setval({oid}::regclass, {last})")
        self._filled[with_what] = "; ".join(steps)

    async def empty(self) -> None:
        """After a test has closed what it opened."""
        try:
            is_as_new = await self._emptied()
        except UNUSABLE:
            is_as_new = False
        if not is_as_new:
            await self.end()

    async def end(self) -> None:
        if self.address is not None:
            for connection in (*self.resting, self._keeper):
                if connection is not None:
                    connection.terminate()
            self.resting.clear()
            address, self.address, self._keeper = self.address, None, None
            del _READY[make_url(address)]
            await self.drop(address)

    async def _learn(self, keeper: asyncpg.Connection) -> None:
        tables = await keeper.fetch(_TABLES)
        self._names = {oid: name for oid, name, is_ours in tables if is_ours}
        self._catalog = frozenset(oid for oid, name, is_ours in tables if not is_ours and name != "pg_statistic")
        self._known = await self._changes(keeper)
        self._sequences = {oid: last for oid, _, last in await keeper.fetch(_SEQUENCES)}
        self._seeds = {oid: rows for oid in self._names if (rows := await self._rows(keeper, oid)) is not None}

    async def _rows(self, keeper: asyncpg.Connection, oid: int) -> str | None:
        """The statement that writes the rows of this table; None if it has none."""
        name = self._names[oid]
        rows = await keeper.fetchval(f'SELECT json_agg(t) FROM "{name}" AS t')
        if rows is None:
            return None
        literal, columns = rows.replace("'", "''"), await keeper.fetchval(_COLUMNS, oid)
        return (
            f'INSERT INTO "{name}" ({columns}) OVERRIDING SYSTEM VALUE'
            f" SELECT {columns} FROM json_populate_recordset(NULL::\"{name}\", '{literal}')"
        )

    async def _changes(self, keeper: asyncpg.Connection) -> dict[int, int]:
        return dict(await keeper.fetch(_CHANGES, [*self._names, *self._catalog]))

    async def _emptied(self) -> bool:
        keeper = self._keeper
        assert keeper is not None
        mine = [keeper.get_server_pid(), *(each.get_server_pid() for each in self.resting)]
        until = asyncio.get_running_loop().time() + GONE_WITHIN_S
        odd = await keeper.fetchrow(_ODD, mine)
        while odd["others"] and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.01)
            odd = await keeper.fetchrow(_ODD, mine)
        changes = await self._changes(keeper)
        changed = {oid: changes[oid] - known for oid, known in self._known.items() if changes[oid] != known}
        if any(odd) or not self._catalog.isdisjoint(changed):
            return False
        if sum(changed.values()) > MANY_ROWS or min(changed.values(), default=1) < 0:
            return False
        steps = [f'DELETE FROM "{self._names[oid]}"' for oid in changed]
        steps += [self._seeds[oid] for oid in changed if oid in self._seeds]
        for oid, start, last in await keeper.fetch(_SEQUENCES):
            if last != (before := self._sequences[oid]):
                steps.append(f"SELECT setval({oid}::regclass, {before or start}, {before is not None})")
        if steps:
            await keeper.execute("; ".join(steps))
        if changed:
            # Of rows that are only deleted some of the places are used again: the next ones would not lie in the order
            # in which they are written. To cut the files, too, would make each plan invalid.
            tables = ", ".join(f'"{self._names[oid]}"' for oid in changed)
            await keeper.execute(f"VACUUM (SKIP_DATABASE_STATS, TRUNCATE false) {tables}")
            await keeper.execute(_UNCOUNTED, list(changed))
            await keeper.execute(_COUNTED)
            self._known = await self._changes(keeper)
        return True
