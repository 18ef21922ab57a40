"""The address of a database that is none is refused in words, before anything is opened and without what is secret."""

from __future__ import annotations

import pytest

from storage.runtime.database_url import EXPECTED, OPTIONS, NotADatabase, database_url

SECRET = "s3cret"  # noqa: S105


@pytest.mark.parametrize(
    "address",
    [
        *("", "nonsense", "mysql://h/x", "sqlite:x.db"),
        *("sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite://x.db", "sqlite:///file:x.db?uri=true"),
        *(f"postgresql://u:{SECRET}@h:port/x", f"postgresql://u:{SECRET}@h/x?port=abc"),
        f"postgresql://u:{SECRET}@/x?host=a:1,b",
    ],
)
def test_what_is_no_address_is_told_what_one_looks_like(address: str) -> None:
    with pytest.raises(NotADatabase) as refused:
        database_url(address)
    assert str(refused.value) == EXPECTED


@pytest.mark.parametrize("option", ["channel_binding", "connect_timeout", "timeout", "sslrootcert"])
def test_an_option_that_the_driver_does_not_have_is_named(option: str) -> None:
    with pytest.raises(NotADatabase) as refused:
        database_url(f"postgresql://u:{SECRET}@h/x?sslmode=require&{option}={SECRET}")
    assert str(refused.value).startswith(f"{option} after the ? is no option of it; expected some of sslmode, host")
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("mode", ["yes", "REQUIRE", SECRET])
def test_a_mode_of_encryption_that_is_none_is_told_which_there_are(mode: str) -> None:
    for name in ("sslmode", "ssl"):
        with pytest.raises(NotADatabase, match="^sslmode: expected one of disable, allow, .*verify-full$"):
            database_url(f"postgresql://h/x?{name}={mode}")


def test_addresses_are_those_of_the_drivers() -> None:
    assert str(database_url("sqlite:///a b.db")) == "sqlite+aiosqlite:///a b.db"
    assert str(database_url("postgres://h/x?sslmode=verify-full")) == "postgresql+asyncpg://h/x?ssl=verify-full"
    assert database_url("postgresql+psycopg://h1,h2/x").drivername == "postgresql+asyncpg"
    for option in (name for name in OPTIONS if name not in ("sslmode", "ssl", "port", "prepared_statement_cache_size")):
        assert database_url(f"postgresql://h/x?{option}=y").query[option] == "y"
