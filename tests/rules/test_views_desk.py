"""What agents read: the card, the queue, and what happens to a case."""

from __future__ import annotations

import pytest

from bot.rules.cases import OUTCOMES, Answer, CaseCard, QueueRow, SentNotice
from bot.views import desk
from tests.rules.view_facts import (
    EN,
    HANS,
    HANT,
    NOW,
    TODAY,
    a_card,
    case,
    standing,
)


def test_the_card_tells_who_what_and_how_to_answer() -> None:
    text = desk.card(EN, a_card()).text
    for words in (
        "Case #12: payment overdue",
        "Mei · customer <code>C-1</code>",
        "繁體中文",
        "Asia/Taipei",
        "With: Mei",
    ):
        assert words in text
    assert "overdue since 23 Nov 2026 (1 day)" in text
    assert "Marked as vulnerable" in text
    assert "Has turned reminders off." in text
    assert "/done with one of: <code>" + " ".join(OUTCOMES) in text


def test_the_card_says_when_words_do_not_arrive() -> None:
    assert "won’t arrive" in desk.card(EN, a_card(reachable=False)).text
    assert "🟢" in desk.card(EN, a_card()).text


def test_the_card_tells_what_was_sent_and_what_became_of_it() -> None:
    facts = standing()
    notices = (
        SentNotice(NOW, ("before-3",), "telegram", "accepted", None),
        SentNotice(NOW, ("due",), None, "not_sent", "stopped"),
    )
    answers = (Answer(NOW, "word", "I'll pay\non Friday"), Answer(NOW, "blocked", None))
    text = desk.card(EN, CaseCard(case(), facts, TODAY, notices, answers, True)).text
    assert "· before-3 · Telegram · sent" in text
    assert "· due · not sent (reminders turned off)" in text
    assert "· wrote: I'll pay on Friday" in text
    assert "· blocked the bot" in text


def test_the_card_shows_the_last_ten_of_many() -> None:
    answers = tuple(Answer(NOW, "word", f"word-{n}.") for n in range(30))
    text = desk.card(EN, CaseCard(case(), standing(), TODAY, (), answers, True)).text
    assert "word-29." in text
    assert "word-20." in text
    assert "word-19." not in text


def test_a_topic_is_named_after_case_and_customer() -> None:
    assert desk.topic_name(EN, case(), "A & B") == "#12 A & B · payment overdue"
    assert desk.topic_name(EN, case(reason="asked"), "") == "#12 C-1 · asked for a person"


def test_the_queue_tells_days_and_who_has_it() -> None:
    rows = [QueueRow(case(), "Ann", "zh-TW", 4), QueueRow(case(owner_name=None, state="waiting"), "Bo", None, 0)]
    text = desk.queue(EN, rows, 5).text
    assert "• #12 Ann · payment overdue · 4 days overdue · 繁體中文 · with Mei" in text
    assert "• #12 Bo · payment overdue · waiting" in text
    assert "… and 3 more" in text


def test_an_empty_queue_says_so() -> None:
    assert desk.queue(EN, [], 0) == desk.nothing_waits(EN)


def test_a_claimed_case_without_a_topic_has_no_button() -> None:
    assert desk.claimed(EN, 12, "").buttons == ()
    assert desk.claimed(EN, 12, "https://t.me/c/1/2").buttons[0][0].url == "https://t.me/c/1/2"


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
    assert len({desk.outcome_words(t, outcome) for t in (EN, HANS, HANT)}) == (2 if outcome == "other" else 3)


def test_a_slug_without_words_is_shown_readably() -> None:
    assert desk.reason_words(EN, "moved_abroad") == "moved abroad"


@pytest.mark.parametrize(
    ("kind", "body", "who", "said"),
    [
        ("opened", "overdue", None, "Case opened: payment overdue."),
        ("closed", "promised", "Mei", "Closed by Mei: promised to pay."),
        ("closed", "paid", None, "Case closed: paid."),
        ("claimed", None, "Mei", "Mei takes this case."),
        ("claimed", None, None, "An agent takes this case."),
        ("words", "one\ntwo <3", None, "The customer wrote:\n<blockquote>one\ntwo &lt;3</blockquote>"),
    ],
)
def test_events_are_told(kind: str, body: str | None, who: str | None, said: str) -> None:
    assert desk.event_line(EN, kind, body, who).text == said
