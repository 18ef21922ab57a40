"""What was searched in the audit log, as CSV, in the reader's language."""

from __future__ import annotations

from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

from bot.message import Message
from bot.rules.operations.audit_log import Positions, Search
from bot.views.operations import console_operation as views
from bot.work.facts.spreadsheets import csv_lines, guarded
from bot.work.operations.audit_log import audit_pages
from locales import Translator
from storage.runtime.engine import Database

MARK = "\ufeff"  # by which spreadsheets know that it is UTF-8
COLUMNS = ("at", "kind", "agent_id", "agent", "case_id", "customer_id", "words")


async def audit_as_csv(
    db: Database, t: Translator, search: Search | None, after: Positions, zone: ZoneInfo
) -> AsyncIterator[str]:
    """The newest first; only its header if nothing can fit. `kind` is the word that the search takes."""
    yield MARK + csv_lines([COLUMNS])
    if search is None:
        return
    async for entries in audit_pages(db, search, after):
        yield csv_lines(
            [
                (
                    one.at.isoformat(timespec="seconds"),
                    f"{one.source}:{one.kind}",
                    str(one.actor_id or ""),
                    guarded(one.actor),
                    str(one.case_id or ""),
                    guarded(one.customer_id),
                    guarded(Message(views.entry_words(t, one, zone)).plain()),
                )
                for one in entries
            ]
        )
