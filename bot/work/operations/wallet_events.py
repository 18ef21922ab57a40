"""Events from the wallet: each is written down before it is answered, and applied a moment later by the code that
imports files.

An event that cannot be applied yet, because it is about an instalment that is not known, is tried again for three days.
Applying twice changes nothing, so a process may be killed at any point. Which of two words is newer is decided by when
the wallet said them, not by the order in which they come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot import spans
from bot.clock import Clock
from bot.rules.facts.strict_json import NotJson, parse_json
from bot.rules.operations.event_signatures import Signed
from bot.rules.operations.wallet_events import WalletEvent, WrongEvent, next_try, read_event
from bot.work.facts.import_json import BY_NAME, MOST_LINE, JsonRows, cells_of
from bot.work.facts.import_values import Refusal, checked
from bot.work.operations.findings import Finding, doubtful, good
from storage.operations import wallet_events
from storage.operations.wallet_events import Received, Waiting
from storage.runtime.engine import Connection, Database
from storage.runtime.write_retry import outage

log = structlog.get_logger()

LOOKED_AT = timedelta(days=3)  # by `doctor`


class Replayed(Exception):
    """It was taken before."""


async def receive(db: Database, signed: Signed, body: bytes, now: datetime) -> bool:
    """Writes an event down; returns whether it is new. Raises `WrongEvent`, and `Replayed` for an older signature that
    was there before."""
    event = _read(body)
    cells = cells_of(BY_NAME[event.kind], event.row)
    if isinstance(cells, str):
        raise WrongEvent(f"data: {cells}")
    try:
        checked(BY_NAME[event.kind], cells, now)  # what no later moment mends is told at once
    except Refusal as why:
        raise WrongEvent(f"data: {why}") from None
    given = Received(signed.event_id, event.type, event.customer_id, body.decode(), now)
    is_new = await db.write_together(wallet_events.write_down, given)
    if signed.is_older and not is_new:
        raise Replayed
    return is_new


async def apply_waiting(db: Database, clock: Clock) -> None:
    """Applies all that waits. Call it when something came, and every few seconds."""
    while True:
        now = clock.now()
        async with db.read() as conn:
            waiting = await wallet_events.waiting(conn, now)
        if not waiting:
            return
        with spans.root("events of the wallet", "consumer", events=len(waiting)):
            await _apply_together(db, waiting, now)


async def _apply_together(db: Database, waiting: Sequence[Waiting], now: datetime) -> None:
    try:
        await _apply(db, waiting, now)
    except Exception as error:
        if outage.noticed(error):
            raise
        await _apply_one_by_one(db, waiting, now)


async def _apply_one_by_one(db: Database, waiting: Sequence[Waiting], now: datetime) -> None:
    """So that an event that nobody thought of holds up no other."""
    for each in waiting:
        try:
            await _apply(db, [each], now)
        except Exception as error:
            if outage.noticed(error):
                raise
            log.exception("an event of the wallet fails", number=each.number)
            async with db.write() as conn:
                again = next_try(each.received_at, now)
                await wallet_events.put_off(conn, each.number, "something went wrong here", again, now)


@dataclass(frozen=True, slots=True)
class _Of:
    """An event that waits, as it is read."""

    number: int
    received_at: datetime
    event: WalletEvent


async def _apply(db: Database, waiting: Sequence[Waiting], now: datetime) -> None:
    """Applies events, at most one about each row: the others come next."""
    by_kind: dict[str, dict[object, _Of]] = {kind: {} for kind in BY_NAME}
    for each in waiting:
        event = _read(each.body.encode())
        rows = by_kind[event.kind]
        rows.setdefault(event.row.get(BY_NAME[event.kind].id_column), _Of(each.number, each.received_at, event))
    for kind, of_kind in by_kind.items():
        if of_kind:
            await _apply_kind(db, kind, list(of_kind.values()), now)


async def _apply_kind(db: Database, kind: str, events: Sequence[_Of], now: datetime) -> None:
    with JsonRows(BY_NAME[kind]) as rows:
        for each in events:
            rows.add(each.event.row)
        done = await rows.take_in(db, now)
    reasons = {refusal.row - 1: refusal.reason for refusal in done.refusals}
    async with db.write() as conn:
        await wallet_events.applied(conn, [each.number for n, each in enumerate(events) if n not in reasons], now)
        await _put_off(conn, events, reasons, now)
    if reasons:
        log.warning("events of the wallet could not be applied", kind=kind, events=len(reasons))


async def _put_off(conn: Connection, events: Sequence[_Of], reasons: Mapping[int, str], now: datetime) -> None:
    for n, reason in reasons.items():
        again = next_try(events[n].received_at, now)
        await wallet_events.put_off(conn, events[n].number, reason, again, now)


async def examine_events(db: Database, now: datetime) -> list[Finding]:
    """Whether events of the last days could not be applied."""
    async with db.read() as conn:
        count, reason = await wallet_events.are_refused(conn, now - LOOKED_AT)
    if not count:
        return [good("events", "all events of the wallet were applied")]
    mend = "send what they are about, or the right values; /api/v1/events lists them"
    return [doubtful("events", f"{count} events of the last days could not be applied, the last one: {reason}", mend)]


def _read(body: bytes) -> WalletEvent:
    if len(body) > MOST_LINE:
        raise WrongEvent(f"expected at most {MOST_LINE} bytes")
    try:
        given: object = parse_json(body)
    except NotJson as why:
        raise WrongEvent(str(why)) from None
    return read_event(given)
