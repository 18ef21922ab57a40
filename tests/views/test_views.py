"""Every view in every language is valid and short whatever the facts, and what some of them say."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.message import Message
from bot.rules.agreements.instalment_plans import Plan
from bot.rules.cases.case_events import Words
from bot.rules.cases.case_outcomes import OUTCOMES
from bot.rules.facts.money import Money
from bot.views.agreements import own_plans
from bot.views.cases import event_lines, talk_with_agent
from bot.views.cases.card import card as card_view
from bot.views.customers import language, linking, opt_out, own_words, private
from bot.views.lines import length
from locales import LANGUAGES, NAMES, Translator, translator
from tests.views.every_view import AMOUNTS, NASTY, everything, the_settings, with_words
from tests.views.view_facts import EN, EVERY_LANGUAGE, HANS, HANT, NOW, PLAIN, a_card, actions, instalment, remind

BARE = re.compile(r"[>\x00\r\u202e\u2066]|&(?!(lt|gt|amp|quot);)")  # what is nowhere outside of tags

WORDS = [PLAIN, "", *NASTY]
SIZES = [(1, 1), (123456, 3), (10**15, 60)]  # an amount, and of how many instalments


def strictly_valid(text: str) -> bool:
    """Telegram's HTML, read from tag to tag: another reader than the one that the catalogs are checked with."""
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
            elif re.fullmatch(r'a href="(https://[!-;=?-~]+|tg://user\?id=[0-9]+)"', tag):
                stack.append("a")
            else:
                return False
            at = end + 1
        else:
            upto = text.find("<", at)
            upto = len(text) if upto < 0 else upto
            if BARE.search(text, at, upto):
                return False
            at = upto
    return not stack


@pytest.mark.parametrize("tag", LANGUAGES)
@pytest.mark.parametrize("word", range(len(WORDS)))
def test_every_view_is_valid_and_short(tag: str, word: int) -> None:
    """Each word meets each size in one of the languages, a long one in all of them."""
    is_long = len(WORDS[word]) > 100
    for amount, count in SIZES if is_long else [SIZES[(word + LANGUAGES.index(tag)) % len(SIZES)]]:
        for message in with_words(translator(tag), WORDS[word], amount, count):
            assert_valid_and_short(message)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_screen_of_the_settings_is_valid_and_short(tag: str) -> None:
    for message in the_settings(translator(tag)):
        assert_valid_and_short(message)


def assert_valid_and_short(message: Message) -> None:
    assert strictly_valid(message.text), message.text
    assert length(message.text) <= 4096, message.text
    assert "{" not in message.text.replace("{n} {name} %s", "")


@pytest.mark.parametrize("tag", LANGUAGES)
def test_words_of_any_length_are_shown_within_the_limit(tag: str) -> None:
    message = event_lines.event_line(translator(tag), Words("<&>🙂" * 2000))
    assert strictly_valid(message.text)
    assert 3000 < length(message.plain()) <= 4096


@given(word=st.text(max_size=300), tag=st.sampled_from(LANGUAGES))
def test_no_product_or_name_breaks_a_reminder_or_a_card(word: str, tag: str) -> None:
    t = translator(tag)
    assert strictly_valid(remind(t, instalment(product=word)).text)
    assert strictly_valid(card_view(t, a_card(word)).text)


@pytest.mark.parametrize("tag", ["zh-Hans", "zh-Hant"])
def test_chinese_views_hold_no_english_sentence(tag: str) -> None:
    for message in everything(translator(tag), "", 123456, 3):
        words = re.findall(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}", message.plain())
        known = {*OUTCOMES, "duebot", "agent", "add", "remove", "bulk", "move", "queue"}
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


def test_languages_are_offered_by_their_own_names_with_the_current_marked() -> None:
    rows = language.choose_language(EN, "zh-Hant").buttons
    labels = [row[0].label for row in rows]
    assert labels == [f"✓ {name}" if tag == "zh-Hant" else name for tag, name in NAMES.items()]
    assert {"English", "简体中文", "✓ 繁體中文"} <= set(labels)
    assert [row[0].action for row in rows] == [f"language:{tag}" for tag in LANGUAGES]


def test_consent_is_a_press_on_yes_or_no() -> None:
    assert actions(linking.consent_request(EN, 7)) == ["link:yes:7", "link:no:7"]


def test_stopping_offers_the_way_back() -> None:
    assert actions(opt_out.stopped(EN))[0] == "resume"


def test_words_nobody_read_offer_a_person() -> None:
    assert "agent" in actions(talk_with_agent.words_not_passed_on(EN))
    assert talk_with_agent.media_not_passed_on(EN) == talk_with_agent.words_not_passed_on(EN)


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
    assert talk_with_agent.introduced(EN, "Mei", "Wallet").text == "Mei from Wallet is writing to you here."


@pytest.mark.parametrize("t", EVERY_LANGUAGE)
def test_when_somebody_will_be_there_is_said_before_that_a_person_was_asked(t: Translator) -> None:
    absent = talk_with_agent.answered_from(t, NOW, ZoneInfo("Asia/Taipei")).text
    plan = Plan(1, "C1", 1, "asked", (), Money(0, "TWD"))
    for says_it, says_not in (
        (talk_with_agent.person_called(t, False, True, absent), talk_with_agent.person_called(t, False, True)),
        (own_words.hard_time(t, absent), own_words.hard_time(t)),
        (own_plans.plan_asked(t, plan, "…", now=True, absent=absent), own_plans.plan_asked(t, plan, "…", now=True)),
        (own_plans.nothing_fits(t, None, (), False, absent), own_plans.nothing_fits(t, None, (), False)),
    ):
        parts, without = says_it.text.split("\n\n"), says_not.text.split("\n\n")
        at = parts.index(absent)
        assert [*parts[:at], *parts[at + 1 :]] == without
        assert at < len(without), "the last is that a person was asked"
        assert says_it.buttons == says_not.buttons
