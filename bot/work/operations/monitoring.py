"""Monitoring: looks for troubles that keep the program from its promise and that a person has to fix.

It uses only the database, so every process sees the same, and the running parts notice one that is dead or was never
started. `alerts` tells the supervisors.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.channels.rate_windows import BULK_SHARE
from bot.rules.operations.retention import keeping, kept_from
from bot.rules.operations.troubles import Kind, Trouble, burst, left_over
from bot.rules.policy.policy import Policy
from bot.rules.reminders.send_check import are_fresh_for_all, strictest_age
from bot.settings import Settings
from bot.work.guarantee.guard import Audit, guarantee
from bot.work.operations.clock_steps import TOLD_FOR
from bot.work.policy.policies import PolicyBook
from bot.work.reminders.channel_setup import channel_names
from bot.work.runtime.parts import Parts
from storage.cases import calls, deadlines
from storage.facts import forgotten_debts, imports
from storage.guarantee import walks
from storage.operations import alerts, clock_steps, health_queries, metrics, monitoring_due, pruning
from storage.operations.health_queries import Attempts
from storage.operations.metrics import Figure
from storage.runtime import program_state
from storage.runtime.engine import Connection, Database
from storage.runtime.heartbeats import DESK_UPKEEP, Part, last_beat, last_beats
from storage.topics import agent_groups

MINUTE = timedelta(minutes=1)
LATE_AFTER = timedelta(minutes=5)  # planner and guard run each minute, the sender ten times as often
PARTS: tuple[Part, ...] = ("planner", "sender", "guard", DESK_UPKEEP, "watch")
RECENTLY = timedelta(days=1)
# Two programs disturb each other at least once a minute, whatever the pauses of each.
RIVAL_STAYS, RIVAL_GONE_AFTER = timedelta(minutes=1), timedelta(minutes=5)
PACKS_AHEAD = timedelta(days=30)  # as in `policy check`
LOOK_AGAIN_AFTER = timedelta(seconds=60)
COUNT_AGAIN_AFTER = timedelta(minutes=10)

# Refusals that are about the channel and not about one person's address.
OF_THE_CHANNEL = (
    *("unauthorized", "network", "server_error", "timed_out", "in_doubt", "bad_request", "rejected"),
    "no_encryption",
)
REFUSED_SHARE = 0.2
REFUSED_AT_LEAST = 5
WELL_AFTER = 10  # messages accepted in a row

# Reasons for an unsent reminder that neither time nor the customer will change.
NOBODY_MENDS = ("bad_request", "rejected", "forbidden", "unknown")
REVEALS_WITHIN, REVEALS_MANY = timedelta(minutes=10), 5
PRUNE_LATE_AFTER = timedelta(days=8)
LONGEST_WAIT = timedelta(days=3)  # from a reminder's due time to its outcome


@dataclass(frozen=True, slots=True)
class Seen:
    """The result of one look: the guarantee as it is, and every trouble."""

    audit: Audit
    troubles: tuple[Trouble, ...]


class Watch:
    """Looks when asked, but at most once a minute."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._turn = asyncio.Lock()
        self._seen: Seen | None = None
        self._counted: tuple[list[Figure], datetime] | None = None

    async def seen(self) -> Seen:
        """The result of the last look; looks again if that was a minute ago."""
        parts = self._parts
        async with self._turn:
            now = parts.clock.now()
            # A look from the future does not count: the clock was set back since.
            if self._seen is None or abs(now - self._seen.audit.as_of) >= LOOK_AGAIN_AFTER:
                channels = channel_names(parts.settings)
                counted = await guarantee(parts.db, parts.policies.as_of(now).current, channels, now)
                troubles = await look(parts.db, parts.policies, parts.settings, channels, now, audited=counted)
                self._seen = Seen(counted, tuple(troubles))
            return self._seen

    async def counted(self) -> tuple[list[Figure], datetime]:
        """What is counted over all rows that are kept, and when: now where they are few, else ten minutes ago at
        most."""
        async with self._turn:
            now = self._parts.clock.now()
            async with self._parts.db.read() as conn:
                if (
                    self._counted is None
                    or abs(now - self._counted[1]) >= COUNT_AGAIN_AFTER
                    or not await metrics.are_many(conn)
                ):
                    self._counted = await metrics.of_all_time(conn), now
            return self._counted


async def look(
    db: Database,
    book: PolicyBook,
    settings: Settings,
    channels: Collection[str],
    now: datetime,
    *,
    audited: Audit | None = None,
) -> list[Trouble]:
    """Every trouble there is now. `audited` is the guarantee if it was counted already."""
    policy = book.as_of(now).current
    counted = audited or await guarantee(db, policy, channels, now)
    found = [Trouble("silent", count=counted.counts["silent"])] if counted.counts["silent"] else []
    async with db.read() as conn:
        beats = await last_beats(conn)
        may_be = await _what_may_be(conn, policy, settings, now)
        if (stepped := await _stepped_back(conn, beats, may_be, now)) is not None:
            found.append(Trouble("clock_back", count=max(1, round(stepped[0] / MINUTE)), at=stepped[1]))
        found += await _rival(conn, now) if "rival" in may_be else ()
        found += await _no_rounds(conn, beats, now)
        found += await _facts_old(conn, policy, now) if "instalments" in may_be else ()
        found += _packs(policy, now)
        found += await _group_unusable(conn, settings) if "group" in may_be else ()
        found += _refusing(await health_queries.attempts(conn, now - RECENTLY))
        found += await _counted(conn, may_be, settings, now)
        found += await _overlooked(conn, now) if "overlooked" in may_be else ()
        found += await _reveals_many(conn, now) if "revealed" in may_be else ()
        found += await _forgotten_overdue(conn, now) if "forgotten" in may_be else ()
        found += await _prune_late(conn, policy, settings, now) if "old" in may_be else ()
        unheard = await alerts.unheard(conn) if "unheard" in may_be else None
        overdue = await deadlines.unheard(conn, now - LATE_AFTER) if "late" in may_be else 0
    if overdue:
        found.append(Trouble("deadline_unheard", count=overdue))
    if unheard is not None:
        found.append(Trouble("alarm_unheard", reason=unheard.reason, at=unheard.since))
    return found


async def _what_may_be(conn: Connection, policy: Policy, settings: Settings, now: datetime) -> frozenset[str]:
    """The troubles that there may be: for most there is no sign, and nothing more is asked about them."""
    kept = now - timedelta(days=keeping(policy, settings.keep_days).days) - PRUNE_LATE_AFTER
    since = monitoring_due.Since(now - RECENTLY, now - LONGEST_WAIT, now - LATE_AFTER, kept)
    return await monitoring_due.there_may_be(conn, since, NOBODY_MENDS)


async def note_start(conn: Connection, now: datetime) -> None:
    """Writes down that a process started; its parts get some time for their first round. A process that restarts before
    anything was planned gets no extra time: so a program that crashes again and again is noticed."""
    started, planned = await program_state.started_at(conn), await last_beat(conn, "planner")
    if started is None or (planned is not None and planned > started):
        await program_state.set_started(conn, now)


async def _stepped_back(
    conn: Connection, beats: Mapping[str, datetime], may_be: Collection[str], now: datetime
) -> tuple[timedelta, datetime] | None:
    """By how much the clock was set back, and when that was noticed: now, or within the last hour."""
    if (ahead := clock_steps.ahead(max(beats.values(), default=None), now)) is not None:
        return ahead, now
    return await clock_steps.last_step(conn, now - TOLD_FOR) if "clock_steps" in may_be else None


async def _no_rounds(conn: Connection, beats: Mapping[str, datetime], now: datetime) -> list[Trouble]:
    if all(part in beats and abs(now - beats[part]) <= LATE_AFTER for part in PARTS):
        return []
    started = await program_state.started_at(conn)
    return [trouble for part in PARTS if (trouble := _no_round(part, beats.get(part), started, now))]


def _no_round(part: Part, at: datetime | None, started: datetime | None, now: datetime) -> Trouble | None:
    """A part that did not run for a long time; no trouble while a part still has its time after the start."""
    since = max((instant for instant in (at, started) if instant is not None), default=None)
    if since is not None and abs(now - since) <= LATE_AFTER:  # a time in the future does not count
        return None
    return Trouble("no_round", part, at=at)


async def note_rival(conn: Connection, now: datetime) -> None:
    """Writes down that Telegram gave updates to another program with the same token."""
    await program_state.note_rival(conn, now, RIVAL_GONE_AFTER)


async def _rival(conn: Connection, now: datetime) -> list[Trouble]:
    """Another program takes updates with the bot's token. Once is no trouble: somebody tried something, or one program
    took over from another."""
    seen = await program_state.rival(conn)
    if seen is None or abs(now - seen[1]) > RIVAL_GONE_AFTER or seen[1] - seen[0] < RIVAL_STAYS:
        return []
    return [Trouble("rival", at=seen[0])]


async def _facts_old(conn: Connection, policy: Policy, now: datetime) -> list[Trouble]:
    """The wallet has sent no facts for longer than some customer's policy allows."""
    if strictest_age(policy) is None or not await health_queries.has_instalments(conn):
        return []
    spoke_at = await imports.wallet_spoke_at(conn)
    return [] if are_fresh_for_all(policy, spoke_at, now) else [Trouble("facts_old", at=spoke_at)]


def _packs(policy: Policy, now: datetime) -> list[Trouble]:
    today = now.date()
    ends = {
        pack.name: pack.expires
        for segment_policy in _with_segments(policy)
        for pack in (segment_policy.untightened or segment_policy).applied
        if pack.expires is not None and pack.expires < today + PACKS_AHEAD
    }
    return [
        Trouble("pack_expired" if day < today else "pack_expires", name, day=day) for name, day in sorted(ends.items())
    ]


def _with_segments(policy: Policy) -> Iterator[Policy]:
    yield policy
    yield from policy.segments.values()


async def _group_unusable(conn: Connection, settings: Settings) -> list[Trouble]:
    """What the group refused, or which rights Telegram says the bot lost there; the rights count more."""
    if settings.agent_chat is None:
        return []
    found = await agent_groups.trouble(conn, "rights", "refusal")
    return [Trouble("group_unusable", reason=found.reason, at=found.noted_at)] if found else []


async def _overlooked(conn: Connection, now: datetime) -> list[Trouble]:
    """Customers whom planning had overlooked; the guard has dealt with them since."""
    found = await walks.overlooked_since(conn, now - RECENTLY)
    return [Trouble("overlooked", found.customer_id, count=found.count)] if found.count else []


async def _reveals_many(conn: Connection, now: datetime) -> list[Trouble]:
    """Agents who recently asked for unusually many customers' numbers in a short time."""
    found = []
    for agent_id, instants in (await calls.all_reveals_since(conn, now - RECENTLY)).items():
        count, began = burst(instants, REVEALS_WITHIN)
        if count >= REVEALS_MANY:
            found.append(Trouble("reveals_many", str(agent_id), count=count, at=began))
    return found


async def _forgotten_overdue(conn: Connection, now: datetime) -> list[Trouble]:
    """Forgotten customers who owe something overdue: nobody but the wallet can reach them. Their day is that of UTC,
    since nothing is known any more of where they live."""
    owing = await forgotten_debts.still_owing(conn, now.date())
    return [Trouble("forgotten_overdue", owing[0].customer_id, count=len(owing))] if owing else []


async def _prune_late(conn: Connection, policy: Policy, settings: Settings, now: datetime) -> list[Trouble]:
    """There are old records, and nobody has looked through them for days: no process runs at night."""
    before = kept_from(keeping(policy, settings.keep_days), await imports.wallet_spoke_at(conn), now)
    oldest, finished = await pruning.oldest_contact(conn), await pruning.last_finished(conn)
    if before is None or oldest is None or oldest.date() >= before - PRUNE_LATE_AFTER:
        return []
    if finished is not None and abs(now - finished) <= PRUNE_LATE_AFTER:
        return []
    return [Trouble("prune_late", at=finished)]


def _refusing(attempts: Sequence[Attempts]) -> Iterator[Trouble]:
    """Channels on which many of the last attempts were refused for a reason of the channel, and still are."""
    for channel in dict.fromkeys(a.channel for a in attempts):
        tried = sum(a.count for a in attempts if a.channel == channel)
        refused = [a for a in attempts if a.channel == channel and a.reason in OF_THE_CHANNEL]
        count = sum(a.count for a in refused)
        if count < REFUSED_AT_LEAST or count <= tried * REFUSED_SHARE:
            continue
        if min(a.newest for a in refused) <= WELL_AFTER:
            most = max(refused, key=lambda a: a.count)
            yield Trouble("channel_refuses", channel, str(most.reason), count, tried)


async def _counted(conn: Connection, may_be: Collection[str], settings: Settings, now: datetime) -> list[Trouble]:
    """Troubles that are found by a number alone. The sending rate is what the settings give to reminders in one
    process; with split roles it is a little less."""
    counts: dict[Kind, int] = {}
    if "planned" in may_be:
        counts["backlog"] = left_over(await health_queries.loads(conn), settings.send_rate * BULK_SHARE, now)
    if "updates" in may_be:
        counts["updates_failed"] = await health_queries.updates_failed(conn, now - RECENTLY)
    if "refused" in may_be:
        began = now - LONGEST_WAIT
        counts["notices_refused"] = await health_queries.notices_refused(conn, NOBODY_MENDS, now - RECENTLY, began)
    return [Trouble(kind, count=count) for kind, count in counts.items() if count]
