"""The checks after an endurance run. They use only the database's rows and the far end's log, and compute hours, days,
sums and limits independently of the program. The policy is `humane`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from benchmarks.endurance_evidence import Copy, Evidence
from benchmarks.endurance_far_end import Arrival
from benchmarks.endurance_people import Payment
from benchmarks.endurance_program import Life

OPENS, CLOSES = time(9), time(20)
STEPS = {"before-3": -3, "due": 0, "after-1": 1, "after-3": 3}
MINIMUM = 3000  # TWD's, in minor units
PER_DAY, PER_WEEK = 1, 3
GROUP_MINUTE = 20
ON_ITS_WAY = timedelta(seconds=3)  # a message that was checked leaves within a second
CLAIM_S = 30.0  # no attempt takes as long


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is expected, and what was found."""

    what: str
    expected: str
    found: str
    holds: bool

    @classmethod
    def none(cls, what: str, found: Iterable[object]) -> Check:
        """There must be none; some of those that there are are named."""
        listed = [str(one) for one in found]
        shown = f"{len(listed)}" + (f": {'; '.join(listed[:3])}" if listed else "")
        return cls(what, "0", shown, not listed)

    @classmethod
    def at_least(cls, what: str, least: int, found: int) -> Check:
        return cls(what, f"≥ {least:,}", f"{found:,}", found >= least)

    @classmethod
    def at_most(cls, what: str, most: int, found: int) -> Check:
        return cls(what, f"≤ {most:,}", f"{found:,}", found <= most)


# --- Notices ---------------------------------------------------------------------------------------------------------


def notices_end(evidence: Evidence, now: datetime) -> Iterator[Check]:
    rows = evidence.notices.values()
    waits = [r.notice_id for r in rows if r.state == "claimed" or (r.state == "planned" and r.expires_at <= now)]
    yield Check.none("notices planned or claimed past their end", waits)
    yield Check.none(
        "notices not sent without a reason", (r.notice_id for r in rows if r.state == "not_sent" and not r.reason)
    )
    lost = evidence.on_record_but_never_came
    yield Check("reminders on record as sent that nobody was given", "0", f"{lost:,}", not lost)
    told = Counter(
        (item.instalment_id, item.step_id, item.due_date)
        for row in rows
        if row.state == "accepted"
        for item in evidence.items.get(row.notice_id, ())
    )
    yield Check.none("steps told in two notices", (key for key, n in told.items() if n > 1))


def every_step_has_a_notice(evidence: Evidence, paid: Collection[str], first: date, last: date) -> Check:
    """Each step of each instalment that began from `first` to `last`, both in the customer's days, is on record."""
    noted = {(i.instalment_id, i.step_id) for items in evidence.items.values() for i in items}
    missing = []
    expected = 0
    for row in evidence.instalments:
        if row.outstanding < MINIMUM or row.instalment_id in paid or row.customer_id in evidence.held:
            continue
        for step, day in STEPS.items():
            if first <= row.due_date + timedelta(days=day) <= last:
                expected += 1
                if (row.instalment_id, step) not in noted:
                    missing.append(f"{row.instalment_id} {step}")
    check = Check.none("steps that came due and are in no notice", missing)
    return Check(f"{check.what} (of {expected:,})", check.expected, check.found, check.holds and expected > 0)


# --- Doubles ---------------------------------------------------------------------------------------------------------


def doubles(evidence: Evidence, lives: Sequence[Life]) -> Iterator[Check]:
    of_notice: dict[int, list[Copy]] = defaultdict(list)
    for copy in evidence.copies:
        if copy.notice_id is not None:
            of_notice[copy.notice_id].append(copy)
    doubled = sum(len(copies) - 1 for copies in of_notice.values())
    killed = [row for row in evidence.contacts if row.state == "attempted"]
    in_doubt = [row for row in evidence.contacts if row.reason == "in_doubt"]
    yield Check.at_most(
        "reminders given twice, beside those in flight or in doubt", len(killed) + len(in_doubt), doubled
    )
    unknown = [c.customer_id for c in evidence.copies if c.notice_id is None]
    yield Check.none("reminders given that were neither on record, in flight nor in doubt", unknown)
    again = []
    for notice_id, copies in of_notice.items():
        on_record = [c for c in copies if c.on_record]
        again += [notice_id for c in copies for r in on_record if c is not r and c.at > r.at]
        again += [notice_id] if len(on_record) > 1 else []
    yield Check.none("reminders given again after they were on record", again)
    ends = [life.ended_at for life in lives if life.killed and life.ended_at is not None]
    stray = [
        r.contact_id for r in killed if not any(timedelta() <= end - r.at < timedelta(seconds=CLAIM_S) for end in ends)
    ]
    yield Check.none("attempts without an outcome that no kill explains", stray)


# --- When and to whom ------------------------------------------------------------------------------------------------


def hours_and_caps(evidence: Evidence) -> Iterator[Check]:
    late = [f"{c.customer_id} {c.at:%d %H:%M:%S}" for c in evidence.copies if not _in_hours(_zone(evidence, c), c.at)]
    yield Check.none("reminders given out of hours", late)
    days: dict[str, list[date]] = defaultdict(list)
    for copy in evidence.copies:
        if copy.on_record:
            days[copy.customer_id].append(copy.at.astimezone(ZoneInfo(_zone(evidence, copy).split("|")[0])).date())
    too_many = [
        f"{id_} {day}"
        for id_, told in days.items()
        for day in set(told)
        if told.count(day) > PER_DAY or sum(day - timedelta(days=6) <= d <= day for d in told) > PER_WEEK
    ]
    yield Check.none("customers told more often than a day or a week allows", too_many)


def blocked_are_left_alone(evidence: Evidence, unblocked: Collection[str]) -> Check:
    refused = Counter(r.customer_id for r in evidence.contacts if r.reason == "blocked")
    again = [id_ for id_, n in refused.items() if n > 1 and id_ not in unblocked]
    return Check.none(f"customers tried again although they had blocked (of {len(refused):,} refusals)", again)


def _zone(evidence: Evidence, copy: Copy) -> str:
    zone: str = evidence.customers[copy.customer_id].zone
    return zone


def _in_hours(zone: str, at: datetime) -> bool:
    return all(OPENS <= at.astimezone(ZoneInfo(name)).time() < CLOSES for name in zone.split("|"))


def nothing_after_payment(evidence: Evidence, payments: Sequence[Payment]) -> Iterator[Check]:
    known = {id_: p.known_at for p in payments if p.known_at is not None for id_ in p.instalment_ids}
    told = []
    on_their_way = 0
    for copy in evidence.copies:
        for item in evidence.items.get(copy.notice_id or 0, ()):
            paid_at = known.get(item.instalment_id)
            if paid_at is not None and copy.at > paid_at:
                on_their_way += copy.at <= paid_at + ON_ITS_WAY
                told += [f"{copy.customer_id} {copy.at - paid_at}"] if copy.at > paid_at + ON_ITS_WAY else []
    yield Check.none(f"reminders of what was paid (of {len(known):,} payments; {on_their_way} were on their way)", told)


# --- Pace ------------------------------------------------------------------------------------------------------------


def pace(arrivals: Sequence[Arrival], rate: int) -> Iterator[Check]:
    """Each limit as the densest that was seen of it."""
    writes = [call for call in arrivals if call.is_write]
    yield Check.none(f"requests over {rate} a second", _over(writes, rate, 1.0))
    chats: dict[int, list[Arrival]] = defaultdict(list)
    for call in writes:
        chats[call.chat_id or 0].append(call)
    private = [over for chat, calls in chats.items() if chat > 0 for over in _over(calls, 1, 1.0)]
    yield Check.none("requests over one a second in a chat", private)
    groups = [over for chat, calls in chats.items() if chat < 0 for over in _over(calls, GROUP_MINUTE, 60.0)]
    yield Check.none(f"requests over {GROUP_MINUTE} a minute in a group", groups)
    yield Check.none("requests during a flood wait that this life had been told of", _in_flood(writes))


def _over(calls: Sequence[Arrival], limit: int, span_s: float) -> Iterator[str]:
    for first, later in zip(calls, calls[limit:], strict=False):
        took_s = (later.at - first.at).total_seconds()  # on the shared clock, by which lives are further apart
        if took_s < span_s:
            yield f"{limit + 1} in {took_s:.3f} s from {first.at:%d %H:%M:%S} (lives {first.life} to {later.life})"


def _in_flood(writes: Sequence[Arrival]) -> Iterator[str]:
    until: dict[int | None, tuple[int, float, float]] = {}
    for call in writes:
        for whom in (None, call.chat_id):
            life, from_s, until_s = until.get(whom, (0, 0.0, 0.0))
            if call.life == life and from_s < call.at_s < until_s:
                yield f"{call.method} to {call.chat_id} {until_s - call.at_s:.2f} s early"
        if call.code == 429:
            group = call.chat_id is not None and call.chat_id < 0
            begins = call.ended_s + 0.5  # what had left before is on its way
            until[call.chat_id if group else None] = (call.life, begins, call.ended_s + call.retry_after_s)
