"""One customer's timeline: events are in order, in words and as data, with what has become of each channel."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from rich.console import Console
from sqlalchemy import select

from bot.cli.terminal import print_story
from bot.clock import ManualClock
from bot.rules.policy.policy import read_policy
from bot.work.customers.linking import issue_payload
from bot.work.facts.forgetting import forget
from bot.work.outlook.customer_timeline import Story, story
from bot.work.outlook.next_steps import Next
from storage.runtime.engine import Database
from storage.schema import dead_channels, notices
from tests.work.lives import ANNA, POLICY, a_life, add, customer, linked, notice, owes, paid
from tests.work.outlook.told_stories import CHANNELS, TODAY, told

pytestmark = pytest.mark.postgresql_one_in(3)


async def test_nobody_has_no_story(db: Database, clock: ManualClock) -> None:
    assert await story(db, POLICY, "C9", clock.now()) is None


async def test_everything_that_happened_is_told_in_order(db: Database, clock: ManualClock) -> None:
    await a_life(db, clock.now())
    found = await told(db, clock)
    assert [entry.at for entry in found.entries] == sorted(entry.at for entry in found.entries)
    past = [(e.kind, e.words.partition("\n")[0]) for e in found.entries if e.at <= clock.now()]
    case = "case 1"
    assert past == [
        ("link", "Telegram account 111 tried to link and could not"),
        ("link", "linked to Telegram account 111 (payload)"),
        ("due", "instalment I1 of A-C1 is due: 1200.00 TWD, 0.00 TWD paid, 1200.00 TWD left"),
        ("link", "a one-time link was made, good until 2026-03-03 08:00"),
        ("reminder", f"reminder 1 (after-1 of I1; policy gentle {POLICY.version}) planned for 2026-03-02, 2026-03-02 "
         "10:00 to 2026-03-02 18:00"),
        ("reminder", f"reminder 1 (after-1 of I1; policy gentle {POLICY.version}) accepted by telegram as message 55"),
        ("contact", "over telegram: a reminder, accepted:"),
        ("contact", "in telegram: they wrote:"),
        ("case", f"{case}: Case opened: asked for a person."),
        ("case", f"{case}: Mei takes this case."),
        ("case", f"{case} by Mei: note"),
        ("account", "the wallet last said: account A-C1 (Card), balance 500.00 TWD"),
        ("link", "Telegram account 222 asked to take over the link; Telegram account 111 was asked to agree"),
    ]  # fmt: skip


async def test_their_own_words_are_in_it(db: Database, clock: ManualClock) -> None:
    await a_life(db, clock.now())
    words = "\n".join(e.words for e in (await told(db, clock)).entries)
    assert "they wrote:\nI lost my job" in words
    assert "note\nAnna is in hospital" in words


async def test_a_payment_is_told_at_its_day(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await owes(db, clock.now(), date(2026, 2, 25), paid=20000)
    await paid(db, clock.now(), day=date(2026, 2, 27))
    (payment,) = [e for e in (await told(db, clock)).entries if e.kind == "payment"]
    assert payment.at == datetime(2026, 2, 26, 16, tzinfo=UTC)
    assert payment.words == "paid 200.00 TWD of instalment I1, payment P1"


async def test_a_blocked_bot_is_a_dead_channel(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await linked(db, clock.now() - timedelta(days=2))
    await add(db, dead_channels, customer_id=ANNA, channel="telegram", since=clock.now(), reason="blocked")
    found = await told(db, clock)
    (channel,) = found.channels
    assert (channel.state, channel.since, channel.reason) == ("dead", clock.now(), "blocked")
    assert "telegram no longer reaches them: has blocked the bot (blocked)" in [e.words for e in found.entries]


async def test_a_living_link_is_alive_since_it_began(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await linked(db, clock.now() - timedelta(days=2))
    (channel,) = (await told(db, clock)).channels
    assert (channel.state, channel.since) == ("alive", clock.now() - timedelta(days=2))


async def test_who_was_never_linked_has_no_channel(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    (channel,) = (await told(db, clock)).channels
    assert (channel.state, channel.since) == ("not_linked", None)


async def test_every_channel_that_is_set_up_is_named_with_what_became_of_it(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now(), phone=None)
    await add(db, dead_channels, customer_id=ANNA, channel="email", since=clock.now(), reason="bounced")
    found = await told(db, clock, CHANNELS)
    assert [(c.channel, c.address_known, c.state, c.since, c.reason) for c in found.channels] == [
        ("telegram", False, "not_linked", None, ""),
        ("email", True, "dead", clock.now(), "bounced"),
        ("sms", False, "no_address", None, ""),
        ("push", True, "alive", None, ""),
    ]


async def test_a_channels_line_says_that_there_is_an_address_and_not_which(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await add(db, dead_channels, customer_id=ANNA, channel="sms", since=clock.now(), reason="bad_address")
    shown = [line for line in printed(await told(db, clock, CHANNELS)).splitlines() if line.startswith("by ")]
    assert [re.split(" {2,}", line.strip())[-1] for line in shown] == [
        "not linked",
        "address known, alive",
        "address known, dead since 2026-03-02 12:00 (bad_address)",
        "alive",
    ]


async def test_a_reminder_that_was_not_sent_says_why(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await owes(db, clock.now(), TODAY)
    await notice(db, clock.now(), "not_sent", "due", reason="day_cap")
    await notice(db, clock.now(), "planned", "due", reason="held_back")
    words = [e.words for e in (await told(db, clock)).entries if e.kind == "reminder"]
    assert any(one.endswith("not sent: enough for that day (day_cap)") for one in words)
    assert any("waits: held back at the last moment" in one for one in words)


async def test_an_opened_link_is_told_with_who_opened_it(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await issue_payload(db, ANNA, clock.now())
    (made,) = [e for e in (await told(db, clock)).entries if e.kind == "link"]
    assert (made.at, made.words) == (clock.now(), "a one-time link was made, good until 2026-03-03 12:00")


async def test_the_forgotten_have_a_story_without_a_person(db: Database, clock: ManualClock) -> None:
    await a_life(db, clock.now())
    await forget(db, ANNA, clock.now())
    found = await told(db, clock)
    as_text = json.dumps(found.as_json())
    assert "Anna" not in as_text
    assert "111" not in as_text
    assert found.next == (Next("nothing", reason="forgotten"),)


# --- How it looks ----------------------------------------------------------------------------------------------------


async def test_it_is_json(db: Database, clock: ManualClock) -> None:
    await a_life(db, clock.now())
    whole = json.loads(json.dumps((await told(db, clock)).as_json()))
    assert whole["customer"]["name"] == "Anna Lee"
    assert whole["channels"] == [
        {
            "channel": "telegram",
            "address_known": True,
            "state": "alive",
            "since": "2026-02-20T04:00:00Z",
            "reason": "",
        }
    ]
    assert {"at", "kind", "words"} == set(whole["entries"][0])
    assert whole["next"][0]["what"] == "case"


async def test_it_reads_in_a_terminal(db: Database, clock: ManualClock) -> None:
    await a_life(db, clock.now())
    shown = printed(await told(db, clock))
    for words in ("Anna Lee", "alive since 2026-02-20 12:00", "When (Asia/Taipei)", "I lost my job", "What comes next"):
        assert words in shown


async def test_what_being_late_costs_is_a_table_of_day_kind_and_sum(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await owes(db, clock.now(), date(2026, 2, 26))
    late = '[charges]\nlate_fee = { TWD = "300" }\ndaily_rate = "0.0005"\ncap = "0.36"'
    found = await told(db, clock, policy=read_policy(f"{POLICY.text}\n{late}", "late.toml"))
    (of,) = found.as_json()["charges"]  # type: ignore[misc]
    assert of["table"][:3] == [
        {"day": "2026-03-02", "kind": "late_fee", "amount": "300.00"},
        {"day": "2026-03-02", "kind": "daily", "amount": "0.60"},
        {"day": "2026-03-03", "kind": "daily", "amount": "0.60"},
    ]
    assert of["ahead"][0] == {"day": "2026-03-09", "owed": "1504.80", "charges": "304.80"}
    print_story(Console(file=(out := io.StringIO()), width=300), found)
    assert (
        "I1: late fee 300.00 TWD on 2026-03-02; daily charge 0.60 TWD each day from 2026-03-02 to 2026-05-31. "
        "If nothing is paid: 1504.80 TWD on 2026-03-09" in out.getvalue()
    )


async def test_words_of_a_customer_cannot_garble_the_terminal(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now(), name="[red]Anna[/red]\x1b[2J\u202e")
    shown = printed(await told(db, clock))
    assert "[red]Anna[/red][2J" in shown
    assert not {"\x1b", "\u202e"} & set(shown)


def printed(found: Story) -> str:
    out = io.StringIO()
    print_story(Console(file=out, width=200), found)
    return out.getvalue()


async def test_the_forgotten_read_in_a_terminal_too(db: Database, clock: ManualClock) -> None:
    await a_life(db, clock.now())
    await forget(db, ANNA, clock.now())
    assert "nothing is sent: erased at the customer’s wish (forgotten)" in printed(await told(db, clock))
    async with db.read() as conn:
        assert (await conn.execute(select(notices))).all()
