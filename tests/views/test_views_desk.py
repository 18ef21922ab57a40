"""What agents read: the card, the queue, and what happens to a case."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from bot.policies import load_policy
from bot.rules.cases.case import Agreed, Answer, Asked, CaseCard, Due, Mine, Queue, QueueRow, SentNotice
from bot.rules.cases.case_events import Claimed, Closed, Opened, Words
from bot.rules.cases.case_outcomes import OUTCOMES
from bot.rules.cases.event_codec import Event
from bot.rules.cases.urgency import Ground, Reason
from bot.rules.facts.money import Money
from bot.rules.facts.wishes import Wishes
from bot.views.cases import desk, desk_duty, desk_queue, event_lines
from bot.views.cases.card import card as card_view
from bot.views.cases.desk_words import outcome_words, reason_words
from bot.views.customers.fees import fees
from bot.views.lines import masked
from tests.views.view_facts import EN, EVERY_LANGUAGE, NOW, TODAY, a_card, case, customer_facts, instalment

HUMANE = load_policy("humane")


def test_the_card_tells_who_what_and_how_to_answer() -> None:
    shown = card_view(EN, replace(a_card(), at=datetime(2026, 11, 24, 11, 5, tzinfo=UTC)))
    text = shown.text
    for words in (
        "Case #12: payment overdue",
        "Mei · customer <code>C-1</code>",
        "繁體中文",
        "Local time: 19:05 (UTC+08:00), as this was written",
        "With: <a",
    ):
        assert words in text
    assert "overdue since 23 Nov 2026 (1 day)" in text
    assert "Marked as vulnerable" in text
    assert "Has turned reminders off." in text
    labels = [button.label for row in shown.buttons for button in row]
    assert labels == ["Reply", "Promise", "Plan", "Hold", "Call", "Done", "More"]


WISHES = Wishes(19, ("email", "telegram"), "fewer", TODAY + timedelta(days=2))


@pytest.mark.parametrize(
    ("wishes", "line"),
    [
        (WISHES, "no reminders through Thu, 26 Nov · fewer reminders · not before 19:00 · by e-mail, then Telegram"),
        (Wishes(often="more", paused_until=TODAY - timedelta(days=1)), "more reminders"),  # the pause is over
        (Wishes(hour=0), "not before 00:00"),
        (Wishes(), None),
    ],
)
def test_the_card_tells_in_one_line_what_the_customer_wished(wishes: Wishes, line: str | None) -> None:
    said = [words for words in card_view(EN, a_card(wishes=wishes)).text.splitlines() if words.startswith("Wishes: ")]
    assert said == ([f"Wishes: {line}"] if line else [])


def test_the_card_says_when_words_do_not_arrive() -> None:
    assert "won’t arrive" in card_view(EN, a_card(reachable=False)).text
    assert "🟢" in card_view(EN, a_card()).text


def test_the_card_tells_what_was_sent_and_what_became_of_it() -> None:
    facts = customer_facts()
    notices = (
        SentNotice(NOW, ("before-3",), "telegram", "accepted", None),
        SentNotice(NOW, ("due",), None, "not_sent", "stopped"),
    )
    answers = (Answer(NOW, "word", "I'll pay\non Friday"), Answer(NOW, "blocked", None))
    text = card_view(EN, CaseCard(case(), facts, TODAY, notices, answers, True, policy=HUMANE)).text
    assert "· 3 days before due · Telegram · sent" in text
    assert "· on the due date · not sent (reminders turned off)" in text
    assert "· wrote: I'll pay on Friday" in text
    assert "· blocked the bot" in text


def test_the_card_shows_the_last_ten_of_many() -> None:
    answers = tuple(Answer(NOW, "word", f"word-{n}.") for n in range(30))
    text = card_view(EN, CaseCard(case(), customer_facts(), TODAY, (), answers, True)).text
    assert "word-29." in text
    assert "word-20." in text
    assert "word-19." not in text


def test_the_card_tells_what_being_late_costs_as_fees_does() -> None:
    late = instalment(1, TODAY - timedelta(days=10))
    theirs = replace(late, instalment_id="i2", amount_due=Money(130000, "TWD"), fees=Money(10000, "TWD"))
    facts = customer_facts(late, theirs)
    text = card_view(EN, CaseCard(case(), facts, TODAY, (), (), True, policy=HUMANE)).text
    # The wallet's own fees count where it sends them: only the other debt has charges that are not in its sum.
    assert "By the policy, not in the wallet’s sum: NT$304.20 of charges up to 24 Nov 2026" in text
    for line in fees(EN, facts, HUMANE, TODAY).text.split("If nothing is paid until then:")[1].splitlines()[1:4]:
        assert line in text
    assert "charges" not in card_view(EN, CaseCard(case(), facts, TODAY, (), (), True)).text


@pytest.mark.parametrize(
    ("reason", "days", "language", "name"),
    [
        ("overdue", 12, "zh-Hans", "#12 · overdue 12 days · 简体中文"),
        ("overdue", 1, None, "#12 · overdue 1 day"),
        ("asked", 0, "en", "#12 · asked for a person · English"),
        ("asked", 3, "en", "#12 · asked for a person · overdue 3 days · English"),
    ],
)
def test_a_topics_name_tells_what_an_agent_needs_and_no_person(
    reason: str, days: int, language: str | None, name: str
) -> None:
    assert desk.topic_name(EN, replace(case(), reason=reason), days, language) == name


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Anna Lee", "A…"), (" 王小明", "王○○"), ("𠮷野", "𠮷○○"), ("<b>x", "b…"), ("🙂 Bo", "B…"), ("", ""), ("–", "")],
)
def test_a_name_is_masked(name: str, shown: str) -> None:
    assert masked(name) == shown


@pytest.mark.parametrize("state", ["waiting", "closed"])
def test_the_card_masks_the_name_unless_somebody_has_claimed_the_case(state: str) -> None:
    facts = customer_facts(name="王小明")
    unclaimed = CaseCard(case(state=state, owner_name=None), facts, TODAY, (), (), True)
    assert "王小明" not in card_view(EN, unclaimed).text
    assert "王○○" in card_view(EN, unclaimed).text
    assert "王小明" in card_view(EN, CaseCard(case(), facts, TODAY, (), (), True)).text


def test_the_card_tells_what_is_to_be_done_and_what_was_agreed() -> None:
    agreed = (
        Agreed("promise", TODAY, Money(120000, "TWD")),
        Agreed("plan", TODAY),
        Agreed("dispute", TODAY),
        Agreed("hold", TODAY),
    )
    called = case(due_at=NOW, due_kind="first_answer", call_at=NOW)
    card = CaseCard(called, customer_facts(), TODAY, (), (), True, agreed, "Asia/Tokyo")
    text = card_view(EN, card).text
    for words in (
        "Answer by 24 Nov 2026, 12:00 pm",
        "Would like a call: 24 Nov 2026, 11:00 am, their time",
        "Promised NT$1,200.00 by 24 Nov 2026",
        "Payment plan, the last part by 24 Nov 2026",
        "rests until 24 Nov 2026",
        "On hold until 24 Nov 2026",
    ):
        assert words in text
    snoozed = replace(card, case=case(snoozed_until=NOW, due_at=NOW, due_kind="next_action"))
    assert "Snoozed until 24 Nov 2026, 12:00 pm" in card_view(EN, snoozed).text
    assert "Next step" not in card_view(EN, snoozed).text
    asked = replace(snoozed, asked=Asked(Money(120_000, "TWD"), NOW))
    waits = "Waits for the customer’s answer to a plan of NT$1,200.00, until 24 Nov 2026, 12:00 pm"
    assert waits in card_view(EN, asked).text
    assert "Snoozed until" not in card_view(EN, asked).text  # it is said once what it rests for
    closed = replace(card, case=case(state="closed", outcome="paid", due_at=NOW, call_at=NOW))
    assert "Case closed: paid." in card_view(EN, closed).text
    assert "by 24 Nov 2026, 12:00" not in card_view(EN, closed).text


WAITING = replace(case(owner_name=None, state="waiting"), owner_id=None)


def test_the_queue_tells_who_waits_since_when_and_why() -> None:
    reasons = (Reason("asked", 60), Reason("day_overdue", 4), Reason("hour_waiting", 1))
    row = QueueRow(WAITING, "Ann Lee", "zh-TW", 4, NOW, reasons)
    text = desk_queue.queue(EN, Queue((row,), waiting_count=4, desk_zone="Asia/Tokyo")).text
    assert "<b>4 cases are waiting</b>" in text
    assert "• #12 A… · payment overdue · 4 days overdue · 繁體中文 · waiting since 24 Nov 2026, 12:00 pm" in text
    assert "65 points: asked for a person 60 + days overdue 4 + waiting 1" in text
    assert "… and 3 more" in text


def test_the_queue_tells_who_has_what_and_what_is_due_of_ones_own() -> None:
    other = QueueRow(case(), "Ann Lee", None, 0, NOW)
    rests = Mine(case(snoozed_until=NOW), Due(NOW, "next_action"))
    asked = replace(rests, asked=Asked(Money(120_000, "TWD"), NOW))
    seen = Queue((), (other,), (Mine(case(), Due(NOW, "first_answer")), rests, asked), 0, 3, 1, "Asia/Tokyo")
    text = desk_queue.queue(EN, seen).text
    assert "Nobody is waiting right now.\n3 with agents · 1 resting" in text
    assert "• #12 Ann Lee · payment overdue · with Mei" in text
    assert "• #12 payment overdue · answer by 24 Nov 2026, 12:00 pm" in text
    assert "• #12 payment overdue · rests until 24 Nov 2026, 12:00 pm" in text
    assert "• #12 payment overdue · waits for the answer to a plan until 24 Nov 2026, 12:00 pm" in text


def test_a_long_queue_shows_the_most_urgent_and_counts_the_rest() -> None:
    reasons = tuple(Reason(ground, 10**9) for ground in get_args(Ground))
    rows = tuple(QueueRow(WAITING, "Ann Lee", "zh-TW", 4, NOW, reasons) for _ in range(10))
    rows = tuple(
        replace(row, case=replace(row.case, case_id=10**12 + n, reason="x" * 60)) for n, row in enumerate(rows)
    )
    text = desk_queue.queue(EN, Queue(rows * 4, waiting_count=40)).text
    assert f"#{10**12} " in text
    assert "more" in text


def test_a_number_opens_its_topic() -> None:
    there = replace(WAITING, topic="open", chat_id=-1001234567890, thread_id=7)
    assert desk_queue.number_of(there) == '<a href="https://t.me/c/1234567890/7">#12</a>'
    assert desk_queue.number_of(WAITING) == "#12"


def test_a_number_opens_its_card_where_the_group_has_no_topics() -> None:
    there = replace(WAITING, topic="open", chat_id=-1001234567890, thread_id=None, card_id=31)
    assert desk_queue.number_of(there) == '<a href="https://t.me/c/1234567890/31">#12</a>'
    assert desk_queue.number_of(replace(there, card_id=None)) == "#12"


def test_a_number_opens_nothing_in_a_basic_group() -> None:
    for chat_id in (-4001, -100456, -999999999999):
        assert desk_queue.case_url(replace(WAITING, topic="open", chat_id=chat_id, card_id=31)) == ""


def test_an_agent_who_gets_no_case_is_told_that_anyone_may_take_one() -> None:
    text = desk_queue.others_wait(EN, 2).text
    assert "Anyone may take one with /take" in text
    assert "upervisor" not in text


def test_an_empty_queue_says_so() -> None:
    assert desk_queue.queue(EN, Queue()) == desk_queue.nothing_waits(EN)


def test_a_claimed_case_without_a_topic_has_no_button() -> None:
    assert desk_queue.claimed(EN, 12, "").buttons == ()
    assert desk_queue.claimed(EN, 12, "https://t.me/c/1/2").buttons[0][0].url == "https://t.me/c/1/2"


def test_what_is_late_is_told_with_who_has_it() -> None:
    late_cases = [case(due_at=NOW, due_kind="first_answer"), replace(WAITING, due_at=NOW, due_kind="call_back")]
    text = desk_duty.late(EN, late_cases, "Asia/Tokyo").text
    assert "<b>Late: 2 cases</b>" in text
    assert "• #12 payment overdue · answer by 24 Nov 2026, 12:00 pm · with Mei" in text
    assert "• #12 payment overdue · call at 24 Nov 2026, 12:00 pm · nobody has it" in text


@pytest.mark.parametrize("slug", ["blocked", "deactivated", "not linked", "not_linked", "unknown", "flood"])
def test_what_did_not_arrive_says_so_in_words(slug: str) -> None:
    assert "Your message was not delivered" in desk.undelivered(EN, slug).text


def test_what_perhaps_arrived_is_not_called_lost() -> None:
    assert "not certain" in desk.undelivered(EN, "in_doubt").text


def test_closing_lists_every_outcome() -> None:
    text = desk.done_usage(EN).text
    assert all(f"<code>{outcome}</code>" in text for outcome in OUTCOMES)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_has_words_of_its_own_in_every_language(outcome: str) -> None:
    said = {t.language: outcome_words(t, outcome) for t in EVERY_LANGUAGE}
    assert all(words != said["en"] for tag, words in said.items() if tag != "en")
    assert outcome == "other" or len(set(said.values())) == len(said)


def test_a_slug_without_words_is_shown_readably() -> None:
    assert reason_words(EN, "moved_abroad") == "moved abroad"


@pytest.mark.parametrize(
    ("event", "who", "said"),
    [
        (Opened("overdue"), None, "Case opened: payment overdue."),
        (Closed("promised"), "Mei", "Closed by Mei: promised to pay."),
        (Closed("paid"), None, "Case closed: paid."),
        (Claimed(), "Mei", "Mei takes this case."),
        (Claimed(), None, "An agent takes this case."),
        (Words("one\ntwo <3"), None, "The customer wrote:\n<blockquote>one\ntwo &lt;3</blockquote>"),
    ],
)
def test_events_are_told(event: Event, who: str | None, said: str) -> None:
    assert event_lines.event_line(EN, event, who).text == said
