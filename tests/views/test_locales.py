"""Languages, formats and escaping; and that the check of the catalogs finds each kind of fault."""

from __future__ import annotations

import html
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.facts.money import Money
from bot.rules.languages import spoken_in
from locales import LANGUAGES, Html, clean, escape, match_language, translator
from locales.catalogs import extracted, read_catalog, read_template, update, write_catalog
from locales.check import catalog_faults, faults, template_faults, wording_faults
from locales.languages import FOLDER, catalog_path
from locales.markup import fault_in
from locales.translator import _around_sums, _sum_by_babel

ROOT = FOLDER.parent
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
    assert [t.joined(["a", "<b>", "c"]) for t in (EN, HANT)] == ["a, &lt;b&gt; and c", "a、&lt;b&gt;和c"]


# --- The catalogs as they are ----------------------------------------------------------------------------------------


def test_the_catalogs_hold_to_the_code_and_to_the_rules() -> None:
    assert list(faults(ROOT, FOLDER)) == []


def test_the_two_scripts_were_written_apart() -> None:
    """No mere conversion: a good part of the sentences differs in words, whatever the script."""
    pairs = [
        (HANS.plain(m.id), HANT.plain(m.id))
        for m in read_catalog("en")
        if isinstance(m.id, str) and len(m.id) > 40 and "{" not in m.id
    ]
    assert sum(len(hans) != len(hant) for hans, hant in pairs) > len(pairs) / 2


# --- The check finds each kind of fault ------------------------------------------------------------------------------


FEW = 't("Balance"), t("As of {when}."), t.plural("{n} day", "{n} days", 2)\n'


@pytest.fixture(scope="module")
def few_sentences(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program that says a few of our sentences, with catalogs in which they are translated as in ours."""
    root = tmp_path_factory.mktemp("few")
    folder = a_view(root, FEW)
    update(root, folder)
    for language in LANGUAGES:
        catalog, ours = read_catalog(language, folder), read_catalog(language)
        for message in catalog:
            if message.id:
                message.string = ours[message.id].string
        write_catalog(catalog_path(language, folder), catalog)
    return root


@pytest.fixture
def root(few_sentences: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(few_sentences, tmp_path / "root"))


@pytest.fixture
def folder(root: Path) -> Path:
    """Of its catalogs."""
    return root / "locales"


def test_nothing_is_wrong_before_it_is_spoilt(root: Path, folder: Path) -> None:
    assert list(faults(root, folder)) == []


def spoil(folder: Path, language: str, change: Callable[[Catalog], object]) -> list[str]:
    catalog = read_catalog(language, folder)
    change(catalog)
    write_catalog(catalog_path(language, folder), catalog)
    return list(spoiled_faults(language, folder))


def spoiled_faults(language: str, folder: Path) -> Iterator[str]:
    """What `faults` finds in this catalog; it reads the code and the other languages as well, which nobody spoilt."""
    return catalog_faults(language, read_catalog(language, folder), read_template(folder))


def put(message: str, string: str) -> Callable[[Catalog], object]:
    def change(catalog: Catalog) -> None:
        found = catalog.get(message)
        assert found is not None
        found.string = string

    return change


def test_a_sentence_that_is_new_in_the_code_is_found(root: Path, folder: Path) -> None:
    text = (folder / "duebot.pot").read_text()
    (folder / "duebot.pot").write_text(text.replace('msgid "Balance"', 'msgid "Old balance"'))
    found = list(faults(root, folder))
    assert any("'Balance': said in the code but not here" in fault for fault in found)
    assert any("'Old balance': no longer said in the code" in fault for fault in found)


def test_a_sentence_that_moved_to_another_file_is_found(tmp_path: Path) -> None:
    before, after = Catalog(), Catalog()
    before.add("Hello", locations=[("bot/views/a.py", 1)])
    after.add("Hello", locations=[("bot/views/b.py", 1)])
    assert [fault.split("; ")[0] for fault in template_faults(before, after)] == [
        "template: 'Hello': said in other files by now"
    ]


def test_a_missing_message_is_found(folder: Path) -> None:
    assert any("'Balance': missing" in f for f in spoil(folder, "zh-Hans", lambda c: c.delete("Balance")))


def test_a_message_too_many_is_found(folder: Path) -> None:
    assert any("'Extra': not in the template" in f for f in spoil(folder, "en", lambda c: c.add("Extra", "Extra")))


def test_an_untranslated_message_is_found(folder: Path) -> None:
    assert any("'Balance': not translated" in f for f in spoil(folder, "zh-Hant", put("Balance", "")))


def test_a_fuzzy_message_is_found(folder: Path) -> None:
    found = spoil(folder, "zh-Hans", lambda c: c.get("Balance").flags.add("fuzzy"))
    assert any("'Balance': fuzzy" in f for f in found)


def test_an_obsolete_message_is_found(root: Path, folder: Path) -> None:
    path = catalog_path("zh-Hans", folder)
    path.write_text(path.read_text() + '\n#~ msgid "Gone"\n#~ msgstr "没了"\n')
    assert any("'Gone': obsolete" in f for f in faults(root, folder))


def test_a_plural_that_lacks_a_form_is_found(folder: Path) -> None:
    def one_form(catalog: Catalog) -> None:
        catalog.get("{n} day").string = ("{n} day", "")

    assert any("'{n} day': not translated, it needs 2 texts" in f for f in spoil(folder, "en", one_form))


@pytest.mark.parametrize(
    ("string", "fault"),
    [
        ("说明 {brand}。", "has {brand} where the code fills {when}"),
        ("截至。", "has none where the code fills {when}"),
        ("截至 <b>{when}</b>。", "has the tags </b> <b>, the English has none"),
        ("截至 <b>{when}。", "<b> is never closed"),
        ("截至 {when} & 更新。", "& is no entity that Telegram knows"),
        ("截至 <div>{when}</div>。", "is no tag that Telegram knows"),
        ("截至 {when},更新。", "half-width ','"),
        ("截至(今天) {when}", "half-width '('"),
        ("截至 {when} 更新.", "half-width '.'"),
        ("后來 {when}", "has 來, which is not zh-Hans"),
        ("请务必于 {when}", "says '务必', which gives orders instead of offers"),
        ("立即 {when}", "says '立即', which presses with haste"),
    ],
)
def test_a_fault_in_a_chinese_text_is_found(folder: Path, string: str, fault: str) -> None:
    found = spoil(folder, "zh-Hans", put("As of {when}.", string))
    assert any(f.startswith("zh-Hans: 'As of {when}.': ") and fault in f for f in found)


@pytest.mark.parametrize("text", ["3天后", "余额", "这里", "馬上", "催收", "追討"])
def test_simplified_or_hard_words_are_found_in_traditional(text: str) -> None:
    assert list(wording_faults("zh-Hant", text))


@pytest.mark.parametrize(
    "text", ["Pay immediately.", "FINAL NOTICE", "Failure to pay", "You must pay", "your debt", "<b>Legal</b> action"]
)
def test_hard_words_are_found_in_english(text: str) -> None:
    assert list(wording_faults("en", text))


@pytest.mark.parametrize("text", ["mustard", "defaults", "courteous", "indebted"])
def test_words_that_only_look_hard_are_not(text: str) -> None:
    assert list(wording_faults("en", text)) == []


def test_a_placeholders_name_is_not_read_as_words() -> None:
    assert list(wording_faults("en", "{debt} {must}")) == []


def test_a_whole_catalog_can_be_checked_alone() -> None:
    assert list(catalog_faults("en", read_catalog("en"), read_catalog("en"))) == []


# --- Extraction ------------------------------------------------------------------------------------------------------


def a_view(root: Path, code: str) -> Path:
    (root / "bot" / "views").mkdir(parents=True, exist_ok=True)
    (root / "bot" / "views" / "x.py").write_text(code)
    (root / "locales").mkdir(exist_ok=True)
    shutil.copy(FOLDER / "babel.cfg", root / "locales")
    return root / "locales"


def test_sentences_labels_and_plurals_are_extracted(tmp_path: Path) -> None:
    folder = a_view(tmp_path, 'a = t("One"), t.plain("Two"), t.plural("{n} x", "{n} xs", 3), other("No")\n')
    assert [m.id for m in extracted(tmp_path, folder / "babel.cfg") if m.id] == ["One", "Two", ("{n} x", "{n} xs")]


def test_a_sentence_within_a_sentence_is_extracted(tmp_path: Path) -> None:
    folder = a_view(tmp_path, 'a = t("See {x}", x=code("/x " + t.plain("Inner")))\n')
    assert {m.id for m in extracted(tmp_path, folder / "babel.cfg") if m.id} == {"See {x}", "Inner"}


def test_a_sentence_in_pieces_is_one(tmp_path: Path) -> None:
    folder = a_view(tmp_path, 'a = t(\n    "One "\n    "two"\n)\n')
    assert [m.id for m in extracted(tmp_path, folder / "babel.cfg") if m.id] == ["One two"]


@pytest.mark.parametrize("argument", ["name", 'f"{x}"', '"a" + b'])
def test_a_sentence_put_together_at_run_time_is_refused(root: Path, argument: str) -> None:
    folder = a_view(root, f"\na = t({argument})\n")
    with pytest.raises(ValueError, match=r"x\.py:2: t\(\) takes a text written out"):
        extracted(root, folder / "babel.cfg")
    assert [f for f in faults(root, folder) if f.startswith("code: ") and "x.py:2" in f]


def test_updating_keeps_what_is_translated_and_drops_what_is_gone(tmp_path: Path) -> None:
    folder = a_view(tmp_path, 'a = t("One"), t("Two")\n')
    update(tmp_path, folder)
    catalog = read_catalog("zh-Hans", folder)
    put("One", "一")(catalog)
    write_catalog(catalog_path("zh-Hans", folder), catalog)
    a_view(tmp_path, 'a = t("One"), t("Three")\n')
    update(tmp_path, folder)
    after = {m.id: m.string for m in read_catalog("zh-Hans", folder) if m.id}
    assert after == {"One": "一", "Three": ""}
    assert {m.id: m.string for m in read_catalog("en", folder) if m.id} == {"One": "One", "Three": "Three"}


def test_updating_twice_changes_no_file(tmp_path: Path) -> None:
    folder = a_view(tmp_path, 'a = t("One"), t.plural("{n} x", "{n} xs", 3)\n')
    update(tmp_path, folder)
    before = {path: path.read_bytes() for path in folder.rglob("*.po*")}
    update(tmp_path, folder)
    assert {path: path.read_bytes() for path in folder.rglob("*.po*")} == before
