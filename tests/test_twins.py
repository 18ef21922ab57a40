"""Which tests run on SQLite only, because others run the same statements on PostgreSQL."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import KINDS, _leave_out_twins


def item(function: str, one_in: int, **params: Any) -> Any:
    mark = SimpleNamespace(args=(one_in,))
    callspec = SimpleNamespace(params=params)
    return SimpleNamespace(nodeid=f"a.py::{function}[x]", callspec=callspec, get_closest_marker=lambda _name: mark)


@pytest.mark.parametrize("fixture", ["db", "api"])
def test_every_other_function_of_a_file_runs_on_postgresql_too(fixture: str) -> None:
    items = [item(name, 2, **{fixture: kind}) for name in ("a", "b", "c") for kind in KINDS]
    _leave_out_twins(items)
    found = [(one.nodeid[6], one.callspec.params[fixture]) for one in items]
    assert found == [("a", "sqlite"), ("a", "postgresql"), ("b", "sqlite"), ("c", "sqlite"), ("c", "postgresql")]


@pytest.mark.parametrize("fixture", ["db", "api"])
def test_each_row_and_each_column_of_a_table_has_a_case_on_postgresql(fixture: str) -> None:
    items = [item("a", 3, row=row, column=c, **{fixture: kind}) for row in "xyz" for c in "uvw" for kind in KINDS]
    _leave_out_twins(items)
    both = [one.callspec.params for one in items if one.callspec.params[fixture] == "postgresql"]
    assert len(items) == 12
    assert len(both) == len({case["row"] for case in both}) == len({case["column"] for case in both}) == 3
