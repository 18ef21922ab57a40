"""Health checks, for `duebot doctor`: whether the program can do its work. They look at its settings, its database, its
rounds, Telegram, and the agents' group. A check changes nothing, and its results contain no secrets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.channels.telegram_checks import TelegramChecks
from bot.clock import Clock
from bot.policies import PolicyNotFound, load_policy
from bot.rules.customers.phrases import PhrasesFaulty
from bot.rules.operations.troubles import Trouble
from bot.rules.policy.policy import Policy, PolicyFaulty, find_holes
from bot.rules.reminders.send_check import is_recent, strictest_age
from bot.setting_names import unknown_names
from bot.settings import Settings
from bot.views.operations import alerts
from bot.work.cases.canned_replies import ReplyBook
from bot.work.customers.phrase_book import own_phrases
from bot.work.operations.bot_identity import MEND as MEND_BOT
from bot.work.operations.bot_identity import other_bot
from bot.work.operations.database_checks import examine_database
from bot.work.operations.findings import Finding, bad, doubtful, good
from bot.work.operations.hooks import examine_hooks
from bot.work.operations.late_fee_checks import examine_charges
from bot.work.operations.mail_checks import examine_mail
from bot.work.operations.monitoring import look
from bot.work.operations.own_words_checks import check_guard_words, check_lessons, check_surveys
from bot.work.operations.telegram_checks import examine_telegram
from bot.work.operations.wallet_events import examine_events
from bot.work.policy.policies import PolicyBook
from bot.work.reminders.channel_setup import channel_names
from locales import translator
from storage.facts import imports
from storage.operations import health_queries
from storage.operations import metrics as counted
from storage.operations.health_queries import People, Stuck
from storage.runtime.engine import Database
from storage.runtime.heartbeats import last_beat

PLANNER_LATE_AFTER = timedelta(minutes=2)  # a round is every minute
STUCK_AFTER = timedelta(minutes=10)
EXAMINED_HERE = ("facts_old", "updates_failed")
MAY_BE_MEANT = ("clock_back", "pack_expires", "notices_refused", "reveals_many", "forgotten_overdue", "prune_late")
EN = translator("en")


@dataclass(frozen=True, slots=True)
class _State:
    """What the database says about the program."""

    people: People
    has_instalments: bool
    spoke_at: datetime | None  # the time of the wallet's last facts
    stuck: Stuck
    agents: int
    supervisors: int
    planned_at: datetime | None  # when a round of planning last ended
    troubles: tuple[Trouble, ...]


async def examine(settings: Settings, db: Database, telegram: TelegramChecks | None, clock: Clock) -> list[Finding]:
    """Checks once everything that the program needs. The program can run if no finding is `ok=False`. Without
    `telegram` (there is no token) Telegram is not asked."""
    findings = await examine_here(settings, db, clock)
    if telegram is not None:
        findings += await examine_telegram(settings, telegram, clock.now())
    return findings + await examine_mail(settings, clock)


async def examine_here(settings: Settings, db: Database, clock: Clock) -> list[Finding]:
    """The part of `examine` that asks nobody but the database."""
    now = clock.now()
    policy, found = _examine_policy(settings, now)
    findings = [
        *_examine_settings(settings),
        *_examine_names(),
        *found,
        *_examine_replies(settings),
        *_examine_phrases(settings),
        *_examine_lessons(settings),
        *_examine_guard_words(settings),
        *_examine_surveys(settings),
        *await examine_database(db, clock),
    ]
    if all(finding.ok for finding in findings if finding.what == "database"):
        async with db.read() as conn:
            if (words := await other_bot(conn, settings)) is not None:
                findings.append(bad("token", words, MEND_BOT))
        state = await _read_state(db, settings, policy, now)
        findings += _examine_facts(state, policy, now)
        findings += _examine_work(state, settings, now)
        findings += await examine_charges(db, policy, now) if policy is not None else []
        findings += await examine_events(db, now) if settings.events_secrets else []
        findings += await examine_hooks(db, settings, now)
    return findings


def _examine_settings(settings: Settings) -> Iterator[Finding]:
    if settings.token is None:
        yield bad("settings", "there is no token", "set DUEBOT_TOKEN to the one that @BotFather gives")
    else:
        yield good("settings", "there is a token")
    if settings.agent_chat is None:
        words = "no agents' group is set, so escalations wait in the queue and nobody is told"
        yield doubtful("settings", words, "set DUEBOT_AGENT_CHAT to the id of your agents' forum group")


def _examine_names() -> Iterator[Finding]:
    """Misspelt settings, which have no effect and give no error."""
    for unknown in unknown_names():
        yield doubtful("settings", f"{unknown.name} in {unknown.where} is not a setting", unknown.mend)


def _examine_policy(settings: Settings, now: datetime) -> tuple[Policy | None, list[Finding]]:
    try:
        policy = load_policy(settings.policy)
    except PolicyNotFound as error:
        return None, [bad("policy", str(error), "set DUEBOT_POLICY to one of these")]
    except PolicyFaulty as error:
        return None, [bad("policy", str(error), "fix the file; `duebot policy check FILE` shows every fault")]
    findings = []
    for hole in find_holes(policy, now.date()):
        words = ": ".join(filter(None, (hole.where, hole.message)))
        # A week of holidays is intended; any other hole means that somebody is not told, or that no agent takes over.
        judge = doubtful if "holidays" in hole.where else bad
        findings.append(judge("policy", words, "change the policy; `duebot policy check FILE` looks again"))
    if not findings:
        packs = f", with the rules of {', '.join(policy.packs)}" if policy.packs else ", with the rules of no pack"
        findings.append(good("policy", f"{policy.name} {policy.version} has no holes{packs}"))
    return policy, findings


def _examine_phrases(settings: Settings) -> Iterator[Finding]:
    if not settings.phrases:
        return
    try:
        own = own_phrases(settings.phrases)
    except PhrasesFaulty as error:
        for fault in error.faults:
            yield bad("phrases", f"{settings.phrases}, {fault}", "fix the file that DUEBOT_PHRASES names")
    else:
        yield good("phrases", f"{sum(map(len, own.values()))} phrases of your own")


def _examine_lessons(settings: Settings) -> Iterator[Finding]:
    if settings.learn:
        checked = check_lessons(settings.learn)
        for fault in checked.faults:
            yield bad("lessons", f"{settings.learn}: {fault}", "fix it in the folder that DUEBOT_LEARN names")
        for line in checked.good:
            yield good("lessons", line)


def _examine_guard_words(settings: Settings) -> Iterator[Finding]:
    if settings.guard_words:
        checked = check_guard_words(settings.guard_words)
        for fault in checked.faults:
            yield bad("guard words", fault, "fix the file that DUEBOT_GUARD_WORDS names")
        for line in checked.good:
            yield good("guard words", line)


def _examine_surveys(settings: Settings) -> Iterator[Finding]:
    """A survey that is started later; reminders do not need it."""
    if settings.surveys:
        checked = check_surveys(settings.surveys)
        for fault in checked.faults:
            yield doubtful("surveys", fault, "fix it in the folder that DUEBOT_SURVEYS names; `/survey` leaves it out")
        for line in checked.good:
            yield good("surveys", line)


def _examine_replies(settings: Settings) -> Iterator[Finding]:
    book = ReplyBook(settings.replies).current()
    for fault in book.faults:
        mend = "fix the file that DUEBOT_REPLIES names; until then, agents have the replies from before"
        yield bad("replies", f"{settings.replies}, {fault}", mend)
    if not book.faults:
        yield good("replies", f"{len(book.replies)} canned replies for agents")


async def _read_state(db: Database, settings: Settings, policy: Policy | None, now: datetime) -> _State:
    found = await look(db, PolicyBook(policy), settings, channel_names(settings), now) if policy else []
    async with db.read() as conn:
        return _State(
            people=await health_queries.people(conn),
            has_instalments=await health_queries.has_instalments(conn),
            spoke_at=await imports.wallet_spoke_at(conn),
            stuck=await health_queries.stuck(conn, now - STUCK_AFTER),
            agents=await counted.count_agents(conn),
            supervisors=await counted.count_agents(conn, "supervisor"),
            planned_at=await last_beat(conn, "planner"),
            troubles=tuple(found),
        )


def _examine_facts(state: _State, policy: Policy | None, now: datetime) -> Iterator[Finding]:
    people = state.people
    if not people.customers:
        yield doubtful("customers", "there are none", "run `duebot import PATH…` with the wallet's files")
        return
    words = f"{people.customers} known, {people.linked} linked to Telegram"
    if people.linked:
        yield good("customers", words)
    else:
        yield doubtful("customers", words, "offer links in the wallet: `duebot link CUSTOMER_ID` makes one")
    most = strictest_age(policy) if policy else None
    mend = "run `duebot import PATH…` with newer files, and make sure that it runs regularly"
    if not state.has_instalments:
        yield doubtful("facts", "no instalments are known, so nothing is ever due", mend)
    elif state.spoke_at is None:
        yield doubtful("facts", "the age of the wallet's last facts is unknown", mend)
    elif most is not None and not is_recent(most, state.spoke_at, now):
        words = f"the wallet's last facts are {_age(now - state.spoke_at)} old, the policy allows {_age(most)}"
        yield bad("facts", words, mend)
    else:
        yield good("facts", f"the wallet's last facts are {_age(now - state.spoke_at)} old")


def _examine_work(state: _State, settings: Settings, now: datetime) -> Iterator[Finding]:
    if state.agents:
        yield good("agents", f"{state.agents} may work the queue")
    else:
        yield bad("agents", "nobody may work the queue", "run `duebot agent add TELEGRAM_ID --name NAME`")
    if state.agents and not state.supervisors:
        mend = "run `duebot agent add TELEGRAM_ID --name NAME --role supervisor`"
        yield doubtful("agents", "there is no supervisor to tell about troubles", mend)
    late = state.planned_at is None or abs(now - state.planned_at) > PLANNER_LATE_AFTER
    if state.planned_at is None:
        yield doubtful("planner", "the program has never run on this database", "start the program: `duebot run`")
    elif late:
        words = f"last planned {_age(now - state.planned_at)} ago; the program seems not to be running"
        yield doubtful("planner", words, "start the program: `duebot run`")
    else:
        yield good("planner", f"last planned {_age(now - state.planned_at)} ago")
    yield from _examine_troubles(state.troubles, running=not late)
    yield from _examine_stuck(state.stuck, settings, running=not late)


def _examine_troubles(troubles: Sequence[Trouble], running: bool) -> Iterator[Finding]:
    """What monitoring sees, except what is checked here separately. If the program does not run, that finding is
    enough."""
    for trouble in troubles:
        if trouble.kind in EXAMINED_HERE or (
            trouble.kind == "no_round" and (trouble.subject == "planner" or not running)
        ):
            continue
        judge = doubtful if trouble.kind in MAY_BE_MEANT else bad
        yield judge("watch", *alerts.plain(EN, trouble))


def _examine_stuck(stuck: Stuck, settings: Settings, running: bool) -> Iterator[Finding]:
    """While the program runs, work that waits is stuck; while it does not run, it only waits."""
    over = f"for more than {_age(STUCK_AFTER)}"
    look = "look into the program's log" if running else "start the program: `duebot run`"
    waiting = [
        (stuck.notices_claimed, f"reminders claimed by a sender {over}"),
        (stuck.notices_due, f"reminders that are due and that nobody has sent {over}"),
        (stuck.updates_waiting, f"messages from Telegram that wait {over}"),
        (stuck.relays_waiting, f"messages between agents and customers under way {over}"),
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
