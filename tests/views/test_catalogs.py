"""The catalogs hold to the code and to the rules, and their check finds each kind of fault."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from locales import LANGUAGES, translator
from locales.catalogs import extracted, read_catalog, read_template, update, write_catalog
from locales.check import catalog_faults, faults, template_faults, wording_faults
from locales.languages import FOLDER, catalog_path

ROOT = FOLDER.parent
HANS, HANT = translator("zh-Hans"), translator("zh-Hant")


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
