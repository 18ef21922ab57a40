"""Which block each row of a batch is in."""

from __future__ import annotations

from bot.work.facts.import_rows import Kept

KEPT = Kept(["C1", "C2", None, "C4", "C5"], [(range(2), 7), (range(3, 4), 8)])


def test_a_row_is_in_the_block_of_its_place() -> None:
    assert [KEPT.of(id_) for id_ in ("C1", "C2", "C4")] == [7, 7, 8]
    assert KEPT.of("C5") is None  # its block is not kept
    assert KEPT.of("C9") is None  # it did not go in


def test_rows_that_all_went_in_have_the_blocks_of_their_places() -> None:
    all_went_in = Kept(["C1", "C2", "C3"], [(range(1, 3), 7)])
    assert list(all_went_in.of_all(("C1", "C2", "C3"))) == [None, 7, 7]


def test_some_of_the_rows_have_the_blocks_of_their_ids() -> None:
    assert list(KEPT.of_all(["C4", "C1", "C5"])) == [8, 7, None]
    assert list(Kept().of_all(["C1"])) == [None]
