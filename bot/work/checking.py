"""Checking that the program can do its work: its database, its rounds, Telegram, the agents' group.

`readiness` and `figures` are for the running program's HTTP side, `examine` is for `duebot doctor`. Nothing is changed
by a check, and no secret is in what it says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.channels.telegram_checks import TelegramChecks
from bot.clock import Clock
from bot.policies import PolicyNotFound, load_policy
from bot.rules.policy import Policy, PolicyFaulty, find_holes
from bot.settings import Settings
from bot.work.checking_telegram import examine_telegram
from bot.work.findings import Finding, bad, doubtful, good
from storage import checkups
from storage import figures as counted
from storage.checkups import Facts, People, Stuck
from storage.engine import Database, is_unavailable
from storage.figures import Figure
from storage.marks import read_mark
from storage.migrate import DatabaseIsNewer, pending

__all__ = ["Finding", "examine", "figures", "readiness"]

PLANNER_LATE_AFTER = timedelta(minutes=2)  # a round is every ten seconds
STUCK_AFTER = timedelta(minutes=10)


async def readiness(db: Database, now: datetime, planner_late_after: timedelta) -> list[str]:
    """Why the program cannot do its work just now; nothing if it can."""
    try:
        steps = await pending(db)
        async with db.read() as conn:
            planner = await read_mark(conn, "tick.planner") if not steps else None
    except DatabaseIsNewer as error:
        return [str(error)]
    except Exception as error:
        if not is_unavailable(error):
            raise
        return ["the database cannot be reached"]
    if steps:
        return [f"the database is not up to date: {len(steps)} steps are missing, run `duebot migrate`"]
    if planner is not None and now - planner[1] > planner_late_after:
        return [f"nothing was planned since {planner[1].isoformat(timespec='seconds')}: is a sender running?"]
    return []


async def figures(db: Database, now: datetime) -> list[Figure]:
    async with db.read() as conn:
        return await counted.counts(conn, now)


# --- The doctor ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _State:
    """What the database says of the program."""

    people: People
    facts: Facts
    stuck: Stuck
    agents: int
    planned_at: datetime | None  # when a round of planning last ended


async def examine(settings: Settings, db: Database, telegram: TelegramChecks | None, clock: Clock) -> list[Finding]:
    """Everything that the program needs, looked at once. It is fit to run where no finding is `ok=False`. Without
    `telegram` (there is no token) nothing is asked there."""
    now = clock.now()
    policy, found = _examine_policy(settings, now)
    findings = [*_examine_settings(settings), *found, *await _examine_database(db)]
    if all(finding.ok for finding in findings if finding.what == "database"):
        state = await _read_state(db, policy, now)
        findings += _examine_facts(state, policy, now)
        findings += _examine_work(state, settings, now)
    if telegram is not None:
        findings += await examine_telegram(settings, telegram, now)
    return findings


def _examine_settings(settings: Settings) -> Iterator[Finding]:
    if settings.token is None:
        yield bad("settings", "there is no token", "set DUEBOT_TOKEN to the one that @BotFather gives")
    else:
        yield good("settings", "there is a token")
    if settings.agent_chat is None:
        words = "no agents' group is set, so escalations wait in the queue and nobody is told"
        yield doubtful("settings", words, "set DUEBOT_AGENT_CHAT to the id of your agents' forum group")


def _examine_policy(settings: Settings, now: datetime) -> tuple[Policy | None, list[Finding]]:
    try:
        policy = load_policy(settings.policy)
    except PolicyNotFound as error:
        return None, [bad("policy", str(error), "set DUEBOT_POLICY to one of these")]
    except PolicyFaulty as error:
        return None, [bad("policy", str(error), "mend the file; `duebot policy check FILE` shows every fault")]
    findings = []
    for hole in find_holes(policy, now.date()):
        words = ": ".join(filter(None, (hole.where, hole.message)))
        # A week of holidays is meant; what else is found means that somebody is not told, or that nobody takes over.
        judge = doubtful if "holidays" in hole.where else bad
        findings.append(judge("policy", words, "change the policy; `duebot policy check FILE` looks again"))
    if not findings:
        packs = f", with the rules of {', '.join(policy.packs)}" if policy.packs else ", with the rules of no pack"
        findings.append(good("policy", f"{policy.name} {policy.version} has no holes{packs}"))
    return policy, findings


async def _examine_database(db: Database) -> list[Finding]:
    name = _database_name(db)
    if _is_missing(db):
        return [bad("database", f"{name} does not exist yet", "run `duebot migrate`, or mend DUEBOT_DATABASE_URL")]
    try:
        steps = await pending(db)
    except DatabaseIsNewer as error:
        return [bad("database", str(error), "install the newer duebot")]
    except Exception as error:
        if not is_unavailable(error):
            raise
        why = f"{name} cannot be reached ({type(error).__name__})"
        return [bad("database", why, "see that it runs, and that DUEBOT_DATABASE_URL names it and may open it")]
    if steps:
        return [bad("database", f"{name} lacks {len(steps)} steps: {', '.join(steps)}", "run `duebot migrate`")]
    return [good("database", f"{name} is reachable and up to date")]


def _is_missing(db: Database) -> bool:
    """Whether there is no file, which merely looking into would create."""
    return db.is_sqlite and bool(db.url.database) and not Path(str(db.url.database)).exists()


def _database_name(db: Database) -> str:
    """What the database may be called where others read it: no user, no password, no options."""
    return f"{db.url.get_backend_name()} {db.url.host + '/' if db.url.host else ''}{db.url.database or ''}"


async def _read_state(db: Database, policy: Policy | None, now: datetime) -> _State:
    most = policy.facts_max_age if policy else None
    async with db.read() as conn:
        mark = await read_mark(conn, "tick.planner")
        return _State(
            people=await checkups.people(conn),
            facts=await checkups.facts(conn, now - most if most is not None else None),
            stuck=await checkups.stuck(conn, now - STUCK_AFTER),
            agents=await counted.count_agents(conn),
            planned_at=mark[1] if mark else None,
        )


def _examine_facts(state: _State, policy: Policy | None, now: datetime) -> Iterator[Finding]:
    people, facts = state.people, state.facts
    if not people.customers:
        yield doubtful("customers", "there are none", "run `duebot import PATH…` with the wallet's files")
        return
    words = f"{people.customers} known, {people.linked} linked to Telegram"
    if people.linked:
        yield good("customers", words)
    else:
        yield doubtful("customers", words, "offer links in the wallet: `duebot link CUSTOMER_ID` makes one")
    most = policy.facts_max_age if policy else None
    mend = "run `duebot import PATH…` with newer files, and see that it is run regularly"
    if facts.newest is None:
        yield doubtful("facts", "no instalments are known, so nothing is ever due", mend)
    elif most is not None and now - facts.newest > most:
        yield bad("facts", f"the newest are {_age(now - facts.newest)} old, the policy allows {_age(most)}", mend)
    elif facts.old_customers:
        words = f"customers who owe something of which the last word is older than allowed: {facts.old_customers}"
        yield doubtful("facts", words, "see that the wallet's files name everybody who owes something")
    else:
        yield good("facts", f"the newest are {_age(now - facts.newest)} old")


def _examine_work(state: _State, settings: Settings, now: datetime) -> Iterator[Finding]:
    if state.agents:
        yield good("agents", f"{state.agents} may work the queue")
    else:
        yield bad("agents", "nobody may work the queue", "run `duebot agent add TELEGRAM_ID --name NAME`")
    late = state.planned_at is None or now - state.planned_at > PLANNER_LATE_AFTER
    if state.planned_at is None:
        yield doubtful("planner", "the program has never run on this database", "start the program: `duebot run`")
    elif late:
        words = f"last planned {_age(now - state.planned_at)} ago; the program seems not to be running"
        yield doubtful("planner", words, "start the program: `duebot run`")
    else:
        yield good("planner", f"last planned {_age(now - state.planned_at)} ago")
    yield from _examine_stuck(state.stuck, settings, running=not late)


def _examine_stuck(stuck: Stuck, settings: Settings, running: bool) -> Iterator[Finding]:
    """What waits while the program runs is stuck; while it does not run, it is merely waiting."""
    over = f"for more than {_age(STUCK_AFTER)}"
    look = "look into the program's log" if running else "start the program: `duebot run`"
    waiting = [
        (stuck.notices_claimed, f"reminders in a sender's hands {over}"),
        (stuck.notices_due, f"reminders that are due and that nobody has sent {over}"),
        (stuck.updates_waiting, f"messages from Telegram that wait {over}"),
        (stuck.relays_waiting, f"words between agents and customers on their way {over}"),
    ]
    if settings.agent_chat is not None:
        waiting.append((stuck.cases_without_topic, f"open cases without a topic in the agents' group {over}"))
    found = [(bad if running else doubtful)("waiting", f"{words}: {n}", look) for n, words in waiting if n]
    if stuck.updates_failed:
        words = f"messages from Telegram that could not be handled and were put aside: {stuck.updates_failed}"
        found.append(doubtful("waiting", words, "look for 'update' in the program's log"))
    yield from found or [good("waiting", "nothing is stuck")]


def _age(length: timedelta) -> str:
    minutes = max(0, int(length.total_seconds())) // 60
    if minutes < 1:
        return "less than a minute"
    if minutes < 120:
        return f"{minutes} minutes" if minutes > 1 else "a minute"
    return f"{minutes // 60} hours" if minutes < 72 * 60 else f"{minutes // (24 * 60)} days"
