"""When planning looks at whom: whose facts changed, and when time alone may change something for them.

Rows of `changed_customers` are written by triggers (`storage.tables.change_triggers`), in the transaction that changed
something, so nobody who writes to a table has to think of it.
"""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from storage.tables.base import Instant, RowId, metadata

changed_customers = Table(
    "changed_customers",
    metadata,
    Column("change_id", RowId, primary_key=True),
    # No foreign key, and on PostgreSQL a row for each change: nobody who adds one has to wait.
    Column("customer_id", Text, nullable=False, index=True),
)

customer_looks = Table(
    "customer_looks",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("look_at", Instant, nullable=False, index=True),  # customers for whom nothing is foreseen have no row
)

planning_terms = Table(
    "planning_terms",
    metadata,
    Column("name", Text, primary_key=True),  # one row, "current"
    Column("terms", Text, nullable=False),  # fingerprints of the policies and channels that planning last went by
    Column("swept_to", Text),  # up to this customer all were looked at under these terms; NULL: all were
)
