"""A file of ready replies: what is read from it, and that every fault is told with its line and what was expected."""

from __future__ import annotations

import pytest

from bot.rules.cases.canned_replies import LANGUAGES, RepliesFaulty, read_replies
from bot.rules.languages import TAGS
from bot.work.cases.canned_replies import shipped_replies
from locales.spacing import set_off


def faults(text: str) -> list[str]:
    with pytest.raises(RepliesFaulty) as wrong:
        read_replies(text)
    return [str(fault) for fault in wrong.value.faults]


def test_the_shipped_replies_are_in_every_language() -> None:
    replies = shipped_replies()
    assert len(replies) >= 8
    assert all(set(reply.texts) == set(LANGUAGES) for reply in replies.values())


def test_the_shipped_replies_say_the_same_in_every_language() -> None:
    for reply in shipped_replies().values():
        assert len({reply.placeholders(language) for language in LANGUAGES}) == 1, reply.name


def test_a_language_that_is_missing_is_english() -> None:
    reply = read_replies('[a]\nen = "x"\nzh-Hans = "y"')["a"]
    assert [reply.language_for(language) for language in ("en", "zh-Hans", "zh-Hant")] == ["en", "zh-Hans", "en"]


def test_a_reply_in_chinese_has_a_space_to_what_is_in_letters() -> None:
    greeting, names = shipped_replies()["greeting"], {"name": "王小明", "agent": "Mei"}
    for brand, said in (("Acorn", "王小明，您好，我是 Acorn 的 Mei。"), ("橡果", "王小明，您好，我是橡果的 Mei。")):
        assert greeting.filled("zh-Hans", {**names, "brand": brand}, set_off).startswith(said)


def test_braces_that_are_meant_stay() -> None:
    assert read_replies('[a]\nen = "{{x}} {name}"')["a"].filled("en", {"name": "Anna"}) == "{x} Anna"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a]\nzh-Hans = 'x'", "line 1: [a] has no en"),
        ("[a]\nen = 'x'\n[b]\nen = ''", "line 4: [b] en is given as ''; expected a text"),
        ("[a]\nen = 'x'\nfr = 'y'", "line 3: [a] fr is not a language"),
        ("[a]\nen = '{amout}'", "line 2: [a] en: there is no placeholder {amout}; expected {name}"),
        ("[a]\nen = 'x {'", "line 2: [a] en: a single brace"),
        ("[a]\nen = '{name.__class__}'", "line 2: [a] en: there is no placeholder"),
        ("[a]\nen = '{name!r}'", "line 2: [a] en: there is no placeholder"),
        ("[a]\nen = '{}'", "line 2: [a] en: there is no placeholder {}"),
        ("[A b]\nen = 'x'", "line 1: not TOML"),
        ("['A b']\nen = 'x'", "line 1: a reply's name is given as 'A b'"),
        ("\n[\"XaX\"]\nen = 'x'", "line 2: a reply's name is given as 'XaX'"),
        ("[a]\nen = 'x'\n'XX' = 'y'", "line 3: [a] XX is not a language"),
        ("a = 'x'", "line 1: a is given as a value"),
        ("", "line 1: there is no reply"),
        ('[a]\nen = """\none\ntwo = 3\n"""\nde = "x"', "line 6: [a] de is not a language"),
        ('[a]\nen = """\none\nde = 3\n"""\nde = "x"', "line 6: [a] de is not a language"),
        ("[a]\nen = '''\none\nde = 3\n'''\nde = 'x'", "line 6: [a] de is not a language"),
        ('[a]\nen = """one"""\nde = "x"', "line 3: [a] de is not a language"),
        ('["a"]\n"en" = "x"\n"de" = "y"', "line 3: [a] de is not a language"),
        ("['a']\n'en' = 'x'\n'de' = 'y'", "line 3: [a] de is not a language"),
        ("a.en = 'x'\na.de = 'y'", f"line 2: [a] de is not a language of the replies; expected {', '.join(TAGS)}"),
        ("[a]\nen = 'x'\n[b]\nzh-Hans = 'x'", "line 3: [b] has no en"),
        ("\na = 'x'", "line 2: a is given as a value"),
        ("[a]\nen = []", "line 2: [a] en is given as a list; expected a text"),
        ("[a]\nen = {}", "line 2: [a] en is given as a dict; expected a text"),
        ("[a]\nen = 5", "line 2: [a] en is given as 5; expected a text"),
        (f"[a]\nen = '{' ' * 70}'", f"line 2: [a] en is given as '{' ' * 59}; expected a text"),
        (f"[a]\nen = '{'x' * 3001}'", "line 2: [a] en has 3001 characters; expected at most 3000"),
        ("[a]\nen = '{x}'", "line 2: [a] en: there is no placeholder {x}; expected {name} {agent} {brand} {amount} "),
        ("[a]\nen = 'x'\nzh-Hans = \"y", "line 3: not TOML: "),  # the file ends within a text
    ],
)
def test_each_fault_has_its_line_and_what_was_expected(text: str, said: str) -> None:
    assert any(fault.startswith(said) for fault in faults(text)), faults(text)


def test_a_text_may_be_three_thousand_characters_long() -> None:
    assert read_replies(f"[a]\nen = '{'x' * 3000}'")


def test_what_is_no_toml_is_told_with_its_line_once() -> None:
    assert faults("[a]\nen = x") == ["line 2: not TOML: Invalid value"]


def test_lists_within_lists_without_end_are_no_toml() -> None:
    assert faults(f"a = {'[' * 5000}") == [
        "line 1: not TOML: lists or tables are nested too deeply; expected tables such as [greeting] with texts"
    ]


def test_an_error_tells_every_fault_on_a_line_of_its_own() -> None:
    with pytest.raises(RepliesFaulty) as wrong:
        read_replies("a = 1\nb = 2")
    assert [line[:7] for line in str(wrong.value).splitlines()] == ["line 1:", "line 2:"]


def test_a_reply_is_known_by_its_name_and_its_placeholders() -> None:
    reply = read_replies("[a]\nen = '{{x}} {name}, {days}, {name}'")["a"]
    assert reply.name == "a"
    assert reply.placeholders("en") == {"name", "days"}


def test_all_faults_are_told_at_once_in_order() -> None:
    assert len(faults("[a]\nen = '{x}'\n[b]\nfr = 'y'")) == 3
