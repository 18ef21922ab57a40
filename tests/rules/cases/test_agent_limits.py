"""What a supervisor writes as an agent's limits."""

from __future__ import annotations

import pytest

from bot.rules.cases.agent_limits import Limits, WrongLimits, read_limits


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (("", "", "", ""), Limits()),
        (
            ("zh, en", "Card， Loan", "trusted、new,,trusted", " 12 "),
            Limits(("zh", "en"), ("Card", "Loan"), ("trusted", "new"), 12),
        ),
        (("zh-Hant", "", "", ""), Limits(("zh-Hant",))),
        (("klingon", "", "", ""), WrongLimits("languages", "klingon")),
        (("", "x" * 65, "", ""), WrongLimits("products", "x" * 65)),
        (("", "a\0b", "", ""), WrongLimits("products", "a\0b")),
        (("", "", ",".join(map(str, range(21))), ""), WrongLimits("segments", "20")),
        (("", "", "", "0"), WrongLimits("most_cases", "0")),
        (("", "", "", "１２"), WrongLimits("most_cases", "１２")),
        (("", "", "", "9" * 30), WrongLimits("most_cases", "9" * 30)),
    ],
)
def test_limits_are_read_or_the_field_is_named(given: tuple[str, str, str, str], read: Limits | WrongLimits) -> None:
    assert read_limits(*given) == read
