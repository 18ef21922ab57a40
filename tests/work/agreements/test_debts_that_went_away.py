"""A debt that is no longer owed is told as what happened to it: paid if it was paid, else waived, corrected, moved or
taken off. Each way is tested with each agreement that may exist about the debt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.clock import ManualClock
from bot.policies import load_policy
from bot.rules.cases.event_codec import decode
from bot.views.cases.event_lines import event_line
from bot.work.agreements import agent_agreements, disputes, instalment_plans, promises
from bot.work.agreements.agent_agreements import Agreed
from bot.work.agreements.disputes import key_of
from bot.work.cases import casework
from bot.work.guarantee.guard import audit
from bot.work.operations.desk_statistics import figures
from bot.work.outlook.customer_timeline import story
from bot.work.policy.policies import PolicyBook
from bot.work.runtime import planning_round
from locales import translator
from storage.cases.agents import Agent, add_agent
from storage.cases.cases import open_case_of
from storage.customers.telegram_links import start_link
from storage.facts.customer_facts import facts_of_all
from storage.runtime.engine import Database
from storage.schema import case_events, cases, holds
from tests.conftest import filled
from tests.kept_postgresql import kept_at
from tests.kept_sqlite import KeptFile
from tests.work.facts.wallets import take, write, write_wallet

pytestmark = pytest.mark.postgresql_one_in(3)

MEI = Agent(3001, "Mei", ("en",), "agent")
POLICY = load_policy("humane")
HEAD = "instalment_id,account_id,due_date,amount_due,amount_paid,status\n"
OWED = f"{HEAD}I1,A1,2026-02-24,1000.00,0,open\n"
ANNA = 1001

# What the wallet says next, how a case ends by it, and what its topic reads.
AWAY = {
    "waived": (
        f"{HEAD}I1,A1,2026-02-24,1000.00,0,waived\n",
        "waived",
        ("The wallet waived NT$1,000.00 of I1; NT$0.00 left.",),
    ),
    "moved": (
        f"{HEAD}I1,A1,2026-03-26,1000.00,0,open\n",
        "moved",
        ("The wallet moved I1: it is due 26 Mar 2026 now; NT$1,000.00 left.",),
    ),
    "nothing due": (
        f"{HEAD}I1,A1,2026-02-24,0.00,0,open\n",
        "corrected",
        ("The wallet lowered I1 by NT$1,000.00; NT$0.00 left.",),
    ),
    "taken off": (
        f"{HEAD}I1,A2,2026-02-24,1000.00,0,open\n",
        "taken_off",
        ("I1 is no longer this customer’s: NT$1,000.00.",),
    ),
    "half paid, half waived": (
        f"{HEAD}I1,A1,2026-02-24,1000.00,400.00,waived\n",
        "part_paid",
        ("The wallet waived NT$600.00 of I1; NT$0.00 left.", "NT$400.00 came in for I1; NT$0.00 left."),
    ),
    "half paid, half corrected": (
        f"{HEAD}I1,A1,2026-02-24,400.00,400.00,open\n",
        "part_paid",
        ("The wallet lowered I1 by NT$600.00; NT$0.00 left.",),
    ),
}
PAID = {
    "by a payment": "payment_id,instalment_id,paid_on,amount\nP1,I1,2026-03-02,1000.00\n",
    "by the wallet's sum": f"{HEAD}I1,A1,2026-02-24,1000.00,1000.00,open\n",
    "by the wallet's word": f"{HEAD}I1,A1,2026-02-24,1000.00,0,paid\n",
    "in whole, and lowered": f"{HEAD}I1,A1,2026-02-24,800.00,1000.00,open\n",
    "in whole, and moved": f"{HEAD}I1,A1,2026-03-26,1000.00,1000.00,open\n",
}


@pytest.fixture
async def wallet(db: Database, clock: ManualClock, tmp_path: Path, sqlite_case: Path, kept_file: KeptFile) -> Database:
    """Anna owes 1,000.00 for some days, and Mei has her case."""
    if db.is_sqlite:
        kept_file.fill(sqlite_case)
    elif kept := kept_at(db.url):
        await kept.fill(prepare, lambda: prepare(db, clock, tmp_path))
    else:
        await prepare(db, clock, tmp_path)
    return db


@pytest.fixture(scope="module")
def sqlite_case(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of this wallet, made once."""
    return filled(sqlite_template, tmp_path_factory.mktemp("a-case"), prepare)


async def prepare(db: Database, clock: ManualClock, folder: Path) -> None:
    people = "customer_id,name,language,time_zone\nC1,Anna,en,Asia/Taipei\nC2,Bob,en,Asia/Taipei\n"
    theirs = "account_id,customer_id,product,currency,balance\nA1,C1,Card,TWD,1.00\nA2,C2,Card,TWD,1.00\n"
    wallet = write_wallet(folder / "wallet", customers=people, accounts=theirs, instalments=OWED)
    assert (await take(db, clock.now(), wallet)).ok
    async with db.write() as conn:
        await add_agent(conn, MEI, clock.now())
        await start_link(conn, "C1", ANNA, "payload", clock.now())
    await plan(db, clock)
    await casework.claim_next(db, MEI, clock.now())


async def plan(db: Database, clock: ManualClock) -> None:
    await planning_round.plan(db, PolicyBook(POLICY), clock.now())


async def says(db: Database, clock: ManualClock, tmp_path: Path, file: str) -> None:
    """The wallet says something more, and a round of planning follows."""
    kind = "payments" if file.startswith("payment_id") else "instalments"
    clock.move(timedelta(minutes=5))
    folder = tmp_path / f"says{clock.now():%H%M}"
    assert (await take(db, clock.now(), write(folder, **{kind: file}))).ok
    await plan(db, clock)


# --- What may stand about it -----------------------------------------------------------------------------------------


async def nothing(db: Database, clock: ManualClock) -> None:
    """A case, and nothing agreed."""


async def an_agreed_promise(db: Database, clock: ManualClock) -> None:
    async with db.read() as conn:
        case = await open_case_of(conn, "C1")
    assert case is not None
    assert isinstance(await agent_agreements.promise(db, POLICY.desk, case, MEI, "1000 friday", clock.now()), Agreed)


async def their_own_promise(db: Database, clock: ManualClock) -> None:
    await promises.promise(db, POLICY.desk, "C1", date(2026, 3, 3), clock.now())


async def a_promise_of_no_sum(db: Database, clock: ManualClock) -> None:
    async with db.read() as conn:
        case = await open_case_of(conn, "C1")
    assert case is not None
    assert isinstance(await casework.close(db, case, MEI, "promised", clock.now()), casework.Closed)


async def a_plan(db: Database, clock: ManualClock) -> None:
    async with db.read() as conn:
        case = await open_case_of(conn, "C1")
    assert case is not None
    proposed = await instalment_plans.propose(db, case, MEI, "2 2026-03-10 every week", clock.now())
    assert isinstance(proposed, instalment_plans.Proposed)
    await instalment_plans.decide(db, POLICY.desk, "C1", proposed.plan.plan_id, True, clock.now())


async def a_dispute(db: Database, clock: ManualClock) -> None:
    assert (await disputes.dispute(db, POLICY.desk, "C1", ANNA, key_of("I1"), clock.now())).result == "noted"


async def a_hold(db: Database, clock: ManualClock) -> None:
    async with db.read() as conn:
        case = await open_case_of(conn, "C1")
    assert case is not None
    assert isinstance(await agent_agreements.hold(db, case, MEI, "14", clock.now()), Agreed)


STANDING: dict[str, tuple[Callable[[Database, ManualClock], object], str | None]] = {
    "a case": (nothing, None),
    "an agreed promise": (an_agreed_promise, "promise"),
    "their own promise": (their_own_promise, "promise"),
    "a promise of no sum": (a_promise_of_no_sum, "promise"),
    "a plan": (a_plan, "plan"),
    "a dispute": (a_dispute, "dispute"),
    "a hold": (a_hold, "hold"),
}


async def ended(db: Database, kind: str) -> list[str | None]:
    async with db.read() as conn:
        query = select(holds.c.ended_why).where(holds.c.kind == kind).order_by(holds.c.hold_id)
        return list((await conn.execute(query)).scalars())


async def topic(db: Database) -> str:
    """All that the case's topic reads, in English."""
    async with db.read() as conn:
        rows = (await conn.execute(select(case_events).order_by(case_events.c.event_id))).all()
    return "\n".join(event_line(translator("en"), decode(row.kind, row.body), "Mei").plain() for row in rows)


async def outcome(db: Database) -> tuple[str, str | None]:
    query = select(cases.c.state, cases.c.outcome).where(cases.c.customer_id == "C1")
    async with db.read() as conn:
        row = (await conn.execute(query.order_by(cases.c.case_id.desc()))).first()
    assert row is not None
    return row.state, row.outcome


async def why_not_sent(db: Database) -> str:
    """Why a reminder about the debt would not be sent."""
    async with db.read() as conn:
        found = await facts_of_all(conn, ["C1"], {"C1": ["I1"]})
    return found["C1"].gone.get("I1", "moved")


@pytest.mark.postgresql_one_in(6)
@pytest.mark.parametrize("stands", STANDING)
@pytest.mark.parametrize("away", AWAY)
async def test_what_went_away_without_money_is_never_told_as_paid(
    wallet: Database, clock: ManualClock, tmp_path: Path, away: str, stands: str
) -> None:
    agree, kind = STANDING[stands]
    file, ends_as, lines = AWAY[away]
    await agree(wallet, clock)  # type: ignore[misc]
    await says(wallet, clock, tmp_path, file)
    closed_before = stands == "a promise of no sum"  # by an agent, as promised
    if (away, stands) == ("moved", "a dispute"):
        assert await outcome(wallet) == ("claimed", None)  # they still say that it is not right
    else:
        assert await outcome(wallet) == ("closed", "promised" if closed_before else ends_as)
    if (away, stands) in (("moved", "a dispute"), ("moved", "a plan")):
        assert await ended(wallet, str(kind)) == [None]  # what is due later is still paid in parts, or not right
    elif kind is not None:
        assert await ended(wallet, kind) == ["not_needed" if kind in ("promise", "plan") else "settled"]
    read = await topic(wallet)
    for never in ("has been paid", "was kept", "1,000.00 of NT$1,000.00", "was not kept", "missed"):
        assert never not in read, read
    if stands == "a case":
        assert all(line in read for line in lines), read
    all_that_was_left_was_paid = away == "half paid, half corrected"
    assert (await why_not_sent(wallet) == "paid") is all_that_was_left_was_paid
    one = await figures(wallet, POLICY.desk, 30, clock.now())
    assert (one.promises, one.plans) == ((0, 0), (0, 0))
    assert "paid" not in one.outcomes
    found = await audit(wallet, POLICY, ("telegram",), clock.now())
    assert sum(found.counts.values()) == (away == "taken off")  # whose it is now owes it
    assert found.counts["silent"] == 0
    told = await story(wallet, POLICY, "C1", clock.now())
    assert told is not None
    assert not [entry.words for entry in told.entries if "was kept" in entry.words or "has been paid" in entry.words]


@pytest.mark.postgresql_one_in(5)
@pytest.mark.parametrize("stands", [name for name in STANDING if name not in ("a promise of no sum",)])
@pytest.mark.parametrize("paid", PAID)
async def test_what_was_paid_is_told_as_paid(
    wallet: Database, clock: ManualClock, tmp_path: Path, paid: str, stands: str
) -> None:
    agree, kind = STANDING[stands]
    await agree(wallet, clock)  # type: ignore[misc]
    await says(wallet, clock, tmp_path, PAID[paid])
    agreed_in_case = {"an agreed promise": "promised", "a plan": "plan"}
    assert await outcome(wallet) == ("closed", agreed_in_case.get(stands, "paid"))
    if kind is not None:
        assert await ended(wallet, kind) == ["kept" if kind in ("promise", "plan") else "settled"]
    read = await topic(wallet)
    assert "NT$1,000.00 came in for I1" in read
    assert "waived" not in read and "no longer" not in read
    assert await why_not_sent(wallet) == "paid"


@pytest.mark.parametrize("paid", PAID)
async def test_a_promise_of_no_sum_is_kept_by_money(
    wallet: Database, clock: ManualClock, tmp_path: Path, paid: str
) -> None:
    await a_promise_of_no_sum(wallet, clock)
    await says(wallet, clock, tmp_path, PAID[paid])
    assert await ended(wallet, "promise") == ["kept"]


async def test_what_is_waived_and_owed_again_is_as_before(wallet: Database, clock: ManualClock, tmp_path: Path) -> None:
    await says(wallet, clock, tmp_path, AWAY["waived"][0])
    assert (await outcome(wallet))[0] == "closed"
    await says(wallet, clock, tmp_path, OWED)
    assert await outcome(wallet) == ("waiting", None)


async def test_an_old_instalment_that_comes_late_with_its_payments_keeps_no_promise(
    wallet: Database, clock: ManualClock, tmp_path: Path
) -> None:
    await an_agreed_promise(wallet, clock)
    await says(wallet, clock, tmp_path, f"{HEAD}I0,A1,2025-02-24,5000.00,5000.00,open\n")
    assert await ended(wallet, "promise") == [None]
    await says(wallet, clock, tmp_path, PAID["by a payment"])
    assert await ended(wallet, "promise") == ["kept"]


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_what_is_taken_off_with_its_payments_breaks_no_promise(
    wallet: Database, clock: ManualClock, tmp_path: Path
) -> None:
    await says(wallet, clock, tmp_path, f"{HEAD}I0,A1,2025-02-24,500.00,500.00,open\n")
    await an_agreed_promise(wallet, clock)
    await says(wallet, clock, tmp_path, f"{HEAD}I0,A2,2025-02-24,500.00,500.00,open\n")
    await says(wallet, clock, tmp_path, PAID["by a payment"])
    assert await ended(wallet, "promise") == ["kept"]


async def test_nobody_misses_a_part_of_a_plan_that_was_waived(
    wallet: Database, clock: ManualClock, tmp_path: Path
) -> None:
    await a_plan(wallet, clock)
    await says(wallet, clock, tmp_path, f"{HEAD}I1,A1,2026-02-24,500.00,0,open\n")
    clock.set(clock.now().replace(day=11))
    await plan(wallet, clock)
    assert await ended(wallet, "plan") == [None]  # the first part is covered by what was corrected
    clock.set(clock.now().replace(day=18))
    await plan(wallet, clock)
    assert await ended(wallet, "plan") == ["broken"]


async def test_a_proposal_whose_debt_went_away_is_not_told_as_paid(
    wallet: Database, clock: ManualClock, tmp_path: Path
) -> None:
    async with wallet.read() as conn:
        case = await open_case_of(conn, "C1")
    assert case is not None
    proposed = await instalment_plans.propose(wallet, case, MEI, "2", clock.now())
    assert isinstance(proposed, instalment_plans.Proposed)
    clock.move(timedelta(minutes=5))
    assert (await take(wallet, clock.now(), write(tmp_path / "more", instalments=AWAY["waived"][0]))).ok
    done = await instalment_plans.decide(wallet, POLICY.desk, "C1", proposed.plan.plan_id, True, clock.now())
    assert done.result == "not_needed"
    assert "no longer owed, so it is withdrawn" in await topic(wallet)
