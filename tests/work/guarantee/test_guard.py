"""The guard opens a case before anybody is silent, for each segment by its own terms; audits tell who is silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.rules.facts.money import Money
from bot.rules.guarantee.states import SilentDay
from bot.rules.guarantee.unwritten_evenings import InWords
from bot.rules.guarantee.walks import AT_ONCE, Walk
from bot.rules.policy.policy import read_policy
from bot.rules.policy.sending_hours import SendingHours
from bot.work.guarantee.guarantee_history import Unwritten, missed
from bot.work.guarantee.guard import Audit, PastAudit, audit, guarantee, look, minimums_of
from bot.work.guarantee.guard_walk import walk
from bot.work.policy.audiences import Crowd
from storage.facts.debts import Audience
from storage.guarantee import walks
from storage.runtime.engine import Database
from storage.schema import cases, day_states
from tests.work.lives import customer, owes, rows

pytestmark = pytest.mark.postgresql_one_in(2)

POLICY = read_policy(
    """
minimum_amount = { TWD = "30" }
sending_hours = { from = "09:00", to = "20:00" }
grace_days = 2

[guarantee]
sent_by_day = 1
seen_by_day = 7

[[step]]
id = "due"
day = 0
message = "due_today"

[[step]]
id = "person"
day = 9
escalate = "overdue"

[segment.patient]
grace_days = 4
sending_hours = { from = "09:00", to = "17:00" }
""",
    "mine.toml",
)
TODAY = date(2026, 3, 2)
TAIPEI_NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)  # still the first of March in New York
TAIPEI_SIX = datetime(2026, 3, 2, 10, tzinfo=UTC)  # the evening of those who are patient


async def guarded(db: Database, now: datetime) -> int:
    """A round of the guard; how many cases it opened."""
    return (await walk(db, POLICY, ("telegram",), now)).opened


async def overdue(db: Database, customer_id: str, days: int, outstanding: int = 120000, **more: object) -> None:
    await customer(db, TAIPEI_NOON, customer_id, **more)
    await owes(db, TAIPEI_NOON, TODAY - timedelta(days=days), f"I-{customer_id}", customer_id, amount_due=outstanding)


async def some_of_each_segment(db: Database) -> None:
    for days in (2, 3, 4, 5):
        await overdue(db, f"plain-{days}", days)
        await overdue(db, f"patient-{days}", days, segment="patient")
    await overdue(db, "little", 9, 2999)
    await overdue(db, "plain-in-manila", 3, zone="Asia/Manila")
    await overdue(db, "plain-in-new-york", 3, zone="America/New_York")  # two days there


async def test_each_segment_is_silent_by_its_own_terms(db: Database) -> None:
    await some_of_each_segment(db)
    found = await audit(db, POLICY, ("telegram",), TAIPEI_NOON)
    assert {hole.customer_id for hole in found.silent} == {
        *("plain-3", "plain-4", "plain-5", "plain-in-manila"),
        "patient-5",
    }
    assert found.counts == {"in_grace": 5, "reached": 0, "in_queue": 0, "on_hold": 0, "silent": 5}
    assert found.as_of == TAIPEI_NOON


async def test_of_few_customers_the_guarantee_is_counted_now_and_of_many_as_the_guard_has_counted(db: Database) -> None:
    await overdue(db, "plain", 5)
    zone = Walk("Asia/Taipei", TAIPEI_NOON, None, AT_ONCE, AT_ONCE, TAIPEI_NOON)
    async with db.write() as conn:
        await walks.begin(conn, [zone])
        await walks.count(conn, {(zone.zone, "reached"): 400, (zone.zone, "silent"): 7}, [zone.zone])
    now = await guarantee(db, POLICY, ("telegram",), TAIPEI_NOON)
    assert now == await audit(db, POLICY, ("telegram",), TAIPEI_NOON)
    assert now.counts["silent"] == 1
    async with db.write() as conn:
        await walks.write(conn, [replace(zone, customers=AT_ONCE + 1)])
    counted = {"in_grace": 0, "reached": 400, "in_queue": 0, "on_hold": 0, "silent": 7}
    assert await guarantee(db, POLICY, ("telegram",), TAIPEI_NOON) == Audit(TAIPEI_NOON, counted, ())


async def test_the_guard_opens_a_case_for_each_who_is_silent(db: Database) -> None:
    await some_of_each_segment(db)
    silent = {hole.customer_id for hole in (await audit(db, POLICY, ("telegram",), TAIPEI_NOON)).silent}
    assert await guarded(db, TAIPEI_NOON) == 6
    tomorrow = {"plain-in-new-york"}  # it is evening there
    assert {case.customer_id for case in await rows(db, cases)} == silent | tomorrow
    assert await guarded(db, TAIPEI_NOON) == 0
    assert (await audit(db, POLICY, ("telegram",), TAIPEI_NOON)).silent == ()


async def test_in_the_evening_who_is_silent_tomorrow_gets_a_case_by_the_hours_of_their_segment(db: Database) -> None:
    await some_of_each_segment(db)
    await guarded(db, TAIPEI_SIX)
    opened = {case.customer_id for case in await rows(db, cases)}
    assert "patient-4" in opened  # silent from tomorrow on, and nothing leaves any more today
    assert "plain-2" not in opened
    assert {row.customer_id for row in await rows(db, day_states)} == {f"patient-{days}" for days in (2, 3, 4, 5)}


async def test_whose_case_is_closed_late_in_the_evening_gets_another_before_they_are_silent(db: Database) -> None:
    await overdue(db, "C1", 2)  # silent from tomorrow on
    assert await guarded(db, EIGHT) == 1
    async with db.write() as conn:
        await conn.execute(cases.update().values(state="closed", closed_at=EIGHT + timedelta(hours=1)))
    assert await guarded(db, EIGHT + timedelta(hours=2)) == 1


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_everybodys_state_is_found_only_for_who_asks(db: Database) -> None:
    await overdue(db, "silent", 5)
    await overdue(db, "graced", 1)
    async with db.read() as conn:
        crowd = Crowd(("Asia/Taipei",))
        (silent,) = await look(conn, POLICY, crowd, ("telegram",), TAIPEI_NOON)
        (all_of_them,) = await look(conn, POLICY, crowd, ("telegram",), TAIPEI_NOON, everybody=True)
    assert (silent.silent_today, silent.states) == (("silent",), {})
    assert all_of_them.states == {"silent": "silent", "graced": "in_grace"}


async def test_in_the_morning_nothing_is_written_down(db: Database) -> None:
    await overdue(db, "C1", 2)
    await guarded(db, TAIPEI_NOON)
    assert await rows(db, day_states) == []


async def test_an_evening_is_written_down_where_nobody_is_silent(db: Database) -> None:
    await overdue(db, "C1", 1)
    await guarded(db, TAIPEI_SIX + timedelta(hours=3))
    assert [(row.day, row.state) for row in await rows(db, day_states)] == [(TODAY, "in_grace")]


async def test_a_missed_evening_is_made_up_by_the_terms_of_each_segment(db: Database) -> None:
    await guarded(db, TAIPEI_NOON)
    await overdue(db, "plain", 3)
    await overdue(db, "patient", 3, segment="patient")
    await guarded(db, TAIPEI_NOON + timedelta(days=1))
    written = {row.customer_id: row.state for row in await rows(db, day_states) if row.day == TODAY}
    assert written == {"plain": "silent", "patient": "in_grace"}


def test_the_minimums_are_those_of_the_policy() -> None:
    assert minimums_of(POLICY) == (Money(3000, "TWD"),)


# --- Which evenings were missed --------------------------------------------------------------------------------------

EVERYBODY = replace(POLICY, segments={})


def evenings(last_round: datetime, now: datetime, zone: str = "Asia/Taipei") -> list[int]:
    return [gap.audience.today.day for gap in missed(EVERYBODY, {zone: last_round}, now)]


EIGHT, MIDNIGHT = datetime(2026, 3, 2, 12, tzinfo=UTC), datetime(2026, 3, 2, 16, tzinfo=UTC)
SOON = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("last_round", "now", "days"),
    [
        (EIGHT - SOON, MIDNIGHT, [2]),
        (EIGHT - SOON, MIDNIGHT - SOON, []),  # it is not over yet
        (EIGHT, MIDNIGHT, []),  # a round at its beginning is one in it
        (EIGHT - SOON, MIDNIGHT + timedelta(days=2), [2, 3, 4]),
        (EIGHT, MIDNIGHT + timedelta(days=2), [3, 4]),
    ],
)
def test_an_evening_without_a_round_in_it_was_missed(last_round: datetime, now: datetime, days: list[int]) -> None:
    assert evenings(last_round, now) == days


def test_the_day_that_apia_skipped_was_not_missed() -> None:
    last_round, now = datetime(2011, 12, 29, 20, tzinfo=UTC), datetime(2011, 12, 31, 20, tzinfo=UTC)
    assert evenings(last_round, now, "Pacific/Apia") == [29, 31]


def test_a_missed_evening_is_told_for_each_segment_by_its_own_hours() -> None:
    found = list(missed(POLICY, dict.fromkeys(("Asia/Taipei", "Asia/Manila"), TAIPEI_NOON), MIDNIGHT))
    assert [(gap.audience, gap.began) for gap in found] == [
        (Audience(("Asia/Taipei", "Asia/Manila"), TODAY, None, ("patient",)), EIGHT),
        (Audience(("Asia/Taipei", "Asia/Manila"), TODAY, "patient"), EIGHT - timedelta(hours=3)),
    ]


def test_a_day_of_rest_is_an_evening_from_its_beginning() -> None:
    rests = replace(EVERYBODY, sending_hours=SendingHours(time(9), time(20), frozenset({1})))  # Tuesday
    (gap,) = missed(rests, {"Asia/Taipei": EIGHT}, MIDNIGHT + timedelta(days=1))
    assert (gap.audience.today, gap.began) == (TODAY + timedelta(days=1), MIDNIGHT)


# --- As programs read it ---------------------------------------------------------------------------------------------

COUNTS = {"in_grace": 1, "reached": 2, "in_queue": 3, "on_hold": 4, "silent": 1}
HOLE = SilentDay("C1", TODAY, "no_channel")


def test_an_audit_as_json() -> None:
    assert Audit(TAIPEI_NOON.replace(microsecond=5), COUNTS, (HOLE,)).as_json() == {
        "as_of": "2026-03-02T04:00:00+00:00",
        "overdue": 11,
        **COUNTS,
        "silent_customers": ["C1"],
    }


def test_an_audit_of_days_as_json() -> None:
    assert PastAudit(COUNTS, (HOLE,), (Unwritten(TODAY, InWords("no round")),)).as_json() == {
        "customer_days": {"overdue": 11, **COUNTS},
        "holes": [{"customer_id": "C1", "day": "2026-03-02", "cause": "no_channel"}],
        "unwritten_days": ["2026-03-02"],
        "unwritten_causes": {"2026-03-02": "no round"},
    }


@pytest.mark.parametrize(
    ("holes", "unwritten", "proves"),
    [((), (), True), ((HOLE,), (), False), ((), (Unwritten(TODAY, InWords("no round")),), False)],
)
def test_days_are_proven_where_nobody_was_silent_and_none_is_missing(
    holes: tuple[SilentDay, ...], unwritten: tuple[Unwritten, ...], proves: bool
) -> None:
    assert PastAudit(COUNTS, holes, unwritten).proves is proves
