"""What a database's error means: whether waiting cures it, and in a few words what is the matter.

Drivers' errors arrive wrapped, some of them two times; so it is the SQLSTATE or SQLite's own code that counts, wherever
in the chain it is, and never the class that is outermost.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# By SQLSTATE (PostgreSQL, Appendix A), the longest that fits: a code, or the class that its first two characters are.
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
    "42501": "its user may not use the schema or its tables; whoever owns them has to GRANT it",
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
# What a person has to mend: waited for while the program runs, since it may be mended any moment, but not at a start.
TO_BE_MENDED = ("28", "3D000", "42501")

# SQLite says the same of a table that is not there as of a locked one; only its code tells them apart.
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
    """SQLite's file cannot be opened, or made where it is to be."""


def is_unavailable(error: BaseException) -> bool:
    """Whether waiting and trying again is the cure for `error`."""
    return trouble_of(error) is not None


def trouble_of(error: BaseException) -> str | None:
    """What keeps the database away, in a few words without names; None where it is not away."""
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
    return OUT_OF_REACH if _lost_connection(error) else None


def is_for_a_person(error: BaseException) -> bool:
    """Whether a person has to do something before it passes: a password, a name, a right."""
    for link in _chain(error):
        if isinstance(link, Unusable):
            return True
        if isinstance(link, sqlite3.Error):
            return _sqlite_code(link) in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY)
        if (state := _sqlstate(link)) is not None:
            return state.startswith(TO_BE_MENDED)
    return False


def damage_of(error: BaseException) -> str | None:
    """What is wrong with the database itself, so that only a backup helps; None where nothing is."""
    for link in _chain(error):
        if isinstance(link, sqlite3.Error):
            return BROKEN_IN_SQLITE.get(_sqlite_code(link))
        if (state := _sqlstate(link)) is not None:
            return BROKEN.get(state)
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised from, the outermost first."""
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
    """The lowest byte; what is above says more of the same."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF


def _is_out_of_something(error: BaseException) -> bool:
    """Whether the machine has no thread or no memory left just now: SQLite's driver needs a thread for a connection."""
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and "can't start new thread" in str(error)
    )


def _is_outdated(error: BaseException) -> bool:
    """Whether a statement was prepared before somebody changed the schema; it is prepared anew the next time."""
    return type(error).__name__ in ("InvalidCachedStatementError", "OutdatedSchemaCacheError")


def _lost_connection(error: BaseException) -> bool:
    """Whether the driver itself says that the connection is no more: there is no SQLSTATE, nobody has sent one."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    asyncpg = sys.modules.get("asyncpg")
    if asyncpg is None:
        return False
    # The same class says that a value fits no column, or that somebody used a connection twice at a time.
    return any(
        isinstance(link, asyncpg.InterfaceError) and not isinstance(link, ValueError) and "closed" in str(link)
        for link in _chain(error)
    )
