"""Letters and digits stand apart from Chinese by a space, whatever a sentence is filled with; Chinese does not."""

from __future__ import annotations

import re
from datetime import date

import pytest

from bot.rules.facts.money import Money
from locales import Html, Translator, translator
from locales.catalogs import read_catalog
from locales.languages import FOLDER

HANS, HANT = translator("zh-Hans"), translator("zh-Hant")
TOUCHES = re.compile("[\u3400-\u9fff](?:<[^<>]*>)*(?:Mei|US)|(?:Mei|00)(?:<[^<>]*>)*[\u3400-\u9fff]")
BESIDE = "{name} has answered the dispute."


@pytest.mark.parametrize("t", [HANS, HANT], ids=repr)
@pytest.mark.parametrize("value", ["Mei", "US$500.00"])
def test_no_sentence_of_the_catalog_runs_into_a_name_or_a_sum(t: Translator, value: str) -> None:
    """A count is as near to its word as the catalog says, 3天后; and a question ends with its mark."""
    names = [m.id for m in read_catalog(t.language, FOLDER) if m.id and isinstance(m.id, str)]
    filled = {one: t(one, **dict.fromkeys(re.findall(r"\{([a-z_]+)\}", one), value)) for one in names}
    assert len(filled) > 1000
    assert {
        one: said
        for one, said in filled.items()
        if "{n}" not in one and "{question}" not in one and TOUCHES.search(said)
    } == {}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("Mei", "没有改动：Mei 正在处理这个工单。"),
        ("王小明", "没有改动：王小明正在处理这个工单。"),
        (Html("<code>Mei</code>"), "没有改动：<code>Mei</code> 正在处理这个工单。"),
        ("小王2", "没有改动：小王2 正在处理这个工单。"),
        ("", "没有改动：正在处理这个工单。"),
        ("（某人）", "没有改动：（某人）正在处理这个工单。"),
    ],
)
def test_a_space_is_set_where_the_value_has_letters_or_digits_at_its_edge(value: str, said: str) -> None:
    assert HANS("Nothing was done: {name} has this case.", name=value) == said


@pytest.mark.parametrize(("name", "said"), [("王小明", "案件現由王小明負責。"), ("Mei", "案件現由 Mei 負責。")])
def test_a_name_in_chinese_has_no_space_where_the_sentence_has_one(name: str, said: str) -> None:
    assert HANT("{name} has this case now.", name=name) == said
    assert translator("en")("{name} has this case now.", name="王小明") == "王小明 has this case now."


def test_a_sum_and_a_number_of_days_are_set_off_and_a_date_is_not() -> None:
    amount, day = HANS.money(Money(50000, "TWD")), HANS.day(date(2026, 3, 6))
    said = HANS("Agreed: {amount} by {day}. The case rests until then.", amount=amount, day=day)
    assert said.startswith("已约定：3月6日周五前还 NT$500.00。")
    assert HANS.plain("{amount} a month", amount=amount) == "每月 NT$500.00"
    assert "最多 3 天" in HANS("The case rests until they answer, {days} at most.", days=HANS.days(3))


def test_a_list_has_the_space_before_and_after_its_last_and() -> None:
    assert HANS.joined(["NT$3.00", "US$1.00", "王小明", "Mei"]) == "NT$3.00、US$1.00、王小明和 Mei"
    assert HANT.joined(["NT$3.00", "US$1.00"]) == "NT$3.00 和 US$1.00"
    assert translator("en").joined(["Mei", "Tom"]) == "Mei and Tom"
    assert HANS.joined(["Mei"]) == "Mei"
