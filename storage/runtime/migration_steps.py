"""Lists and runs the steps of `storage.migrations` with Alembic. `storage.runtime.migrate` decides when."""

from __future__ import annotations

from functools import cache

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

FIRST_THAT_LOOKS = "0021"  # programs that know fewer steps refuse every database that knows more
_USABLE = text(
    "INSERT INTO program_state (state_id, usable_from) VALUES (1, :step)"
    " ON CONFLICT (state_id) DO UPDATE SET usable_from = excluded.usable_from"
)


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
    connection.execute(_USABLE, {"step": _usable_from()})


def _usable_from() -> str:
    """Which step a program has to know at least for all that these steps took away: each says it as NEEDS. Until then
    processes of an older version go on beside those of a newer one."""
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return max(str(getattr(script.module, "NEEDS", FIRST_THAT_LOOKS)) for script in scripts)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    return config
