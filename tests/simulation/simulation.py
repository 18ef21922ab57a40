"""The simulation: lives, the program and its far end on one virtual clock, with all checks after each of its steps.

A step is up to some hours, and leads over nobody's last hours of a day, after those of sending: so the guard looks once
more before the day is over. The program's own rounds are a minute apart: each step is a part of its day, at another
minute.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

from bot.channels import Refused
from bot.rules.guarantee import states as rule
from bot.work.guarantee import guard
from bot.work.outlook import customer_timeline
from bot.work.policy.audiences import Crowd, by_hours
from bot.work.runtime.planning_round import whose_turn
from storage.facts import debts, looks
from storage.guarantee import states as guarantee_states
from storage.guarantee import walks
from storage.runtime.customer_sets import for_chosen
from tests.simulation import last_minute
from tests.simulation.far_end import Call, Killed, World
from tests.simulation.ledger import Broken, Ledger, Written
from tests.simulation.lives import Lives
from tests.simulation.people import Person, day_in, draw_people, draw_zones
from tests.simulation.program import Program
from tests.simulation.promises import CHANNELS, FIRST, FIRST_STEPS, SECOND, SECOND_STEPS, SEGMENTS, policies
from tests.simulation.tables import Tables

# Then 29 February comes within a month, clocks go on in the north in March, and back in the south on the 55th day.
START = datetime(2028, 2, 7, tzinfo=UTC)
LATE = 22  # o'clock: all hours of sending are over
WALLET_EVERY = 2  # steps, and so on for the others: another hour of the day each time
COMPARE_EVERY = 15
LOOK_THROUGH_EVERY = 5  # the guard looks through all in each step
KILLED_WHILE_PLANNING, KILLED_WHILE_SENDING = 0.05, 0.04


@dataclass(frozen=True)
class Size:
    """How much is simulated."""

    seed: int
    customers: int
    days: int
    longest_step: int  # in hours

    @classmethod
    def from_environment(cls, seed: int, customers: int, days: int, longest_step: int) -> Size:
        def given(name: str, usual: int) -> int:
            return int(os.environ.get(f"DUEBOT_SIM_{name}", usual))

        return cls(given("SEED", seed), given("CUSTOMERS", customers), given("DAYS", days), longest_step)

    def __str__(self) -> str:
        """What makes this world again."""
        return f"DUEBOT_SIM_SEED={self.seed} DUEBOT_SIM_CUSTOMERS={self.customers} DUEBOT_SIM_DAYS={self.days}"


@dataclass
class Seen:
    """What a simulation went through, so that a test can see that it went through much."""

    messages: int = 0
    doubled: int = 0
    kills: int = 0
    hours_down: int = 0
    states: dict[str, int] = field(default_factory=dict)
    compared: int = 0


async def simulate(address: str, size: Size) -> Seen:
    """Runs it. Whatever fails names the world and the hour, a broken promise the customer's whole story too."""
    simulation = Simulation(address, size)
    try:
        await simulation.run()
    except Broken as broken:
        story = await simulation.story(broken.person)
        raise AssertionError(f"{size}: {broken}\n{story}") from broken
    except Exception as error:
        error.add_note(f"{size}: at {simulation.world.now:%Y-%m-%d %H:%M:%S} UTC")
        raise
    finally:
        await simulation.tables.close()
        await simulation.program.close()
    return simulation.seen


class Simulation:
    """One world."""

    def __init__(self, address: str, size: Size) -> None:
        self.size = size
        random = Random(size.seed)
        self.zones = draw_zones(random)
        segments = random.sample(sorted(SEGMENTS), random.choice((0, 1, 1)))
        self.people = draw_people(random, size.customers, self.zones, segments)
        self.by_id = {p.customer_id: p for p in self.people}
        self.world = World(Random(size.seed + 1), START, _addresses(self.people))
        self.first, self.second = policies(segments)
        self.program = Program(address, self.first, self.world)
        self.tables = Tables(address)
        self.lives = Lives(random, self.program, self.people, self.zones)
        self.ledger = Ledger(FIRST, {self.first.version: FIRST_STEPS, self.second.version: SECOND_STEPS})
        self.chance = Random(size.seed + 2)  # of the program's and the channels' fate
        self.last_minute = Random(size.seed + 3)
        self.seen = Seen()
        self.written = Written(frozenset(), {})
        self._down_until, self._read_on = START, START.date()
        self._last_case = 0
        self._last_tick = START
        self._out_of_order: dict[str, datetime] = {}

    async def run(self) -> None:
        await self.program.open_book()
        await self.lives.begin(START, self.size.days)
        hour = hours = 0
        for step in itertools.count():
            self.world.now = START + timedelta(hours=hour, seconds=self._offset())
            await self._step(step, hours)
            hours = self._hours_on(hour)
            hour += hours
            if hour >= self.size.days * 24:
                break
        now = self.world.now
        past = await guard.past_audit(self.program.db, self.program.book.current, START.date(), now.date(), now)
        missed = [hole for hole in past.holes if hole.cause != "not_running"]  # by a program that was there
        assert not missed, missed

    def _offset(self) -> int:
        """Somewhere in the hour, often at its very beginning."""
        return 0 if self.chance.random() < 0.2 else self.chance.randrange(3300)

    def _hours_on(self, hour: int) -> int:
        """How many hours it is to the next step: as many as are drawn, or until it is late for anybody."""
        drawn = self.chance.randint(1, self.size.longest_step)
        zones = [ZoneInfo(name) for zone in {p.zone for p in self.people} for name in zone.split("|")]

        def is_late(hour: int) -> bool:
            at = START + timedelta(hours=hour)
            return any(at.astimezone(zone).hour == LATE for zone in zones)

        return next((hours for hours in range(1, drawn) if is_late(hour + hours)), drawn)

    async def _step(self, step: int, hours: int) -> None:
        """One step, `hours` after the last."""
        now = self.world.now
        await self._fate(hours)
        await self.lives.go_on(now, the_wallet_speaks=step % WALLET_EVERY == 0)
        if now < self._down_until:
            self.seen.hours_down += hours
            self._last_tick = datetime.max.replace(tzinfo=UTC)
            return
        at_work = 0 <= now.hour < 12
        await self.lives.agents_work(now, sum(self.chance.choice((0, 1, 1, 2)) for _ in range(hours * at_work)))
        overdue = self._overdue()
        await self._check_beforehand(overdue)
        await self._plan(look_through=step % LOOK_THROUGH_EVERY == 0)
        self._last_tick = now
        self.written = await self.tables.written()
        states = self.ledger.check_states(overdue, now, self.written)
        for number, customer_id, reason in await self.tables.new_cases(self._last_case):
            self._last_case = number
            self.ledger.check_case(self.by_id[customer_id], reason, now, self.written)
        for state in states.values():
            self.seen.states[state] = self.seen.states.get(state, 0) + 1
        if step % COMPARE_EVERY == 0:
            await self._compare(states)
        awaited = [self.by_id[customer_id] for customer_id in await self.tables.awaited(now)]
        await last_minute.befall_some(self.last_minute, self.lives, awaited, now)
        await self._send()
        stuck = await self.tables.stuck(now - timedelta(hours=2))
        assert not stuck, f"notices {stuck} never end"

    def _overdue(self) -> list[Person]:
        """The customers who may have a state now: all others owe nothing that was due before their today."""
        today = {zone: day_in(zone, self.world.now) for zone in {p.zone for p in self.people}}
        return [p for p in self.people if p.first_due is not None and p.first_due < today[p.zone] and not p.forgotten]

    # --- What befalls the program -----------------------------------------------------------------------------------

    async def _fate(self, hours: int) -> None:
        now, chance = self.world.now, self.chance
        if now >= self._down_until and chance.random() < 0.0015 * hours:
            self._down_until = now + timedelta(hours=chance.choice((1, 5, 30, 80)))
        for name in CHANNELS:
            if chance.random() < 0.001 * hours:
                self._out_of_order[name] = now + timedelta(hours=chance.choice((1, 4, 12, 50)))
        self.world.down = {name for name, until in self._out_of_order.items() if now < until}
        is_second = now >= START + timedelta(hours=self.size.days * 12)
        changes = is_second and self.program.policy is not self.second
        if changes:
            self.program.policy, self.ledger.promised = self.second, SECOND
        if changes or now.date() > self._read_on:
            self._read_on = now.date()
            await self.program.open_book()

    def _light_fuse(self, most: int, chance: float) -> None:
        self.world.fuse.left = self.chance.randint(1, most) if self.chance.random() < chance else None

    async def _killed(self) -> None:
        self.seen.kills += 1
        await self.program.killed()
        await self.program.open_book()

    # --- What the program does --------------------------------------------------------------------------------------

    async def _plan(self, look_through: bool) -> None:
        self._light_fuse(60, KILLED_WHILE_PLANNING)
        try:
            await self.program.plan()
        except Killed:
            await self._killed()
            await self.program.plan()
            look_through = True
        self.world.fuse.left = None
        await self._check_planning(look_through)

    async def _check_planning(self, look_through: bool) -> None:
        """The guard found nobody whom planning had overlooked, and (`look_through`) a look at the whole wallet finds
        nobody about whom planning would do anything."""
        left: set[str] = set()
        async with self.program.db.read() as conn:
            if look_through:
                await for_chosen(conn)
                crowd = Crowd.of(await looks.persons(conn, sorted(self.by_id)))
                left = await whose_turn(conn, self.program.book, crowd, CHANNELS, self.world.now)
            overlooked = await walks.overlooked_since(conn, START)
        for customer_id in sorted({*left, *filter(None, [overlooked.customer_id])}):
            raise Broken(self.by_id[customer_id], self.world.now, f"was overlooked by planning {overlooked.what}")

    async def _send(self) -> None:
        for _ in range(40):
            killed = await self._send_once()
            if not self._claimed and not killed:
                return
            self.world.now += timedelta(seconds=40 if killed else 5)

    async def _send_once(self) -> bool:
        self._light_fuse(30, KILLED_WHILE_SENDING)
        self.world.calls.clear()
        self._claimed = 0
        try:
            self._claimed = await self.program.send()
            killed = False
        except Killed:
            await self._killed()
            killed = True
        self.world.fuse.left = None
        if self.world.calls:
            await self._check_calls(list(self.world.calls), killed)
        return killed

    async def _check_calls(self, calls: list[Call], killed: bool) -> None:
        notices = [call.notice_id for call in calls]
        recorded = await self.tables.accepted(notices)
        before = {call.person: len(call.person.accepted) for call in calls}
        self.ledger.check(calls, await self.tables.items(notices), recorded, self.written)
        dead = await self.tables.dead_channels({c.person.customer_id for c in calls}) if killed else None
        for call in calls:
            if isinstance(call.outcome, Refused) and call.outcome.address_lost:
                self._is_lost(call, dead)
            if len(call.person.accepted) > before[call.person] and self.chance.random() < 0.4:
                later = self.world.now + timedelta(minutes=self.chance.randint(1, 1500))
                self.lives.after(later, partial(self.lives.answers, call.person))
            if len(call.person.accepted) > before[call.person]:
                last_minute.bring_more(self.last_minute, self.lives, call.person, self.world.now)
        self.seen.messages, self.seen.doubled = self.ledger.messages, self.ledger.doubled

    def _is_lost(self, call: Call, dead: dict[str, set[str]] | None) -> None:
        """The address reaches nobody. After a kill, `dead` tells what the program had on record by then."""
        if dead is None or call.channel in dead[call.person.customer_id]:
            self.ledger.lost(call)

    # --- Checks -----------------------------------------------------------------------------------------------------

    async def _check_beforehand(self, overdue: Sequence[Person]) -> None:
        """Time alone makes nobody silent, even before the planner looks again: they had a case before."""
        written = await self.tables.written()
        now = self.world.now
        for p in overdue:
            if p.touched_at is not None and p.touched_at >= self._last_tick:
                continue
            if now > self._last_tick and self.ledger.state_of(p, now, written) == "silent":
                raise Broken(p, now, "became silent before the planner looked")

    async def _compare(self, states: dict[str, str]) -> None:
        """The three ways to compute a state, in SQL, in Python and here, agree on every customer."""
        now, policy = self.world.now, self.program.book.current
        found: dict[str, str] = {}
        async with self.program.db.read() as conn:
            crowd = Crowd(tuple(await debts.zones_in_use(conn)))
            for audience, _ in by_hours(policy, crowd, now):
                terms = guard.terms_of(policy.for_segment(audience.segment), CHANNELS)
                here = await guarantee_states.states(conn, audience, terms, audience.today)
                for customer_id in found.keys() & here.keys():
                    raise Broken(self.by_id[customer_id], now, "is in two audiences")
                found |= here
        for customer_id in {*found, *states}:
            mine, sql = states.get(customer_id), found.get(customer_id)
            python = self._by_the_rule(self.by_id[customer_id]) if mine else None
            if not mine == sql == python:
                what = f"is {mine} by the ledger, {sql} in SQL, {python} by the rule"
                raise Broken(self.by_id[customer_id], now, what)
        audit = await guard.audit(self.program.db, policy, CHANNELS, now)
        assert sum(audit.counts.values()) == len(states) and audit.counts["silent"] == 0, audit
        self.seen.compared += len(found)

    def _by_the_rule(self, p: Person) -> str:
        today = p.today(self.world.now)
        free, told_at = self.ledger.free_debts(p, self.world.now, self.written)
        signs = [at for at in (p.seen_at, p.paid_at) if at is not None]
        evidence = rule.Evidence(
            oldest_due=min((debt.due for debt in free), default=None),
            open_case=p.customer_id in self.written.in_queue,
            told_at=told_at,
            sign_at=max(signs, default=None),
            reachable=True,
        )
        return rule.state(self.program.book.current.for_segment(p.segment), evidence, today)[0]

    async def story(self, p: Person) -> str:
        told = await customer_timeline.story(self.program.db, self.program.book.current, p.customer_id, self.world.now)
        assert told is not None
        lines = [f"{entry.at:%Y-%m-%d %H:%M:%S} {entry.kind}: {entry.words.splitlines()[0]}" for entry in told.entries]
        return "\n".join([repr(p), *lines])


def _addresses(people: list[Person]) -> dict[str, Person]:
    found: dict[str, Person] = {}
    for p in people:
        found |= {str(p.user_id): p, **({p.email: p} if p.email else {}), **({p.phone: p} if p.phone else {})}
    return found
