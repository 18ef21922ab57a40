"""How a supervisor writes an order for many cases, and what is wrong with an order that is not understood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.cases.bulk_changes import MOST_CASES, Bulk, Filters, NotBulk, read_bulk, read_reassignment
from bot.views.cases import bulk_changes as views
from tests.views.view_facts import EVERY_LANGUAGE

AGENTS = {"Mei": 1, "Bob": 2, "Mei Lin": 3, "小王": 4, "Alex": 5, "Alexa": 6}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("move Mei Bob", Bulk("move", Filters(owner_id=1), MOST_CASES, 2)),
        ("MOVE mei BOB 10", Bulk("move", Filters(owner_id=1), 10, 2)),
        ('move "Mei Lin" 小王', Bulk("move", Filters(owner_id=3), MOST_CASES, 4)),
        ("move “Mei Lin” 「小王」 3", Bulk("move", Filters(owner_id=3), 3, 4)),
        ("move queue Bob language:zh", Bulk("move", Filters(waiting=True, language="zh"), MOST_CASES, 2)),
        ("move Bob queue all", Bulk("move", Filters(owner_id=2), MOST_CASES, None)),
        ("release Mei 5 overdue:30", Bulk("move", Filters(owner_id=1, overdue_days=30), 5, None)),
        ("hold 7 reason:overdue", Bulk("hold", Filters(reason="overdue"), days=7)),
        ('hold 7 agent:"Mei Lin" language:EN', Bulk("hold", Filters(owner_id=3, language="en"), days=7)),
        ("hold 60 all", Bulk("hold", Filters(), days=60)),
        ("hold 7 all reason:overdue", Bulk("hold", Filters(reason="overdue"), days=7)),
        ("hold 7 overdue:0", Bulk("hold", Filters(overdue_days=0), days=7)),
        ("hold 7 overdue:9999", Bulk("hold", Filters(overdue_days=9999), days=7)),
        ("hold 1 all", Bulk("hold", Filters(), days=1)),
        ("move Mei Bob 1", Bulk("move", Filters(owner_id=1), 1, 2)),
        ("move Mei Bob 000001", Bulk("move", Filters(owner_id=1), 1, 2)),
        ("move Mei Bob 5000", Bulk("move", Filters(owner_id=1), 5000, 2)),
        ("move Bo Mei", Bulk("move", Filters(owner_id=2), MOST_CASES, 1)),
        ("move alex Bob", Bulk("move", Filters(owner_id=5), MOST_CASES, 2)),
    ],
)
def test_what_is_written_is_understood(text: str, meant: Bulk) -> None:
    assert read_bulk(text, AGENTS) == meant


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", NotBulk("usage")),
        ("move Mei", NotBulk("usage")),
        ("close all", NotBulk("usage")),
        ("move Nobody Bob", NotBulk("unknown_agent", "Nobody")),
        ("move Me Bob", NotBulk("unknown_agent", "Me")),
        ("move Mei Mei", NotBulk("same", "Mei")),
        ("release queue", NotBulk("same", "queue")),
        ("move Mei Bob 0", NotBulk("number", "0")),
        ("move Mei Bob 0000001", NotBulk("number", "0000001")),
        ("move Mei Bob ten", NotBulk("number", "ten")),
        ("hold 0 all", NotBulk("days", "0")),
        ("hold 61 all", NotBulk("days", "61")),
        ("hold all", NotBulk("days", "all")),
        ("hold 7", NotBulk("filter_needed")),
        ("hold 7 rubbish", NotBulk("filter", "rubbish")),
        ("hold 7 reason:a reason:b", NotBulk("filter", "reason:b")),
        ("hold 7 language:fr", NotBulk("filter", "language:fr")),
        ("hold 7 overdue:10000", NotBulk("filter", "overdue:10000")),
        ("hold 7 agent:Nobody", NotBulk("unknown_agent", "Nobody")),
        ("move Mei Bob 5001", NotBulk("number", "5001")),
        ("hold 7 overdue:-1", NotBulk("filter", "overdue:-1")),
        ("hold 7 reason:", NotBulk("filter", "reason:")),
        ("move Mei Bob agent:Bob", NotBulk("filter", "Bob")),
        ("move queue Bob agent:Mei", NotBulk("filter", "Mei")),
    ],
)
def test_what_is_wrong_is_named(text: str, wrong: NotBulk) -> None:
    assert read_bulk(text, AGENTS) == wrong
    for t in EVERY_LANGUAGE:
        assert "/bulk hold 7" in views.bulk_refused(t, wrong).text


def test_the_queue_is_nobody_whatever_agents_are_called() -> None:
    assert read_bulk("move queue Bob", {"Queuelin": 7, "Bob": 2}) == Bulk("move", Filters(waiting=True), MOST_CASES, 2)


@given(st.text(max_size=60))
def test_nothing_that_is_written_breaks_it(text: str) -> None:
    assert isinstance(read_bulk(text, AGENTS), Bulk | NotBulk)


@given(
    st.lists(st.sampled_from(["move", "hold", "Mei", "Bob", "queue", "7", "all", "reason:x", "agent:Mei"]), max_size=6)
)
def test_a_hold_never_is_about_all_by_accident(words: list[str]) -> None:
    read = read_bulk(" ".join(words), AGENTS)
    if isinstance(read, Bulk) and read.do == "hold" and read.filters == Filters():
        assert "all" in words


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Mei", Bulk("move", Filters(owner_id=1))),
        ("Mei to Bob", Bulk("move", Filters(owner_id=1), to=2)),
        ("mei BOB", Bulk("move", Filters(owner_id=1), to=2)),
        ("", NotBulk("usage")),
        ("Mei Bob Sue", NotBulk("usage")),
        ("queue Bob", NotBulk("unknown_agent", "queue")),
        ("Tom", NotBulk("unknown_agent", "Tom")),
        ("Mei Mei", NotBulk("same", "Mei")),
    ],
)
def test_an_absent_agents_cases_go_to_the_queue_or_to_a_colleague(text: str, read: Bulk | NotBulk) -> None:
    assert read_reassignment(text, {"Mei": 1, "Bob": 2}) == read
