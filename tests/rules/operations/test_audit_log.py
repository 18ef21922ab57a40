"""The audit log: what a search looks into, where a page goes on, and what may be searched for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.rules.operations.audit_log import (
    HOUSEKEEPING,
    KINDS,
    SOURCES,
    Positions,
    Search,
    Source,
    parse_kind,
    read_positions,
    written,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ALL = frozenset(SOURCES)
MOST = 9_223_372_036_854_775_807  # the largest number that both databases keep


@pytest.mark.parametrize(
    ("search", "sources"),
    [
        (Search(), ALL),
        (Search(since=NOON, before=NOON), ALL),
        (Search(actor_id=7), ALL - {"link"}),  # customers do that
        (Search(case_id=12), {"case"}),
        (Search(customer_id="c1"), {"case", "link"}),
        (Search(actor_id=7, customer_id="c1"), {"case"}),
        (Search(case_id=12, customer_id="c1"), {"case"}),
        (Search(actor_id=7, case_id=12), {"case"}),
        *((Search(kind=(source, kinds[0])), {source}) for source, kinds in KINDS.items()),
        (Search(kind=("case", "claimed"), actor_id=7, case_id=12, customer_id="c1"), {"case"}),
        (Search(kind=("link", "moved"), customer_id="c1"), {"link"}),
        (Search(kind=("link", "moved"), actor_id=7), set()),
        (Search(kind=("link", "moved"), case_id=12), set()),
        (Search(kind=("agent", "away"), actor_id=7), {"agent"}),
        (Search(kind=("agent", "away"), customer_id="c1"), set()),
        (Search(kind=("import", "imported"), case_id=12), set()),
    ],
)
def test_a_search_looks_into_what_can_have_such_entries(search: Search, sources: set[Source]) -> None:
    assert {source for source in SOURCES if search.looks_into(source)} == sources


@pytest.mark.parametrize(
    ("positions", "text"),
    [
        ({}, "_______"),
        ({"case": 12}, "12_______"),
        ({"case": 1, "link": 2, "console": 3, "policy": 4, "passkey": 5, "import": 6, "operation": 7, "agent": 8},)
        + ("1_2_3_4_5_6_7_8",),
        ({"link": 0, "agent": MOST}, f"_0______{MOST}"),
    ],
)
def test_where_a_page_goes_on_is_part_of_an_address_and_read_back(positions: Positions, text: str) -> None:
    assert written(positions) == text
    assert read_positions(text) == positions


@pytest.mark.parametrize(
    "text",
    [
        *("", "1", "______", "________", "1_2_3_4_5_6_7", "1_2_3_4_5_6_7_8_9"),  # so many sources there are not
        *("x_______", "-1_______", "+1_______", " 1_______", "1.0_______", "1-______"),
        *("²_______", "٣_______", "３_______"),  # digits elsewhere
        *(f"{MOST + 1}_______", f"{10**19}_______", f"{'0' * 19}1_______", "9" * 5000 + "_______"),
        *("_______x", f"1_2_3_4_5_6_7_{MOST + 1}"),
    ],
)
def test_what_is_no_place_in_the_log_is_refused(text: str) -> None:
    assert read_positions(text) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("case:claimed", ("case", "claimed")),
        ("link:again", ("link", "again")),
        ("case:again", ("case", "again")),  # two sources have a kind of that name
        ("console:signed_in", ("console", "signed_in")),
        ("agent:limits", ("agent", "limits")),
        *((text, None) for text in ("", ":", "case", "case:", ":claimed", "claimed", "claimed:case", "case claimed")),
        *((text, None) for text in ("case:moved", "link:claimed", "cases:claimed", "case:claimed:", "case::claimed")),
        *((text, None) for text in ("Case:claimed", "case:Claimed", "case:claime", " case:claimed")),
    ],
)
def test_a_kind_is_one_of_its_source_or_none(text: str, kind: tuple[Source, str] | None) -> None:
    assert parse_kind(text) == kind


def test_every_kind_may_be_searched_for_but_what_keeps_the_house() -> None:
    every = [(source, kind) for source, kinds in KINDS.items() for kind in kinds]
    assert [parse_kind(f"{source}:{kind}") for source, kind in every] == every
    assert {source for source, _ in every} == ALL
    assert "coming_in" in HOUSEKEEPING
    assert {parse_kind(f"case:{kind}") for kind in HOUSEKEEPING} == {None}
