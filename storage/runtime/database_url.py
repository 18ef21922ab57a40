"""The address of the database as an operator writes it, and as SQLAlchemy's drivers take it. Nothing is opened here."""

from __future__ import annotations

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
# What may be after the ? of PostgreSQL's address: the options of the driver that are words.
OPTIONS = (
    *("sslmode", "host", "port", "user", "password", "database", "passfile", "service", "servicefile"),
    *("target_session_attrs", "krbsrvname", "gsslib", "prepared_statement_cache_size", "ssl"),
)


EXPECTED = "expected sqlite:///path or postgresql://user:password@host/name"


class NotADatabase(ValueError):
    """The address names no database that duebot can use. The message has nothing of what may be secret in it."""


def database_url(address: str) -> URL:
    """Maps `sqlite:///path` and `postgresql://…` to the drivers in use; raises `NotADatabase` for other addresses."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):  # ValueError: of a port that is no number
        url = None
    kind = url.drivername.partition("+")[0] if url else ""
    if url is None or kind not in DRIVERS or (kind == "sqlite" and not _names_a_file(url)):
        raise NotADatabase(EXPECTED)
    return _with_options(url).set(drivername=DRIVERS[kind]) if kind != "sqlite" else url.set(drivername=DRIVERS[kind])


def _names_a_file(url: URL) -> bool:
    """Whether SQLite's address has the path of a file: what is in memory no other process has, nor this one later."""
    name = url.database or ""
    return not url.host and name not in ("", ":memory:") and not name.startswith("file:")


def _with_options(url: URL) -> URL:
    """What libpq calls sslmode, asyncpg calls ssl; the values are the same. An option that the driver does not have it
    would refuse only as it connects."""
    unknown = sorted(url.query.keys() - set(OPTIONS))
    if unknown:
        raise NotADatabase(f"{unknown[0]} after the ? is no option of it; expected some of {', '.join(OPTIONS[:-1])}")
    try:
        url.set(drivername=DRIVERS["postgresql"]).get_dialect()().create_connect_args(url)
    except (ArgumentError, ValueError):  # of a port that is no number, or of several hosts
        raise NotADatabase(EXPECTED) from None
    mode = url.query.get("sslmode", url.query.get("ssl"))
    if mode is None:
        return url
    if mode not in SSL_MODES:
        raise NotADatabase(f"sslmode: expected one of {', '.join(SSL_MODES)}")
    return url.difference_update_query(["sslmode"]).update_query_dict({"ssl": str(mode)})
