"""Every view in every language is valid and short with any facts, and its buttons do what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.message import Message
from bot.rules import channels
from bot.rules.cases.agent_notices import TOLD_IN_PRIVATE
from bot.rules.cases.bulk_orders import Bulk, Fault, Filters, NotBulk
from bot.rules.cases.call_limits import RESULTS, Allowed, TooMany, Why
from bot.rules.cases.case import OUTCOMES, Due, DueKind, Mine, Queue, QueueRow
from bot.rules.cases.case_events import CallTooMany, Note, Words
from bot.rules.cases.case_events_agreements import HoldSet
from bot.rules.cases.event_base import names_of
from bot.rules.cases.event_codec import EVENTS, BareEvent
from bot.rules.cases.urgency import Ground, Reason
from bot.rules.facts.customer_facts import Account, CustomerFacts
from bot.rules.facts.money import Money
from bot.rules.operations.desk_statistics import AgentFigures, Figures, Waiting
from bot.views import menu
from bot.views.agreements import disputes, promises
from bot.views.cases import bulk_changes, contact_disclosure, desk, desk_duty, desk_queue, person, ratings
from bot.views.customers import balance, language, link_news, linking, pay, private, stopping
from bot.views.customers.privacy import privacy
from bot.views.customers.settings import settings
from bot.views.lines import length
from bot.views.operations import desk_statistics
from bot.views.reminders.reminder import ReminderItem, reminder
from bot.work.agreements.disputes import key_of as disputing_key
from locales import LANGUAGES, Translator, translator
from tests.rules.cases.released_events import SAMPLES
from tests.views.view_facts import (
    EN,
    EVERY_LANGUAGE,
    HANS,
    HANT,
    NOW,
    PLAIN,
    TODAY,
    a_card,
    actions,
    case,
    customer_facts,
    instalment,
    remind,
)

NASTY = [
    '<b>&"',
    "\u202eevil\u2066",
    "x" * 200,
    "a\nb\r\n\x00c",
    "&lt;/b&gt;",
    "</code><a href='x'>",
    "{n} {name} %s",
    "&" * 200,
]
AMOUNTS = [1, 123456, 10**15]
MEDIA = channels.NAMES


TOLD_BY_KIND = (
    "opened",
    "again",
    "paid",
    "claimed",
    "released",
    "closed",
    "blocked",
    "unblocked",
    "asked",
    "words",
    "topic_anew",
    "promised",
    "promise_moved",
    "promise_cancelled",
    "disputed",
)
DUE_KINDS: tuple[DueKind, ...] = ("first_answer", "next_action", "call_back")
LINK_KINDS = ("taken_over", "taken_back", "restored", "again", "by_number", "moved")


def everything(t: Translator, word: str, amount: int, count: int) -> Iterator[Message]:
    """Every view, with `word` wherever words come from outside."""
    owed = [
        instalment(
            n, TODAY + timedelta(days=n - count // 2), amount, amount // 3, word,
            principal=Money(amount // 2, "TWD"), interest=Money(amount // 4, "TWD"), fees=Money(1, "TWD"),
            held=n % 3 == 0,
        )
        for n in range(count)
    ]  # fmt: skip
    facts = customer_facts(*owed, name=word)
    many = CustomerFacts(
        facts.customer,
        tuple(Account("a", word, Money(-amount, "KWD"), Money(amount, "JPY")) for _ in range(count)),
        facts.unsettled,
        NOW,
    )
    yield menu.help_message(t, word)
    yield linking.how_to_link(t, word)
    yield linking.linked(t, word, word)
    yield linking.already_linked(t, word)
    yield from (view(t) for view in (linking.payload_refused, linking.contact_not_own, linking.contact_unknown))
    yield from (view(t) for view in (linking.contact_ambiguous, linking.consent_asked, linking.consent_granted))
    yield from (view(t) for view in (linking.consent_refused, linking.wallet_only))
    yield from (view(t) for view in (linking.question_over, linking.nothing_changed))
    yield from (view(t, word) for view in (linking.taken_back, linking.disputed))
    yield linking.not_mine(t, word, 2**62)
    yield from (linking.not_mine_done(t, word, back) for back in (True, False))
    yield from (
        linking.switch_question(t, word, 2**62, name, TODAY, has_case=more, has_agreement=more)
        for name in ("", word)
        for more in (True, False)
    )
    for kind in (*LINK_KINDS, "unlinked"):
        yield link_news.to_account(t, word, kind, 2**62)
        yield link_news.elsewhere(t, word, kind)
    yield linking.too_many_tries(t, count)
    yield linking.consent_request(t, 2**62)
    yield from (linking.consent_noted(t, agreed) for agreed in (True, False))
    for each in (facts, many, customer_facts(facts=False), customer_facts()):
        yield balance.balance(t, each, NOW, word, "https://pay.example/?i=1&c=2")
        yield balance.due(t, each, NOW)
    for step in ("upcoming", "due_today", "due", "overdue", "overdue_again"):
        for amounts in (True, False):
            if owed:
                items = tuple(ReminderItem(i, step) for i in owed)
                for medium in MEDIA:
                    yield reminder(t, facts, items, NOW, word, "https://pay.example/", amounts, channel=medium)
                yield reminder(t, facts, items, NOW, word, amounts=amounts, agent=word)
        yield pay.pay(t, facts, NOW, word, lambda _: "https://pay.example/")
    yield from ways_out(t, facts, word)
    yield language.choose_language(t, None)
    yield language.language_set(t)
    yield from (person.person_called(t, already) for already in (True, False))
    yield from (
        view(t)
        for view in (person.words_not_passed_on, person.media_not_passed_on, person.case_closed, person.not_understood)
    )
    yield person.introduced(t, word, word)
    yield from (view(t) for view in (stopping.stopped, stopping.resumed, private.sorry))
    yield private.money_in_private(t, "duebot")
    yield desk.card(t, a_card(word, amount=amount, count=count))
    yield desk.card(t, a_card(word, amount=amount, count=count, reachable=False, reason=word))
    yield from the_desk(t, word, count)
    yield from calls_scores_and_figures(t, word, count)
    yield from (
        view(t, word) for view in (desk.taken_by_other, desk.held_back, desk.undelivered, desk.done, desk.not_yours)
    )
    yield from (view(t) for view in (desk.taken_by_you, desk.released, desk.note_usage))
    yield from (view(t) for view in (desk.done_usage, desk.not_a_case, desk.no_open_case, desk.closed_topic))
    yield desk.unknown_command(t)
    for kind in (*TOLD_BY_KIND, "something_new"):
        yield desk.event_line(t, BareEvent(kind))
        yield desk.event_line(t, BareEvent(kind), word)
    texts = (cls for cls in EVENTS.values() if names_of(cls) in (("text",), ("reason",), ("to",), ("command",)))
    yield from (desk.event_line(t, text(word), word) for text in texts)
    words = (Words, Note, HoldSet, CallTooMany)  # with texts that are not ours, or told in timelines only
    yield from (desk.event_line(t, event, word) for event in SAMPLES if not isinstance(event, words))
    yield from (desk.event_line(t, HoldSet(TODAY, why), word) for why in (None, word))
    yield desk.undelivered(t, word, edit=True)


def ways_out(t: Translator, facts: CustomerFacts, word: str) -> Iterator[Message]:
    """What customers see who pay, promise, dispute or look at their settings."""
    owed, day = facts.unsettled, TODAY + timedelta(days=3)
    for each in (facts, customer_facts(), customer_facts(facts=False)):
        yield pay.pay(t, each, NOW, word, lambda _: "")
    for agreed in (None, Money(50_000, "TWD")):
        yield from (promises.choose_day(t, (TODAY, day), TODAY, until, 1, True, agreed) for until in (None, day))
        yield from (promises.promised(t, about, day, TODAY, agreed) for about in (owed, owed[:1], ()))
    yield from (promises.moved_often(t, until) for until in (None, day))
    yield from (promises.cancelled(t, stood) for stood in (True, False))
    yield promises.nothing_to_promise(t)
    yield promises.plan_exists(t, day)
    keyed = [(disputing_key(i.instalment_id), i) for i in owed]
    yield from (disputes.choose_instalment(t, some, TODAY, again=True) for some in (keyed, []))
    yield disputes.noted(t, instalment(product=word), TODAY, day)
    yield disputes.already_noted(t, instalment(product=word), TODAY)
    yield from (settings(t, stopped, until) for stopped in (True, False) for until in (None, day))
    yield from (privacy(t, word, days) for days in (None, 1825, 100))
    yield person.thanks_for_paying(t)


def the_desk(t: Translator, word: str, count: int) -> Iterator[Message]:
    """What agents read of the queue, of turns and of time."""
    open_topic = replace(case(word), topic="open", chat_id=-1001234567890, thread_id=7, due_at=NOW)
    some = [replace(open_topic, due_kind=kind, owner_name=who) for kind in DUE_KINDS for who in (word, None)] * count
    grounds = tuple(Reason(ground, 10**6) for ground in get_args(Ground))
    rows = (QueueRow(open_topic, word, word, count, NOW, grounds),) * count
    mine = tuple(Mine(its, Due(NOW, kind)) for its, kind in zip(some, DUE_KINDS * count, strict=False))
    yield desk_queue.queue(t, Queue(rows[:10], rows[:5], mine[:10], count + 7, count, 1))
    yield desk_queue.queue(t, Queue(claimed_count=count))
    yield desk_queue.queue(t, Queue())
    yield desk_queue.claimed(t, 2**62, "https://t.me/c/1/2")
    yield desk_queue.others_wait(t, count)
    yield desk_duty.transferred(t, word)
    yield from (desk_duty.transfer_usage(t, names) for names in ([], [word] * 40))
    yield from (view(t, word) for view in (desk_duty.is_away, desk_duty.has_it_already))
    yield from (view(t) for view in (desk_duty.somebody_was_quicker, desk_duty.you_are_away))
    yield desk_duty.not_sent_while_away(t)
    yield from (desk_duty.away(t, held, timedelta(minutes=30)) for held in (0, count))
    yield from (desk_duty.back(t, held) for held in (0, count))
    yield desk_duty.snoozed(t, NOW, "Asia/Taipei")
    yield from (desk_duty.snooze_usage(t, why, 60, "2026-11-30 10:00") for why in ("past", "far", "unreadable"))
    yield desk_duty.agent_notices(t, [(about, open_topic) for about in TOLD_IN_PRIVATE] * count)
    for view in (desk_duty.due_soon, desk_duty.due_soon_by_nobody, desk_duty.late):
        yield view(t, some, "Asia/Shanghai")


def calls_scores_and_figures(t: Translator, word: str, count: int) -> Iterator[Message]:
    """What is said of numbers, calls and scores, and what supervisors read."""
    verdicts = (Allowed(), Allowed(NOW), Allowed(never=True), *(TooMany(why, NOW) for why in get_args(Why)))
    for verdict in (*verdicts, TooMany("day", None)):
        for phone, email in ((word or None, word or None), (None, None)):
            yield contact_disclosure.revealed(t, count, word, phone, email, verdict, "Asia/Taipei", wrong=phone is None)
    yield from (
        view(t)
        for view in (contact_disclosure.sent_in_private, contact_disclosure.not_now, contact_disclosure.call_usage)
    )
    yield contact_disclosure.open_the_bot(t, "duebot")
    for broke in ("limit", "hours", ""):
        yield from (contact_disclosure.call_written(t, result, broke) for result in RESULTS)
        yield contact_disclosure.call_broke(t, count, word, broke)
    yield ratings.question(t, 2**62)
    yield ratings.with_question(t, person.case_closed(t), 2**62)
    yield from (view(t) for view in (ratings.thanks, ratings.words_kept, ratings.over))
    faults = get_args(Fault)
    yield from (bulk_changes.bulk_refused(t, NotBulk(fault, word)) for fault in faults)
    for each in (Bulk("move", Filters(), to=5), Bulk("move", Filters()), Bulk("hold", Filters(), days=7)):
        yield from (bulk_changes.asked(t, each, n, word, 2**62) for n in (0, 1, count))
        yield bulk_changes.done(t, each, count, word)
        yield bulk_changes.taken(t, each, count, word, word)
    missed = (bulk_changes.declined, bulk_changes.over, bulk_changes.done_before)
    yield from (view(t) for view in (*missed, desk_statistics.supervisors_only))
    yield desk_statistics.usage(t, 365)
    agents = tuple(AgentFigures(word, n % 2 == 0, n, n, n, n) for n in range(count))
    counts = Waiting(count, count, count, count, count, NOW)
    some = dict.fromkeys((*OUTCOMES, word), count)
    days = ((TODAY, count, count),)
    its = Figures(count, counts, agents, 1, count, some, (count, 1), (1, count), {5: count}, count, days)
    yield desk_statistics.figures(t, its, "Asia/Taipei")


BARE = re.compile(r"[>\x00\r\u202e\u2066]|&(?!(lt|gt|amp|quot);)")  # what stands nowhere outside of tags


def strictly_valid(text: str) -> bool:
    """Telegram's HTML, read letter by letter: another reader than the one that the catalogs are checked with."""
    stack: list[str] = []
    at = 0
    while at < len(text):
        if text[at] == "<":
            end = text.index(">", at)
            tag = text[at + 1 : end]
            if tag.startswith("/"):
                if not stack or stack.pop() != tag[1:]:
                    return False
            elif tag in {"b", "i", "u", "s", "code", "pre", "blockquote"}:
                stack.append(tag)
            elif re.fullmatch(r'a href="https://[!-;=?-~]+"', tag):
                stack.append("a")
            else:
                return False
            at = end
        elif BARE.match(text, at):
            return False
        at += 1
    return not stack


@pytest.mark.parametrize("tag", LANGUAGES)
@pytest.mark.parametrize("word", [PLAIN, "", *NASTY], ids=range(2 + len(NASTY)))
@pytest.mark.parametrize(("amount", "count"), [(1, 1), (123456, 3), (10**15, 60)])
def test_every_view_is_valid_and_short(tag: str, word: str, amount: int, count: int) -> None:
    for message in everything(translator(tag), word, amount, count):
        assert strictly_valid(message.text), message.text
        assert length(message.text) <= 4096, message.text
        assert "{" not in message.text.replace("{n} {name} %s", "")


@pytest.mark.parametrize("tag", LANGUAGES)
def test_words_of_any_length_are_shown_within_the_limit(tag: str) -> None:
    message = desk.event_line(translator(tag), Words("<&>🙂" * 2000))
    assert strictly_valid(message.text)
    assert 3000 < length(message.plain()) <= 4096


@given(word=st.text(max_size=300), tag=st.sampled_from(LANGUAGES))
def test_no_product_or_name_breaks_a_reminder_or_a_card(word: str, tag: str) -> None:
    t = translator(tag)
    assert strictly_valid(remind(t, instalment(product=word)).text)
    assert strictly_valid(desk.card(t, a_card(word)).text)


@pytest.mark.parametrize("tag", ["zh-Hans", "zh-Hant"])
def test_chinese_views_hold_no_english_sentence(tag: str) -> None:
    for message in everything(translator(tag), "", 123456, 3):
        words = re.findall(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}", message.plain())
        known = {*OUTCOMES, "duebot", "agent", "add", "bulk", "move", "queue"}
        assert [w for w in words if not set(w.split()) <= known] == []


@pytest.mark.parametrize(("t", "others"), [(HANS, "後們這還餘額幫請時間"), (HANT, "后们这还余额帮请时间")])
def test_scripts_do_not_mix(t: Translator, others: str) -> None:
    for message in everything(t, "", 123456, 3):
        own = message.text.replace("繁體中文", "").replace("简体中文", "")
        labels = (
            "".join(b.label for row in message.buttons for b in row).replace("繁體中文", "").replace("简体中文", "")
        )
        assert not set(own + labels) & set(others)


@pytest.mark.parametrize("amount", AMOUNTS)
def test_an_amount_is_shown_to_the_cent(amount: int) -> None:
    text = remind(EN, instalment(amount=amount)).text
    shown = re.search(r"<b>NT\$([\d,.]+)</b>", text)
    assert shown
    assert int(re.sub(r"\D", "", shown[1])) == amount


# --- Buttons and commands --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("t", EVERY_LANGUAGE, ids=LANGUAGES)
def test_command_menus_are_as_telegram_takes_them(t: Translator) -> None:
    customer, agent = dict(menu.command_list(t)), dict(menu.agent_command_list(t))
    assert all(1 <= len(text) <= 256 for text in (*customer.values(), *agent.values()))


def test_the_menu_presses_what_the_commands_do() -> None:
    assert [[b.action for b in row] for row in menu.menu_buttons(EN)] == [
        ["balance", "due"],
        ["agent"],
        ["language", "help"],
    ]


@pytest.mark.parametrize("tag", LANGUAGES)
def test_a_buttons_label_typed_does_what_the_button_does(tag: str) -> None:
    words = menu.action_words()
    for row in (*menu.help_message(translator(tag), "Wallet").buttons, (menu.button(translator(tag), "settings"),)):
        for button in row:
            assert words[button.label.casefold()] == button.action


def test_help_has_every_command_as_a_button() -> None:
    assert set(actions(menu.help_message(EN, "Wallet"))) | {"help"} == {name for name, _ in menu.command_list(EN)}


def test_plain_words_are_lower_case() -> None:
    assert all(word == word.lower().strip() for word in menu.action_words())


@pytest.mark.parametrize(
    ("word", "action"),
    [
        ("余额", "balance"),
        ("餘額", "balance"),
        ("到期", "due"),
        ("人工", "agent"),
        ("客服", "agent"),
        ("幫助", "help"),
        ("语言", "language"),
        ("stop", "stop"),
        ("付款", "pay"),
        ("去还款", "pay"),
        ("选一天还款", "promise"),
        ("選一天付款", "promise"),
        ("账单有误", "dispute"),
        ("帳單有誤", "dispute"),
        ("规则", "policy"),
        ("设置", "settings"),
        ("設定", "settings"),
        ("隱私", "privacy"),
    ],
)
def test_plain_words_work_in_every_language(word: str, action: str) -> None:
    assert menu.action_words()[word] == action


def test_languages_are_offered_by_their_own_names_with_the_current_marked() -> None:
    rows = language.choose_language(EN, "zh-Hant").buttons
    assert [row[0].label for row in rows][:3] == ["English", "简体中文", "✓ 繁體中文"]
    assert [row[0].action for row in rows] == [f"language:{tag}" for tag in LANGUAGES]


def test_consent_is_a_press_on_yes_or_no() -> None:
    assert actions(linking.consent_request(EN, 7)) == ["link:yes:7", "link:no:7"]


def test_stopping_offers_the_way_back() -> None:
    assert actions(stopping.stopped(EN))[0] == "resume"


def test_words_nobody_read_offer_a_person() -> None:
    assert "agent" in actions(person.words_not_passed_on(EN))
    assert person.media_not_passed_on(EN) == person.words_not_passed_on(EN)


def test_a_group_is_sent_to_the_private_chat() -> None:
    assert private.money_in_private(EN, "@duebot").buttons[0][0].url == "https://t.me/duebot"


def test_linking_asks_for_ones_own_contact() -> None:
    assert linking.how_to_link(EN, "Wallet").ask_contact
    assert linking.contact_not_own(EN).ask_contact
    assert linking.contact_unknown(EN).drop_keyboard


def test_one_minute_is_singular() -> None:
    assert "in 1 minute." in linking.too_many_tries(EN, 1).text
    assert "in 9 minutes." in linking.too_many_tries(EN, 9).text


def test_a_person_is_introduced_by_name() -> None:
    assert person.introduced(EN, "Mei", "Wallet").text == "Mei from Wallet is writing to you here."
