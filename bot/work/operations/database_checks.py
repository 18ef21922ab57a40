"""`doctor` checks the database: it is there, intact, up to date, safe from a power cut, and readable by its owner
only.
"""

from __future__ import annotations

from shlex import quote

from bot.clock import Clock
from bot.work.operations.database_words import name_of, words_of
from bot.work.operations.findings import Finding, bad, doubtful, good
from bot.work.operations.write_probe import WriteProbe
from storage.facts import erasures
from storage.runtime.durability import unsafe_settings
from storage.runtime.engine import Database
from storage.runtime.migrate import DatabaseIsNewer, pending
from storage.runtime.pooling import PooledByTransaction, refuse_transaction_pooling
from storage.runtime.private_files import open_to_others


async def examine_database(db: Database, clock: Clock) -> list[Finding]:
    """If one of these findings (`what` is "database") is bad, nothing more can be read from the database."""
    name = name_of(db)
    if db.path is not None and not db.path.exists():
        return [bad("database", f"{name} does not exist yet", "run `duebot migrate`, or fix DUEBOT_DATABASE_URL")]
    try:
        await refuse_transaction_pooling(db)
        steps = await pending(db)
        unsafe = await unsafe_settings(db)
    except DatabaseIsNewer as error:
        return [bad("database", str(error), "install the newer duebot")]
    except PooledByTransaction as error:
        return [bad("database", *str(error).split("; ", 1))]
    except Exception as error:
        if (words := words_of(db, error)) is None:
            raise
        return [bad("database", words, "make sure that it runs, and that DUEBOT_DATABASE_URL names it and may open it")]
    if steps:
        return [bad("database", f"{name} lacks {len(steps)} steps: {', '.join(steps)}", "run `duebot migrate`")]
    if (fault := await WriteProbe(db, clock).fault()) is not None:
        return [bad("database", f"{name}: {fault}", "free some space, or let its user write to it")]
    found = [good("database", f"{name} is reachable, takes writes, and is up to date")]
    if unsafe:
        words = f"{name} may forget what it has said is written when the power fails: {', '.join(unsafe)}"
        found.append(doubtful("durability", words, "switch it on in postgresql.conf, and for this user and database"))
    if (wide := open_to_others(db.path)) if db.path is not None else []:
        words = f"{', '.join(str(file) for file in wide)}: others on this machine may read what customers owe"
        found.append(bad("privacy", words, f"run `chmod 600 {' '.join(quote(str(file)) for file in wide)}`"))
    if refused := await _left_in_telegram(db):
        words = f"of forgotten customers Telegram would not delete so far: {refused}"
        found.append(doubtful("forgetting", words, "let the bot delete messages in the agents' group"))
    return found


async def _left_in_telegram(db: Database) -> str:
    async with db.read() as conn:
        return ", ".join(f"{count} ({reason})" for reason, count in (await erasures.left(conn)).items())
