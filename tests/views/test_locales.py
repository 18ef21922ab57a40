"""Languages, formats and escaping."""

from __future__ import annotations

import html
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.facts.money import Money
from bot.rules.languages import spoken_in
from locales import LANGUAGES, Html, clean, escape, match_language, translator
from locales.catalogs import read_catalog
from locales.check import wording_faults
from locales.markup import fault_in
from locales.translator import _around_sums, _sum_by_babel

EN, HANS, HANT = (translator(language) for language in ("en", "zh-Hans", "zh-Hant"))


# --- Which language --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tag",
    [
        "zh-TW",
        "zh_HK",
        "zh-MO",
        "zh-Hant",
        "zh-hant-cn",
        "ZH-Hant-TW",
        "zh_Hant_HK",
        "yue",
        "zh-yue",
        "nan-TW",
        "yue-Hant-HK",
    ],
)
def test_traditional_tags_get_traditional(tag: str) -> None:
    assert match_language(tag) == "zh-Hant"


@pytest.mark.parametrize(
    "tag",
    ["zh", "zh-CN", "zh_SG", "zh-Hans", "zh-Hans-HK", " zh-hans ", "zh-MY", "cmn-Hans-CN", "yue-CN", "wuu", "nan-Hans"],
)
def test_simplified_tags_get_simplified(tag: str) -> None:
    assert match_language(tag) == "zh-Hans"


@pytest.mark.parametrize("tag", ["en", "en-US", "EN_gb", "en-HK"])
def test_english_tags_get_english(tag: str) -> None:
    assert match_language(tag) == "en"


@pytest.mark.parametrize("tag", ["", "fr", "qaa-QM", "english", "zhuang", "-", "x-zh"])
def test_other_tags_get_none(tag: str) -> None:
    assert match_language(tag) is None


def test_an_unknown_language_is_spoken_to_in_english() -> None:
    assert translator("fr").language == "en"


def test_a_regional_tag_is_spoken_to_in_its_language() -> None:
    assert translator("zh_TW") is HANT


@pytest.mark.parametrize("tag", ["zh_HK", "yue-Hant-HK", "zh-Hant-HK"])
def test_a_place_with_words_of_its_own_has_them(tag: str) -> None:
    assert [t("Ways to pay") for t in (HANT, translator(tag))] == ["繳款方式", "還款方式"]


@pytest.mark.parametrize(
    ("zone", "tag"),
    [
        ("Asia/Hong_Kong", "zh-Hant-HK"),
        ("Asia/Macau|Asia/Taipei", "zh-Hant-HK"),
        ("Asia/Taipei", "zh-Hant"),
        ("", "zh-Hant"),
    ],
)
def test_the_place_is_where_the_customer_lives(zone: str, tag: str) -> None:
    assert spoken_in("zh-Hant", zone) == tag
    assert [spoken_in(language, zone) for language in ("en", "zh-Hans")] == ["en", "zh-Hans"]


def test_the_words_of_a_place_leave_none_of_the_other_and_break_no_message() -> None:
    hong_kong = translator("zh-Hant-HK")
    for message in read_catalog("zh-Hant"):
        if isinstance(message.id, str) and message.id:
            text = hong_kong._catalog.gettext(message.id)
            assert "繳" not in text
            assert list(wording_faults("zh-Hant", text)) == []


# --- Escaping --------------------------------------------------------------------------------------------------------


@given(st.text())
def test_whatever_a_name_holds_stays_text(name: str) -> None:
    said = EN("Hello {name}, good to have you here.", name=name)
    assert fault_in(said) is None
    assert html.unescape(said) == f"Hello {clean(name)}, good to have you here."


@given(st.text(alphabet="\u202e\u2066\u200f\u061c\n\r\t\x00\x1b\x85\u2028\ud800 a语"))
def test_nothing_turns_or_breaks_a_line(name: str) -> None:
    assert set(clean(name)) <= {" ", "a", "语"}


@given(st.text())
def test_cleaning_twice_changes_nothing_more(name: str) -> None:
    assert clean(clean(name)) == clean(name)


def test_our_own_markup_passes() -> None:
    assert EN("For example: {example}", example=Html("<code>x</code>")) == "For example: <code>x</code>"


def test_a_value_that_looks_like_a_placeholder_is_not_filled() -> None:
    assert EN("{name} takes this case.", name="{name}{outcome}") == "{name}{outcome} takes this case."


def test_a_label_is_plain_text() -> None:
    assert EN.plain("with {name}", name="A & <B>") == "with A & <B>"


def test_escaping_leaves_letters_that_join_and_emoji() -> None:
    assert escape("नमस्ते 👩‍👧") == "नमस्ते 👩‍👧"


# --- Formats ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "money", "said"),
    [
        ("en", Money(120000, "TWD"), "NT$1,200.00"),
        ("zh-Hant", Money(120000, "TWD"), "NT$1,200.00"),
        ("zh-Hans", Money(1250, "CNY"), "¥12.50"),
        ("en", Money(1250, "CNY"), "CN¥12.50"),
        ("en", Money(100, "USD"), "US$1.00"),
        ("zh-Hant", Money(-5, "HKD"), "-HK$0.05"),
        ("en", Money(1200, "JPY"), "JP¥1,200"),
    ],
)
def test_an_amount_has_its_symbol_and_all_its_decimals(language: str, money: Money, said: str) -> None:
    assert translator(language).money(money) == said


@pytest.mark.parametrize("language", [*LANGUAGES, "zh-Hant-HK"])
def test_an_amount_is_written_as_by_babel(language: str) -> None:
    t, odd = translator(language), {"JPY", "KWD", "TWD", "CHF", "XAU", "UYW"}
    for currency in {"USD", "CNY", "HKD", "EUR", "IDR", "INR", *odd}:
        for amount in (0, 5, -5, 99, 100, -99_950, 123_456, 100_000_000, 10**12 + 7, -(10**12)):
            money = Money(amount, currency)
            assert t.money(money) == _sum_by_babel(t.language, t._locale, money.to_decimal(), currency)
    assert not _around_sums("en", Locale("en", "IN"), "INR", 2, False)  # 12,34,567.00
    assert not _around_sums("en", Locale("es"), "EUR", 2, False)  # 1234,00


@pytest.mark.parametrize("language", LANGUAGES)
@given(amount=st.integers(min_value=-(10**15), max_value=10**15))
def test_no_cent_is_ever_lost(language: str, amount: int) -> None:
    said = translator(language).money(Money(amount, "TWD"))
    digits = "".join(c for c in said if c.isdigit())
    assert int(digits) == abs(amount)


@pytest.mark.parametrize(
    ("language", "n", "said"),
    [
        ("en", 0, "today"),
        ("en", 1, "tomorrow"),
        ("en", 3, "in 3 days"),
        ("en", -1, "1 day ago"),
        ("en", -2, "2 days ago"),
        ("zh-Hans", 0, "今天"),
        ("zh-Hans", 3, "3天后"),
        ("zh-Hans", -1, "1天前"),
        ("zh-Hant", 3, "3天後"),
    ],
)
def test_a_day_is_told_from_today(language: str, n: int, said: str) -> None:
    assert translator(language).in_days(n) == said


def test_one_day_is_singular() -> None:
    assert [EN.days(n) for n in (0, 1, 2, 21)] == ["0 days", "1 day", "2 days", "21 days"]


def test_chinese_has_one_plural() -> None:
    assert [HANS.days(n) for n in (1, 2)] == ["1 天", "2 天"]


def test_a_count_is_grouped_as_its_readers_group_it() -> None:
    assert [EN.days(n) for n in (999, 1000, 1_234_567)] == ["999 days", "1,000 days", "1,234,567 days"]
    assert [t.days(7838) for t in (HANS, HANT)] == ["7,838 天", "7,838 天"]


def test_dates_are_written_as_readers_write_them() -> None:
    day = date(2026, 11, 24)
    assert [t.date(day) for t in (EN, HANS, HANT)] == ["24 Nov 2026", "2026年11月24日", "2026年11月24日"]
    assert [t.day(day) for t in (EN, HANS, HANT)] == ["Tue, 24 Nov", "11月24日周二", "11月24日週二"]


def test_a_moment_is_told_on_the_customers_clock() -> None:
    assert HANS.moment(datetime(2026, 11, 24, 17, 3, tzinfo=UTC), ZoneInfo("Asia/Taipei")) == "2026年11月25日 01:03"
    assert EN.moment(datetime(2026, 11, 24, 10, 3, tzinfo=UTC), ZoneInfo("Asia/Taipei")) == "24 Nov 2026, 6:03 pm"
    assert HANT.moment(datetime(2026, 11, 24, 22, tzinfo=UTC), ZoneInfo("Asia/Taipei")) == "2026年11月25日 06:00"


def test_a_time_zone_is_called_as_its_readers_call_it() -> None:
    assert [t.zone(ZoneInfo("Asia/Shanghai")) for t in (EN, HANS, HANT)] == ["China Time", "北京时间", "北京時間"]


def test_a_list_is_joined_and_escaped() -> None:
    assert [t.joined(["a", "<b>", "c"]) for t in (EN, HANT)] == ["a, &lt;b&gt; and c", "a、&lt;b&gt;和 c"]
