"""Each figure against SQL that is written here by itself, over a made-up past, on both databases.

The SQL asks one thing at a time and one period at a time, by plain comparisons of dates; none of it is in the program.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Date, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import ManualClock
from bot.rules.operations.figures import Answers, Bucket, Done, FieldFigures, Rolls, Share
from bot.rules.operations.periods import By, Period
from bot.rules.policy.desk_terms import Desk
from bot.work.operations.figures import read_figures, read_silent, usual_period
from storage.runtime.engine import Database
from storage.schema import Instant, day_states, prunings, unwritten_evenings
from tests.work import lives
from tests.work.lives import add, customer, owes
from tests.work.operations.figures_world import World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WITHIN = {"overdue": 2 * HOUR, "asked": HOUR, "dispute": 4 * HOUR}
POLICY = replace(lives.POLICY, desk=Desk(time_zone="Asia/Taipei", first_answer=WITHIN))
TODAY = {"Asia/Taipei": date(2026, 3, 2), "Europe/Paris": date(2026, 3, 2), "America/Los_Angeles": date(2026, 3, 1)}
FEBRUARY = Period(date(2026, 2, 1), date(2026, 2, 28))
UNTIL_NOW = Period(date(2026, 2, 10), date(2026, 3, 2))
ENDS = {"1-29": (1, 29), "30-59": (30, 59), "60-89": (60, 89), "90+": (90, 100_000)}
DUE_IN = {"current": (-100_000, 0), **ENDS}

WHO_WAS_SILENT = """SELECT day, customer_id, cause FROM day_states WHERE state = 'silent' AND day >= :first
    AND day <= :last ORDER BY day DESC, customer_id"""


async def ask(conn: AsyncConnection, sql: str, **values: Any) -> list[tuple[Any, ...]]:
    query = text(sql)
    for name, value in values.items():
        kind = Instant() if isinstance(value, datetime) else Date() if isinstance(value, date) else None
        query = query.bindparams(bindparam(name, value, type_=kind))
    return [tuple(row) for row in (await conn.execute(query)).all()]


async def number(conn: AsyncConnection, sql: str, **values: Any) -> int:
    ((n,),) = await ask(conn, sql, **values)
    return int(n or 0)


async def counts(conn: AsyncConnection, sql: str, **values: Any) -> dict[Any, int]:
    return {row[0] if len(row) == 2 else row[:-1]: int(row[-1]) for row in await ask(conn, sql, **values)}


def during(period: Period) -> dict[str, datetime]:
    """The instants by the desk's clock."""
    first, after = period.first, period.last + DAY
    since, until = (datetime(d.year, d.month, d.day, tzinfo=ZoneInfo("Asia/Taipei")) for d in (first, after))
    return {"since": since.astimezone(UTC), "until": until.astimezone(UTC)}


@pytest.mark.parametrize(("period", "by"), [(FEBRUARY, "week"), (UNTIL_NOW, None)])
async def test_every_figure_is_what_plain_sql_says(
    db: Database, clock: ManualClock, period: Period, by: By | None
) -> None:
    world = World(db, clock.now())
    await world.fill()
    await world.tell_of_broken()
    found = await read_figures(db, POLICY, period, clock.now(), by)
    async with db.read() as conn:
        await aging_is_right(conn, found)
        await cures_are_right(conn, found)
        for done in (found.done, *found.periods):
            await rolls_are_right(conn, done)
            await work_is_right(conn, done)
            answers = await first_answers(conn, done.period, clock.now())
            assert done.answers == Share(sum(was for _, _, was in answers), len(answers))
            of_agents, of_languages = ([(row[n], row[2]) for row in answers] for n in (0, 1))
            if done is not found.done:
                place = found.periods.index(done)
                assert shares(found.by_agent, place) == shares_of(of_agents)
                assert shares(found.by_language, place) == shares_of(of_languages)
        answers = await first_answers(conn, period, clock.now())
        assert shares(found.by_agent) == shares_of([(agent, was) for agent, _, was in answers])
        assert shares(found.by_language) == shares_of([(language, was) for _, language, was in answers])
        await ratings_are_right(conn, found, period)
        rows = await ask(conn, WHO_WAS_SILENT, first=period.first, last=period.last)
    silent = await read_silent(db, period)
    assert [(str(one.day), one.customer_id, one.cause) for one in silent] == [(str(day), *of) for day, *of in rows]
    async with db.read() as conn:
        not_sent = (
            "SELECT reason, count(*) FROM notices WHERE state = 'not_sent' AND ended_at >= :since AND ended_at < :until"
        )
        told = await counts(conn, f"{not_sent} GROUP BY reason", **during(period))
        assert found.not_sent == {reason or "": n for reason, n in told.items()}
    assert len(found.periods) == (5 if by else 0)  # 1 February is a Sunday
    assert found.done.promises.ended["part"] > 0
    assert found.done.rolls.cured.n > 0
    assert found.done.ratings.n > 0
    assert len(found.closed_by) == 2
    assert all(found.done.rolls.forward(bucket).of for bucket in ("1-29", "30-59", "60-89"))


async def aging_is_right(conn: AsyncConnection, found: FieldFigures) -> None:
    debts = (
        "instalments i JOIN accounts a ON a.account_id = i.account_id JOIN customers c ON c.customer_id = a.customer_id"
    )
    where = (
        "WHERE i.outstanding > 0 AND a.currency = :currency AND c.zone = :zone AND i.due_date BETWEEN :first AND :last"
    )
    oldest = f"SELECT min(i.due_date) AS oldest FROM {debts} WHERE i.outstanding > 0 AND a.currency = :currency"
    of_zone = f"{oldest} AND c.zone = :zone GROUP BY c.customer_id"
    for currency, buckets in found.aging.items():
        for name, bucket in buckets.items():
            meant = Counter[str]()
            for zone, today in TODAY.items():
                low, high = DUE_IN[name]
                days = {"first": today - timedelta(days=high), "last": today - timedelta(days=low)}
                given = {"currency": currency, "zone": zone, **days}
                meant["customers"] += await number(
                    conn, f"SELECT count(*) FROM ({of_zone}) o WHERE o.oldest BETWEEN :first AND :last", **given
                )
                ((n, amount),) = await ask(conn, f"SELECT count(*), sum(i.outstanding) FROM {debts} {where}", **given)
                meant["instalments"] += n
                meant["amount"] += int(amount or 0)
            assert bucket == Bucket(**meant), (currency, name)
    assert set(found.aging) == {"TWD", "JPY"}


async def rolls_are_right(conn: AsyncConnection, done: Done) -> None:
    rolls, last = done.rolls, min(done.period.last, date(2026, 2, 28))  # it is still 1 March in Los Angeles
    if last < done.period.first:
        assert rolls == Rolls()
        return
    since = done.period.first - DAY
    assert (rolls.since, rolls.until) == (since, last)
    known = "FROM day_states {0} JOIN customers c ON c.customer_id = {0}.customer_id AND c.forgotten_at IS NULL"
    then, now = (f"{known.format(name)} WHERE {name}.day = :{name}_day" for name in ("x", "y"))
    other = "(SELECT 1 FROM day_states {0} WHERE {0}.day = :{0}_day AND {0}.customer_id = {1}.customer_id {2})"
    days = {"x_day": since, "y_day": last}
    moved, entered = Counter[tuple[str, str]](), Counter[str]()
    for is_now, (in_y, of_y) in buckets_of("y", last).items():
        fresh = f"SELECT count(*) {now} AND {in_y} AND NOT EXISTS {other.format('x', 'y', '')}"
        entered[is_now] = await number(conn, fresh, **days, **of_y)
        for was, (in_x, of_x) in buckets_of("x", since).items():
            there = f"SELECT count(*) {then} AND {in_x} AND EXISTS {other.format('y', 'x', f'AND {in_y}')}"
            moved[was, is_now] = await number(conn, there, **days, **of_x, **of_y)
    for was, (in_x, of_x) in buckets_of("x", since).items():
        gone = f"SELECT count(*) {then} AND {in_x} AND NOT EXISTS {other.format('y', 'x', '')}"
        moved[was, "current"] = await number(conn, gone, **days, **of_x)
    assert (Counter(rolls.moved), Counter(rolls.entered)) == (moved, entered)


def buckets_of(name: str, day: date) -> dict[str, tuple[str, dict[str, date]]]:
    """How each bucket is said of an evening in SQL, with its values."""
    said: dict[str, tuple[str, dict[str, date]]] = {"unknown": (f"{name}.due_since IS NULL", {})}
    for bucket, (low, high) in ENDS.items():
        values = {f"{name}_first": day - timedelta(days=high), f"{name}_last": day - timedelta(days=low)}
        said[bucket] = (f"{name}.due_since BETWEEN :{name}_first AND :{name}_last", values)
    return said


async def cures_are_right(conn: AsyncConnection, found: FieldFigures) -> None:
    """One overdue customer after the other."""
    rolls, meant = found.done.rolls, dict[str | None, list[bool]]()
    assert rolls.since is not None
    assert rolls.until is not None
    overdue = "SELECT x.customer_id, x.due_since FROM day_states x JOIN customers c ON c.customer_id = x.customer_id"
    for who, since in await ask(conn, f"{overdue} WHERE x.day = :day AND c.forgotten_at IS NULL", day=rolls.since):
        ladders = "SELECT l.policy_version FROM ladders l JOIN instalments i ON i.instalment_id = l.instalment_id"
        theirs = "JOIN accounts a ON a.account_id = i.account_id WHERE a.customer_id = :who AND l.due_date = :since"
        due = None if since is None else date.fromisoformat(str(since))
        begun = await ask(conn, f"{ladders} {theirs} ORDER BY l.begun_at DESC", who=who, since=due) if due else []
        still = "SELECT count(*) FROM day_states WHERE day = :day AND customer_id = :who"
        cured = await number(conn, still, day=rolls.until, who=who) == 0
        meant.setdefault(begun[0][0] if begun else None, []).append(cured)
    assert {cure.version: cure.cured for cure in found.cures} == {
        version: Share(sum(cured), len(cured)) for version, cured in meant.items()
    }
    assert {(cure.version, cure.policy) for cure in found.cures} == {
        ("v1", "policy-v1"),
        ("v2", "policy-v2"),
        (None, None),
    }


async def work_is_right(conn: AsyncConnection, done: Done) -> None:
    values = during(done.period)

    def then(column: str) -> str:
        return f"{column} >= :since AND {column} < :until"

    days = {"first": done.period.first, "last": done.period.last}
    states = "SELECT state, count(*) FROM day_states WHERE day >= :first AND day <= :last GROUP BY state"
    assert Counter(done.coverage.by_state) == Counter(await counts(conn, states, **days))
    causes = states.replace("state, count", "cause, count").replace("WHERE", "WHERE state = 'silent' AND")
    assert done.coverage.causes == await counts(conn, causes.replace("BY state", "BY cause"), **days)
    made = f"SELECT count(*) FROM holds WHERE kind = 'promise' AND {then('set_at')}"
    assert done.promises.made == await number(conn, made, **values)
    how = f"FROM holds h WHERE h.kind = 'promise' AND {then('h.ended_at')}"
    ended = Counter(await counts(conn, f"SELECT h.ended_why, count(*) {how} GROUP BY h.ended_why", **values))
    event = "FROM case_events e JOIN cases c ON c.case_id = e.case_id WHERE e.kind = 'promise_broken'"
    came_in = f"SELECT 1 {event} AND e.body LIKE '%777%' AND c.customer_id = h.customer_id AND e.at = h.ended_at"
    part = await number(conn, f"SELECT count(*) {how} AND h.ended_why = 'broken' AND EXISTS ({came_in})", **values)
    assert Counter(done.promises.ended) == ended - Counter(broken=part) + Counter(part=part)
    once = "decided_at IS NOT NULL AND state NOT IN ('declined', 'refused', 'proposed', 'asked')"
    agreed = f"SELECT count(*) FROM plans WHERE {once} AND {then('decided_at')}"
    assert done.plans.made == await number(conn, agreed, **values)
    over = f"SELECT state, count(*) FROM plans WHERE {once} AND {then('ended_at')} GROUP BY state"
    assert done.plans.ended == await counts(conn, over, **values)
    opened = f"SELECT reason, count(*) FROM cases WHERE {then('opened_at')} GROUP BY reason"
    assert done.opened == await counts(conn, opened, **values)
    closed = f"SELECT reason, outcome, count(*) FROM cases WHERE {then('closed_at')} GROUP BY reason, outcome"
    assert {(reason, outcome): n for reason, of in done.closed.items() for outcome, n in of.items()} == {
        (reason, outcome or "other"): n for (reason, outcome), n in (await counts(conn, closed, **values)).items()
    }
    sent = f"SELECT channel, state, reason, count(*) FROM contacts WHERE direction = 'out' AND {then('at')}"
    for channel, of in done.sends.items():
        told = await counts(conn, f"{sent} AND channel = '{channel}' GROUP BY channel, state, reason", **values)
        states_of = [sum(n for key, n in told.items() if key[1] == s) for s in ("accepted", "refused", "attempted")]
        assert [of.accepted, of.refused, of.unanswered] == states_of
        assert of.refusals == {key[2] or "": n for key, n in told.items() if key[1] == "refused"}
    channels = await counts(
        conn,
        f"SELECT channel, count(*) FROM contacts WHERE direction = 'out' AND {then('at')} GROUP BY channel",
        **values,
    )
    assert set(done.sends) == set(channels)


async def ratings_are_right(conn: AsyncConnection, found: FieldFigures, period: Period) -> None:
    """Of the whole and of each part, by agent and language; and how many cases each agent closed."""
    given = "FROM ratings r WHERE r.score IS NOT NULL AND r.rated_at >= :since AND r.rated_at < :until"
    for done in (found.done, *found.periods):
        values = during(done.period)
        assert done.ratings.scores == await counts(conn, f"SELECT score, count(*) {given} GROUP BY score", **values)
        asked = "SELECT count(*) FROM ratings WHERE state = 'asked' AND asked_at >= :since AND asked_at < :until"
        assert done.ratings.asked == await number(conn, asked, **values)
    for who, column in ((found.rated_agents, "r.agent_id"), (found.rated_languages, "c.language")):
        for place, of in enumerate((period, *(each.period for each in found.periods))):
            told = {each.who: each.ratings if place == 0 else each.parts[place - 1] for each in who}
            assert {name: dict(each.scores) for name, each in told.items() if each.n} == await _rated(conn, column, of)
    values = during(period)
    closed = "SELECT actor_id, count(*) FROM case_events WHERE kind = 'closed' AND at >= :since AND at < :until"
    by = await counts(conn, f"{closed} AND actor_id IS NOT NULL GROUP BY actor_id", **values)
    assert {each.agent_id: each.n for each in found.closed_by} == by


async def _rated(conn: AsyncConnection, column: str, period: Period) -> dict[Any, dict[int, int]]:
    rated = f"SELECT {column}, r.score, count(*) FROM ratings r JOIN customers c ON c.customer_id = r.customer_id"
    when = "WHERE r.score IS NOT NULL AND r.rated_at >= :since AND r.rated_at < :until"
    found: dict[Any, dict[int, int]] = {}
    for name, score, n in await ask(conn, f"{rated} {when} GROUP BY {column}, r.score", **during(period)):
        found.setdefault(name[:2] if isinstance(name, str) else name, {})[score] = n
    return found


async def first_answers(
    conn: AsyncConnection, period: Period, now: datetime
) -> list[tuple[int | None, str | None, bool]]:
    """For each case that counts: who answered, in which language, and whether in time."""
    found = []
    opened = "SELECT k.case_id, k.reason, k.opened_at, k.closed_at, c.language FROM cases k JOIN customers c"
    opened += " ON c.customer_id = k.customer_id WHERE k.opened_at >= :since AND k.opened_at < :until"
    for case_id, reason, at, closed, language in await ask(conn, opened, **during(period)):
        said = "SELECT min(at) FROM contacts WHERE case_id = :n AND kind = 'agent' AND state = 'accepted'"
        ((answered,),) = await ask(conn, said, n=case_id)
        waited = (instant(answered) or instant(closed) or now).replace(microsecond=0) - instant(at).replace(
            microsecond=0
        )
        if answered is None and waited <= WITHIN[reason]:
            continue
        who = "SELECT actor_id FROM case_events WHERE case_id = :n AND (kind = 'introduced' OR body LIKE '%reached%')"
        ((agent, *_), *_) = await ask(conn, f"{who} ORDER BY event_id", n=case_id)
        base = language and language[:2]
        found.append((agent if answered else None, base, waited <= WITHIN[reason]))
    return found


def instant(value: Any) -> Any:
    """SQLite gives text for what is asked of it in text."""
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value


def shares(answers: Sequence[Answers], part: int | None = None) -> dict[Any, Share]:
    """Of the whole time, or of a part of it those who have any."""
    if part is None:
        return {each.who: each.in_time for each in answers}
    return {each.who: each.parts[part] for each in answers if each.parts[part].of}


def shares_of(were: list[tuple[Any, bool]]) -> dict[Any, Share]:
    found: dict[Any, list[bool]] = {}
    for who, was in were:
        found.setdefault(who, []).append(was)
    return {who: Share(sum(each), len(each)) for who, each in found.items()}


# --- Evenings --------------------------------------------------------------------------------------------------------


async def test_an_evening_that_nobody_wrote_down_is_no_end_of_a_roll(db: Database, clock: ManualClock) -> None:
    world = World(db, clock.now(), people=9)
    await world.fill()
    for day in (date(2026, 1, 31), date(2026, 2, 28)):
        await add(db, unwritten_evenings, day=day, cause="it did not run", noted_at=clock.now())
    found = await read_figures(db, POLICY, FEBRUARY, clock.now())
    assert (found.done.rolls.since, found.done.rolls.until) == (date(2026, 2, 1), date(2026, 2, 27))
    assert found.as_json()["unwritten_days"] == {"2026-02-28": "it did not run"}


async def test_where_all_are_cured_the_evening_has_nobody_and_counts(sqlite_db: Database, clock: ManualClock) -> None:
    await customer(sqlite_db, clock.now())
    evening = {"customer_id": "C1", "state": "reached", "due_since": date(2026, 1, 20)}
    await add(sqlite_db, day_states, day=date(2026, 2, 9), **evening)
    found = await read_figures(sqlite_db, POLICY, FEBRUARY, clock.now())
    assert found.done.rolls.cured == Share(1, 1)
    assert found.done.rolls.since == date(2026, 2, 9)  # nobody was written down before


async def test_of_nothing_there_are_no_shares(db: Database, clock: ManualClock) -> None:
    found = (await read_figures(db, POLICY, usual_period(POLICY, clock.now()), clock.now(), "day")).as_json()
    assert (found["aging"], found["cured_by_policy"], found["from"], found["to"]) == (
        {},
        [],
        "2026-02-01",
        "2026-03-02",
    )
    assert found["coverage"]["covered"] == {"n": 0, "of": 0, "share": None}  # type: ignore[index]
    assert len(found["periods"]) == 30  # type: ignore[arg-type]


async def test_sums_that_no_database_could_add_are_as_large_as_can_be(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    for n in range(3):
        await owes(db, clock.now(), date(2026, 3, 1), f"I{n}", amount_due=2**62)
    found = await read_figures(db, POLICY, FEBRUARY, clock.now())
    assert found.aging["TWD"]["1-29"] == Bucket(1, 3, 9 * 10**15)


async def test_days_whose_records_were_removed_are_named(sqlite_db: Database, clock: ManualClock) -> None:
    await add(
        sqlite_db,
        prunings,
        subject="contacts",
        before=date(2026, 2, 10),
        kept_from=date(2026, 2, 10),
        walked_to=0,
        removed=1,
    )
    found = await read_figures(sqlite_db, POLICY, FEBRUARY, clock.now())
    assert found.as_json()["kept_from"] == "2026-02-10"
