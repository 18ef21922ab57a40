"""The meaning of database errors: whether waiting helps, and what is wrong, in a few words.

Drivers' errors arrive wrapped, some of them twice. So the SQLSTATE or SQLite's own code decides, wherever in the chain
it is; the outermost class does not.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# By SQLSTATE (PostgreSQL, Appendix A): a code, or its class, which is its first two characters. The longest match wins.
PASSING = {
    "08": "the connection broke",
    "25006": "it only lets itself be read: a standby, or in recovery",
    "25P03": "the connection broke",
    "25P04": "it took too long",
    "28": "it lets nobody in with that name or password",
    "3D000": "there is no database of that name",
    "40001": "somebody else was quicker",
    "40003": "the connection broke",
    "40P01": "somebody else was quicker",
    "42501": "its user may not use the schema or its tables; their owner has to GRANT it",
    "53": "it is short of something",
    "53100": "its disk is full",
    "53200": "it is short of memory",
    "53300": "it has too many connections",
    "55006": "somebody else is using it",
    "55P03": "somebody else has locked it",
    "57014": "it broke off what was asked",
    "57P": "it is away",
    "57P01": "it is shutting down",
    "57P02": "it has crashed and is coming back",
    "57P03": "it is starting up or shutting down",
    "57P04": "the database was dropped",
    "58": "its disk does not work",
    "72000": "it took too long",
    "XX000": "it has an inner error",
}
# What a person has to mend. A running program waits for it, because it may be mended any moment; a starting one stops.
TO_BE_MENDED = ("28", "3D000", "42501")

# SQLite's error class is the same for a missing table and a locked one; only the code tells them apart.
PASSING_IN_SQLITE = {
    sqlite3.SQLITE_BUSY: "somebody else has locked it",
    sqlite3.SQLITE_LOCKED: "somebody else has locked it",
    sqlite3.SQLITE_PROTOCOL: "somebody else has locked it",
    sqlite3.SQLITE_INTERRUPT: "it broke off what was asked",
    sqlite3.SQLITE_IOERR: "its disk does not work",
    sqlite3.SQLITE_FULL: "its disk is full",
    sqlite3.SQLITE_CANTOPEN: "its file or folder is not there or may not be used",
    sqlite3.SQLITE_PERM: "its file or folder is not there or may not be used",
    sqlite3.SQLITE_READONLY: "its file or folder may not be written to",
}
BROKEN_IN_SQLITE = {
    sqlite3.SQLITE_NOTADB: "it is no SQLite database",
    sqlite3.SQLITE_CORRUPT: "it is damaged",
}
BROKEN = {"XX001": "its data is damaged", "XX002": "an index of it is damaged"}

OUT_OF_REACH = "it cannot be reached"


class Unusable(OSError):
    """SQLite's file cannot be opened or created."""


def is_unavailable(error: BaseException) -> bool:
    """Whether waiting and trying again may help against `error`."""
    return trouble_of(error) is not None


def trouble_of(error: BaseException) -> str | None:
    """Why the database is unavailable, in a few words without names; None if the error means something else."""
    for link in _chain(error):
        if isinstance(link, PoolTimeout):
            return "all connections are in use"
        if isinstance(link, sqlite3.Error):
            return PASSING_IN_SQLITE.get(_sqlite_code(link))
        if (state := _sqlstate(link)) is not None:
            return "its schema has just changed" if _is_outdated(link) else _of_class(PASSING, state)
        if isinstance(link, OSError):
            return f"{OUT_OF_REACH} ({link.strerror or type(link).__name__})"
        if _is_out_of_something(link):
            return "the machine has no thread or no memory left"
    return PASSING["08"] if _lost_connection(error) else None


def is_for_a_person(error: BaseException) -> bool:
    """Whether a person has to mend the cause: a password, a name, a permission."""
    for link in _chain(error):
        if isinstance(link, Unusable):
            return True
        if isinstance(link, sqlite3.Error):
            return _sqlite_code(link) in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY)
        if (state := _sqlstate(link)) is not None:
            return state.startswith(TO_BE_MENDED)
    return False


def damage_of(error: BaseException) -> str | None:
    """The damage of the database itself, against which only a backup helps; None if there is none."""
    for link in _chain(error):
        if isinstance(link, sqlite3.Error):
            return BROKEN_IN_SQLITE.get(_sqlite_code(link))
        if (state := _sqlstate(link)) is not None:
            return BROKEN.get(state)
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and the errors it was raised from, the outermost first."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop(0)
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        orig = getattr(link, "orig", None)
        waiting += [orig if isinstance(orig, BaseException) else None, link.__cause__]


def _sqlstate(error: BaseException) -> str | None:
    state = getattr(error, "sqlstate", None)
    return state if isinstance(state, str) and len(state) == 5 else None


def _of_class(table: dict[str, str], state: str) -> str | None:
    return next((table[state[:length]] for length in (5, 3, 2) if state[:length] in table), None)


def _sqlite_code(error: sqlite3.Error) -> int:
    """The primary result code: the lowest byte. The higher bytes only give details."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF


def _is_out_of_something(error: BaseException) -> bool:
    """Whether the machine has no thread or memory left: SQLite's driver needs a thread for each connection."""
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and "can't start new thread" in str(error)
    )


def _is_outdated(error: BaseException) -> bool:
    """Whether a statement was prepared before the schema changed; the next time it is prepared again."""
    return type(error).__name__ in ("InvalidCachedStatementError", "OutdatedSchemaCacheError")


def _lost_connection(error: BaseException) -> bool:
    """Whether the driver itself reports a lost connection: then no server has sent a SQLSTATE."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    asyncpg = sys.modules.get("asyncpg")
    if asyncpg is None:
        return False
    # An InterfaceError also reports a value that fits no column, and a connection that is used twice at a time. An
    # InternalClientError is what the driver raises of a server's last words that nobody has asked for.
    return any(
        isinstance(link, asyncpg.InternalClientError)
        or (isinstance(link, asyncpg.InterfaceError) and not isinstance(link, ValueError) and "closed" in str(link))
        for link in _chain(error)
    )
