"""The steps of `storage.migrations` give exactly the tables of `storage.schema`, in any number of processes at once."""

from __future__ import annotations

import ast
import asyncio
import re
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.migrations import versions
from storage.runtime.engine import Database
from storage.runtime.failures import Unusable
from storage.runtime.migrate import DatabaseIsNewer, NotOurs, is_current, newest, pending, upgrade
from storage.runtime.migration_steps import FIRST_THAT_LOOKS, steps
from storage.schema import metadata
from tests.faults.preloaded import Forked
from tests.sources import parsed

# Everything PostgreSQL knows of a schema that differs between two schemas: columns with types, defaults and generation,
# constraints with their definition, indexes with their condition.
CATALOG = """
SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
       format('%s %s %s %s', a.attnotnull, a.attgenerated, a.attidentity, pg_get_expr(d.adbin, d.adrelid))
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'constraint', conrelid::regclass::text, conname, contype::text, pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'index', tablename, indexname, '', indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(t.oid), pg_get_functiondef(tgfoid)
  FROM pg_trigger t WHERE NOT tgisinternal
"""


async def described(address: str) -> set[tuple[str, ...]]:
    """Every part of a database's schema, as text to compare."""
    db = Database(address)
    async with db.read() as conn:
        if db.is_sqlite:
            rows = await conn.execute(text("SELECT type, tbl_name, name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
        else:
            rows = await conn.execute(text(CATALOG))
        parts = {tuple(normalised(str(part)) for part in row) for row in rows}
    await db.close()
    return {part for part in parts if "alembic_version" not in part[1]}


def normalised(definition: str) -> str:
    """On one line, a table's constraints sorted: SQLite keeps them in the order in which they were written."""
    columns, *constraints = re.sub(r"\s+", " ", definition).removesuffix(" )").split(", CONSTRAINT ")
    return " CONSTRAINT ".join([columns, *sorted(constraints)])


async def test_migrations_give_exactly_the_schema(empty: str) -> None:
    db = Database(empty)
    db.make()
    async with db.write() as conn:
        await conn.run_sync(metadata.create_all)
    meant = await described(empty)
    async with db.write() as conn:
        await conn.run_sync(metadata.drop_all)
    await upgrade(db)
    await db.close()

    assert await described(empty) == meant
    assert len(meant) > len(metadata.tables)


async def test_an_untouched_database_lacks_every_step(empty: str) -> None:
    db, files = Database(empty), list(Path(versions.__file__).parent.glob("0*.py"))
    assert [step.split()[0] for step in await pending(db)] == [f"{number:04}" for number in range(1, len(files) + 1)]
    assert not await is_current(db)
    await db.close()


async def test_a_migrated_database_lacks_nothing(db: Database) -> None:
    assert await pending(db) == []
    assert await is_current(db)


def test_the_newest_step_is_known_by_its_files_name() -> None:
    assert newest() == steps()[-1][0]


async def test_migrating_again_changes_nothing(db: Database) -> None:
    before = await described(db.url.render_as_string(hide_password=False))
    await upgrade(db)
    assert await described(db.url.render_as_string(hide_password=False)) == before


async def test_an_older_duebot_goes_on_with_what_a_newer_one_has_only_added_to(db: Database) -> None:
    async with db.write() as conn:
        await conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert await is_current(db)
    await upgrade(db)


async def test_a_database_of_a_newer_duebot_says_what_to_do(db: Database) -> None:
    async with db.write() as conn:
        await conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        await conn.execute(text("UPDATE program_state SET usable_from = '9998'"))
    with pytest.raises(DatabaseIsNewer, match=r"at step 9999.* up to \d{4}; install the newer duebot"):
        await upgrade(db)


async def test_a_step_that_fails_leaves_nothing_behind(empty: str) -> None:
    db = Database(empty)
    db.make()
    async with db.write() as conn:
        await conn.execute(text("CREATE VIEW notices AS SELECT 1 AS in_the_way"))
    before = await described(empty)
    with pytest.raises(Exception, match="notices"):
        await upgrade(db)
    assert await described(empty) == before
    assert not await is_current(db)
    await db.close()


@pytest.mark.parametrize("table", ["orders", "alembic_version"])
async def test_the_database_of_another_program_is_left_as_it_is(empty: str, table: str) -> None:
    db = Database(empty)
    db.make()
    async with db.write() as conn:
        await conn.execute(text(f"CREATE TABLE {table} (version_num TEXT)"))
        await conn.execute(text(f"INSERT INTO {table} VALUES ('ab12cd34')"))
    before = await described(empty)
    with pytest.raises(NotOurs, match="a database of its own"):
        await upgrade(db)
    assert await described(empty) == before
    await db.close()


async def test_looking_makes_no_file(empty_sqlite: str, tmp_path: Path) -> None:
    db = Database(empty_sqlite)
    assert len(await pending(db)) >= 1
    with pytest.raises(Unusable):
        async with db.read():
            pass
    await db.close()
    assert not (tmp_path / "empty.db").exists()


async def test_tasks_of_one_process_may_migrate_at_once(empty: str) -> None:
    db = Database(empty)
    await asyncio.gather(*(upgrade(db) for _ in range(5)))
    assert await is_current(db)
    await db.close()


async def test_processes_may_migrate_at_once_from_anywhere(empty: str, tmp_path: Path) -> None:
    env = {"DUEBOT_DATABASE_URL": empty}
    running = [await Forked.start("bot", ["migrate"], tmp_path, env) for _ in range(4)]
    assert [await process.wait() for process in running] == [0, 0, 0, 0]

    db = Database(empty)
    assert await is_current(db)
    await db.close()


# What a program that does not know of it does not notice.
ADDS = {"create_table", "add_column", "create_index"}


def takes_away(source: str) -> bool:
    """Whether a step changes what programs that do not know it use, and does not say which programs it needs."""
    tree = parsed(source)
    if any(isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "NEEDS" for node in tree.body):
        return False
    done = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    done = [call for call in done if call.startswith("op.")]
    others = [call for call in done if call.partition("(")[0].removeprefix("op.") not in ADDS]
    strict = [call for call in done if "nullable=False" in call and "server_default" not in call and "op.add_c" in call]
    return bool(others or strict or any("create_index" in call and "unique=True" in call for call in done))


@pytest.mark.parametrize(
    ("source", "taken"),
    [
        ("op.add_column('customers', sa.Column('nickname', sa.Text()))", False),
        ("op.add_column('customers', sa.Column('n', sa.Integer(), nullable=False, server_default='0'))", False),
        ("op.create_table('pets', sa.Column('pet_id', sa.Text(), nullable=False))", False),
        ("op.create_index('ix', 'customers', ['nickname'])", False),
        ("NEEDS = '0022'\nop.drop_column('customers', 'nickname')", False),
        ("op.drop_column('customers', 'nickname')", True),
        ("op.add_column('customers', sa.Column('n', sa.Integer(), nullable=False))", True),
        ("op.create_index('ix', 'customers', ['nickname'], unique=True)", True),
        ("op.execute('DELETE FROM customers')", True),
        ("with op.batch_alter_table('customers') as table:\n    table.drop_column('nickname')", True),
    ],
)
def test_what_takes_away_is_noticed(source: str, taken: bool) -> None:
    assert takes_away(source) is taken


def test_steps_only_add_or_say_which_programs_may_still_run() -> None:
    """Processes of the last version and of the new one run at the same time while the new one is rolled out."""
    new = [path for path in Path(versions.__file__).parent.glob("0*.py") if path.stem[:4] > FIRST_THAT_LOOKS]
    assert [path.name for path in new if takes_away(path.read_text())] == [], "CONTRIBUTING.md, “A column”"
