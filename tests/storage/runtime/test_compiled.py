"""Compiled statements are found again, and partial indexes can be used as statements have their values written in."""

from __future__ import annotations

import re

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import sqlite

from storage.runtime.compiled import CompiledStatements
from storage.runtime.partial_index_types import Left, State
from storage.schema import customers, metadata

DIALECT = sqlite.dialect()
# What a condition of a partial index compares a column with.
COMPARED = re.compile(r"(\w+) (?:=|<>|>|IN) (?='|\(|\d)")


def asked(*columns: str) -> tuple[object, ...]:
    """The key under which SQLAlchemy looks for a statement that is built for this call."""
    found = select(*(customers.c[name] for name in columns)).where(customers.c.customer_id == bindparam("given_id"))
    key = found._generate_cache_key()
    assert key is not None
    return DIALECT, key.key, ("given_id",), False, False


def test_a_statement_is_found_by_what_it_is_whichever_object_asks() -> None:
    kept, one = CompiledStatements(), asked("name")
    assert kept.get(one) is None
    kept[one] = "compiled"
    assert kept.get(one) == kept.get(one) == kept.get(asked("name")) == "compiled"
    assert kept.get(asked("zone")) is None
    assert kept.get((*one[:2], (), *one[3:])) is None


def test_few_are_kept_however_many_are_asked_for() -> None:
    kept, name = CompiledStatements(4), asked("name")
    kept[name] = "compiled"
    keys = [asked("name") for _ in range(50)]
    assert [kept.get(key) for key in keys] == ["compiled"] * 50
    assert len(kept._seen) <= 4


def test_values_are_written_into_conditions_that_a_partial_index_may_answer() -> None:
    """Else SQLite prepares such a statement again for each run, and PostgreSQL does not use the index."""
    compared = {
        table.c[name]
        for table in metadata.tables.values()
        for index in table.indexes
        for name in COMPARED.findall(str(index.dialect_options["sqlite"]["where"]))
    }
    assert len(compared) > 10
    assert not [str(column) for column in compared if not isinstance(column.type, State | Left)]
