"""Readiness and metrics, for the running program's HTTP side: does the program do its work now, by its database?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from bot.rules.operations.troubles import KINDS, Trouble
from bot.views.operations import alerts
from bot.work.operations.monitoring import LATE_AFTER, Watch
from bot.work.operations.write_probe import WriteProbe
from locales import translator
from storage.operations import metrics as counted
from storage.operations.metrics import Figure
from storage.runtime.engine import Database, is_unavailable
from storage.runtime.heartbeats import last_beat
from storage.runtime.migrate import DatabaseIsNewer, pending

EN = translator("en")
UNREACHABLE = "the database cannot be reached"


@dataclass(frozen=True, slots=True)
class Readiness:
    """`faults`: why the program cannot do its work now; `troubles`: what else has to be fixed."""

    faults: tuple[str, ...] = ()
    troubles: tuple[Trouble, ...] = ()

    def as_json(self) -> dict[str, object]:
        return {
            "status": "not ready" if self.faults else "ok",
            "faults": list(self.faults),
            "troubles": [_trouble_json(trouble) for trouble in self.troubles],
        }


def _trouble_json(trouble: Trouble) -> dict[str, str]:
    words, mend = alerts.plain(EN, trouble)
    return {"kind": trouble.kind, "subject": trouble.subject, "words": words, "mend": mend}


async def readiness(db: Database, watch: Watch, now: datetime, probe: WriteProbe | None = None) -> Readiness:
    """Whether the program can do its work, and its troubles. With a `probe`, also whether the database accepts
    writes."""
    faults = await _faults(db, now)
    if not faults and probe is not None and (fault := await probe.fault()) is not None:
        faults = (fault,)
    if faults:
        return Readiness(faults)
    try:
        return Readiness(troubles=(await watch.seen()).troubles)
    except Exception as error:
        if not is_unavailable(error):
            raise
        return Readiness((UNREACHABLE,))


async def _faults(db: Database, now: datetime) -> tuple[str, ...]:
    try:
        steps = await pending(db)
        async with db.read() as conn:
            planner = await last_beat(conn, "planner") if not steps else None
    except DatabaseIsNewer as error:
        return (str(error),)
    except Exception as error:
        if not is_unavailable(error):
            raise
        return (UNREACHABLE,)
    if steps:
        return (f"the database is not up to date: {len(steps)} steps are missing, run `duebot migrate`",)
    if planner is not None and abs(now - planner) > LATE_AFTER:
        return (f"nothing was planned since {planner.isoformat(timespec='seconds')}: is a sender running?",)
    return ()


async def figures(db: Database, watch: Watch, now: datetime) -> list[Figure]:
    """All metrics; the guarantee and the troubles as the last look found them, and what is counted over all rows as it
    was counted last."""
    seen = await watch.seen()
    of_all_time, counted_at = await watch.counted()
    async with db.read() as conn:
        found = of_all_time + await counted.counts(conn, now)
    age_s = (now - counted_at).total_seconds()
    found.append(Figure("duebot_counted_age_seconds", "Since what grows with the wallet was last counted", age_s))
    for state, count in seen.audit.counts.items():
        found.append(Figure("duebot_guarantee", "Overdue customers by state", count, {"state": state}))
    kinds = Counter(trouble.kind for trouble in seen.troubles)
    return found + [Figure("duebot_trouble", "Troubles by kind", kinds[kind], {"kind": kind}) for kind in KINDS]
