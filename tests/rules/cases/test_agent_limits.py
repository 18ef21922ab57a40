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
        (("", "x" * 64, "", "1"), Limits((), ("x" * 64,), (), 1)),
        (("", "", ",".join(map(str, range(20))), "1000"), Limits((), (), tuple(map(str, range(20))), 1000)),
        (("klingon", "", "", ""), WrongLimits("languages", "klingon")),
        (("en, klingon, elvish", "x" * 65, "", "0"), WrongLimits("languages", "klingon")),
        (("", "x" * 65, "", ""), WrongLimits("products", "x" * 65)),
        (("", "a\0b", "", ""), WrongLimits("products", "a\0b")),
        (("", "", ",".join(map(str, range(21))), ""), WrongLimits("segments", "20")),
        (("", "", "a\0b," + ",".join(map(str, range(21))), ""), WrongLimits("segments", "a\0b")),
        (("", "ok, a\0b", "x" * 65, "0"), WrongLimits("products", "a\0b")),
        (("", "", "", "0"), WrongLimits("most_cases", "0")),
        (("", "", "", " 1001 "), WrongLimits("most_cases", "1001")),
        (("", "", "", "-1"), WrongLimits("most_cases", "-1")),
        (("", "", "", "0000000001"), WrongLimits("most_cases", "0000000001")),
        (("", "", "", "１２"), WrongLimits("most_cases", "１２")),
        (("", "", "", "9" * 30), WrongLimits("most_cases", "9" * 30)),
    ],
)
def test_limits_are_read_or_the_field_is_named(given: tuple[str, str, str, str], read: Limits | WrongLimits) -> None:
    assert read_limits(*given) == read
