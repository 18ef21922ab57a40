# ruff: noqa: S608 - the statements are made of names that are written here
"""Triggers that note whose facts changed, so that planning looks at them.

They are what SQL offers for "in the same transaction, no matter who writes": the bot, an import, a migration, an
operator's own UPDATE. Each names the columns that planning and the guard read; a change that can only make a customer's
state better (a sign of life, an accepted message, a case that is opened) is left out, since nothing has to be done
about it.

On PostgreSQL, what planning itself writes is not noted: it sets `duebot.planning` for its transaction. On SQLite it
removes those rows, as nobody else can write meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import DDL, event

from storage.tables.base import metadata

NOT_BY_PLANNING = "current_setting('duebot.planning', true) IS DISTINCT FROM 'on'"


@dataclass(frozen=True, slots=True)
class Watched:
    """A table whose changes matter to planning. `inserts` and `updates` are conditions in SQL on the row (`{new}`,
    `{old}`), empty where every one counts; None: none does. `many`: rows come by the thousand, so PostgreSQL is asked
    once a statement."""

    table: str
    columns: tuple[str, ...] = ()
    inserts: str | None = None
    updates: str = ""
    deletes: bool = False
    of_account: bool = False  # the customer is that of the row's account
    many: bool = False

    def customer(self, row: str) -> str:
        if self.of_account:
            return f"(SELECT accounts.customer_id FROM accounts WHERE accounts.account_id = {row}.account_id)"
        return f"{row}.customer_id"


NOT_SENT = "{new}.state = 'not_sent'"

WATCHED = (
    Watched(
        "customers",
        ("zone", "segment", "email", "phone", "forgotten_at", "stopped_at", "how_often", "paused_until"),
        inserts="",
        many=True,
    ),
    Watched("accounts", ("customer_id", "currency")),
    Watched(
        "instalments",
        ("account_id", "due_date", "amount_due", "paid", "status"),
        inserts="",
        of_account=True,
        many=True,
    ),
    Watched("holds", ("customer_id", "until", "ended_at", "amount", "paid_before"), inserts=""),
    Watched("links", ("customer_id", "ended_at"), inserts=""),
    Watched("dead_channels", ("since",), inserts="", deletes=True),
    # Planning itself adds notices in batches; those without a batch were taken out of another one as it was sent.
    # What changed while a receipt was on its way becomes one of its own after that.
    Watched(
        "notices",
        ("state", "reason"),
        inserts="{new}.batch IS NULL AND " + NOT_SENT,
        updates=NOT_SENT + " OR ({new}.kind = 'receipt' AND {old}.state = 'claimed')",
    ),
    Watched(
        "cases",
        ("customer_id", "state", "due_since"),
        updates="{old}.state = 'closed' OR {new}.state = 'closed' OR {old}.state = {new}.state",
    ),
)


def statements(dialect: str) -> Iterator[str]:
    """What makes the triggers; a function of PostgreSQL's comes before its trigger."""
    for watched in WATCHED:
        yield from _on_sqlite(watched) if dialect == "sqlite" else _on_postgresql(watched)


def _changed(watched: Watched, differs: str) -> str:
    """The condition of an update that counts."""
    any_of = " OR ".join(f"OLD.{column} {differs} NEW.{column}" for column in watched.columns)
    which = watched.updates.format(new="NEW", old="OLD")
    return f"({any_of}) AND ({which})" if which else any_of


def _on_sqlite(watched: Watched) -> Iterator[str]:
    if watched.inserts is not None:
        yield _of_one_row(watched, "INSERT", watched.inserts.format(new="NEW"), "NEW")
    yield _of_an_update(watched)
    if watched.deletes:
        yield _of_one_row(watched, "DELETE", "", "OLD")


def _of_one_row(watched: Watched, when: str, condition: str, row: str) -> str:
    """What is noted already is found before, by the condition: an INSERT that reads from the table that it writes to
    costs SQLite a temporary one for each row of an import."""
    whose = watched.customer(row)
    first = f"NOT EXISTS (SELECT 1 FROM changed_customers WHERE changed_customers.customer_id = {whose})"
    return (
        f"CREATE TRIGGER note_{watched.table}_{when.lower()} AFTER {when} ON {watched.table}"
        + (f" WHEN ({condition}) AND {first}" if condition else f" WHEN {first}")
        + f" BEGIN INSERT INTO changed_customers (customer_id) SELECT {whose} WHERE {whose} IS NOT NULL; END"
    )


def _of_an_update(watched: Watched) -> str:
    """Both customers are noted, if the row goes from one to another."""
    whose = " UNION ".join(f"SELECT {watched.customer(row)} AS id" for row in ("NEW", "OLD"))
    noted = "SELECT 1 FROM changed_customers WHERE changed_customers.customer_id = whose.id"
    return (
        f"CREATE TRIGGER note_{watched.table}_update AFTER UPDATE OF {', '.join(watched.columns)} ON {watched.table}"
        f" WHEN {_changed(watched, 'IS NOT')} BEGIN INSERT INTO changed_customers (customer_id)"
        f" SELECT whose.id FROM ({whose}) AS whose WHERE whose.id IS NOT NULL AND NOT EXISTS ({noted}); END"
    )


def _on_postgresql(watched: Watched) -> Iterator[str]:
    yield _function(watched, "update", " UNION ".join(f"SELECT {watched.customer(row)}" for row in ("NEW", "OLD")))
    columns = ", ".join(watched.columns)
    condition = _changed(watched, "IS DISTINCT FROM")
    yield _postgresql_trigger(watched, "update", f"UPDATE OF {columns} ON {watched.table} FOR EACH ROW", condition)
    if watched.inserts is not None and watched.many:
        made = "(SELECT DISTINCT account_id FROM made) AS made" if watched.of_account else "made"
        yield _function(watched, "insert", f"SELECT DISTINCT {watched.customer('made')} FROM {made}")
        each = f"INSERT ON {watched.table} REFERENCING NEW TABLE AS made FOR EACH STATEMENT"
        yield _postgresql_trigger(watched, "insert", each, "")
    elif watched.inserts is not None:
        yield _function(watched, "insert", f"SELECT {watched.customer('NEW')}")
        condition = watched.inserts.format(new="NEW")
        yield _postgresql_trigger(watched, "insert", f"INSERT ON {watched.table} FOR EACH ROW", condition)
    if watched.deletes:
        yield _function(watched, "delete", f"SELECT {watched.customer('OLD')}")
        yield _postgresql_trigger(watched, "delete", f"DELETE ON {watched.table} FOR EACH ROW", "")


def _function(watched: Watched, name: str, whose: str) -> str:
    """Its plan is made once a session, perhaps while `accounts` is empty; without sequential scans it always goes by
    the key."""
    return (
        f"CREATE OR REPLACE FUNCTION note_{watched.table}_{name}() RETURNS trigger LANGUAGE plpgsql"
        " SET enable_seqscan = off AS $$ BEGIN"
        f" INSERT INTO changed_customers (customer_id) {whose}; RETURN NULL; END $$"
    )


def _postgresql_trigger(watched: Watched, name: str, when: str, condition: str) -> str:
    both = f"{NOT_BY_PLANNING} AND ({condition})" if condition else NOT_BY_PLANNING
    called = f"note_{watched.table}_{name}"
    return f"CREATE TRIGGER {called} AFTER {when} WHEN ({both}) EXECUTE FUNCTION {called}()"


for _dialect in ("sqlite", "postgresql"):
    for _statement in statements(_dialect):
        _ddl = DDL(_statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
        event.listen(metadata, "after_create", _ddl.execute_if(dialect=_dialect))
