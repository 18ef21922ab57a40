"""Lists and runs the steps of `storage.migrations` with Alembic. `storage.runtime.migrate` decides when."""

from __future__ import annotations

from functools import cache

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


@cache
def steps() -> list[tuple[str, str]]:
    """Every step as (number, what it does), oldest first."""
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return [(script.revision, script.doc) for script in reversed(list(scripts))]


def run_all(connection: Connection) -> None:
    """Runs every step that the database lacks, in the transaction that `connection` has open."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    return config
