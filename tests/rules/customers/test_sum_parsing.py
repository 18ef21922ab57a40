"""Numbers in words: what is an exact number is read, and nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.customers import sum_parsing
from bot.rules.customers.sum_parsing import below_hundred, named_currencies, number_in_words, said_sum
from bot.rules.facts.money import Money

NUMBERS = {
    "five": 5,
    "nineteen": 19,
    "twenty": 20,
    "twenty five": 25,
    "twenty-five": 25,
    "hundred": 100,
    "a hundred": 100,
    "a hundred and one": 101,
    "two hundred": 200,
    "two hundred fifty": 250,
    "twenty five hundred": 2500,
    "thousand": 1000,
    "a thousand": 1000,
    "one thousand two hundred and fifty": 1250,
    "two thousand and one": 2001,
    "three thousand nineteen": 3019,
    "five hundred thousand": 500_000,
    "三": 3,
    "十": 10,
    "十五": 15,
    "五十": 50,
    "一百零五": 105,
    "一百五": 150,
    "百二": 120,
    "两千三": 2300,
    "两千零三": 2003,
    "两千零三十": 2030,
    "一万": 10_000,
    "万": 0,
    "一万二": 12_000,
    "一万二千": 12_000,
    "一万零二百": 10_200,
    "十二万三千四百五十六": 123_456,
    "五百元": 500,
}
NO_NUMBERS = (
    "",
    "zero",
    "零",
    "three fifty",
    "twenty thirty",
    "twenty ten",
    "nineteen five",
    "five five",
    "one hundred hundred",
    "five one",
    "one thousand two thousand",
    "two or three hundred",
    "two to three thousand",
    "两三",
    "两三百",
    "三四千",
    "一百二百",
    "三千五千",
    "十十",
    "一万二万",
    "几百",
    "500",
    "5百",
    "fifty coins",
    "五百个",
)


def test_a_number_in_words_is_read_if_it_is_one() -> None:
    assert {said: number_in_words(said) or 0 for said in NUMBERS} == NUMBERS
    assert {said: read for said in NO_NUMBERS if (read := number_in_words(said)) is not None} == {}


def test_a_number_below_a_hundred() -> None:
    read = {"7": 7, "31": 31, "三": 3, "两": 2, "十": 10, "十五": 15, "二十": 20, "三十一": 31, "九十九": 99}
    assert {said: below_hundred(said) for said in read} == read
    assert [below_hundred(said) for said in ("", "两三", "百", "十十", "二十五六")] == [0] * 5


SUMS = {
    "500": 50_000,
    "1,200.50": 120_050,
    "1.50": 150,
    "1.500k": 150_000,
    "3千5": 350_000,
    "12,345,678": 1_234_567_800,
    "500 and 500": 50_000,
    "5 hundred": 50_000,
    "1.5 thousand": 150_000,
    "2.5千": 250_000,
    "1k": 100_000,
    "five hundred dollars": 50_000,
    "five bucks": 500,
    "十五块": 1500,
    "五百": 50_000,
    "i get 5 hundred": 50_000,
    "$500": 50_000,
    "nt$ 500": 50_000,
    "500 ntd": 50_000,
    "confirm 500": 50_000,
}
NO_SUM = (
    "1,5",
    "20,5",
    "1,2000",
    "500.1234",
    "1.500",
    "1.500 twd",
    "3千5百",
    "several hundred dollars",
    "a couple of thousand",
    "20 pounds",
    "1w",
    "3d",
    "500m",
    "500 600",
    "500 or five hundred and one",
    "zero dollars",
    "five",
    "五",
    "三期",
    "三千五百个",
    "10 people",
    "50%",
    "three fifty dollars",
    "two or three hundred dollars",
    "几百块",
    "两三百块",
    "hkd 500",
    "sgd 500",
    "rm 500",
    "500日元",
    "10000000000000000",
    "1234567890123456",
)


def test_the_only_sum_of_a_sentence() -> None:
    assert {said: said_sum(said, ["TWD"]) for said in SUMS} == {said: Money(n, "TWD") for said, n in SUMS.items()}
    assert {said: read for said in NO_SUM if (read := said_sum(said, ["TWD"])) is not None} == {}


def test_a_sum_is_in_the_currency_that_is_named() -> None:
    assert said_sum("hk$500", ["TWD", "HKD"]) == Money(50_000, "HKD")
    assert said_sum("500日圆", ["TWD", "JPY"]) == Money(500, "JPY")
    assert said_sum("五百港币", ["TWD", "HKD"]) == Money(50_000, "HKD")
    assert said_sum("500 usd", ["USD"]) == Money(50_000, "USD")
    assert said_sum("500", ["TWD", "HKD"]) is None
    assert named_currencies("500 usd or 20美元, confirm 3€") == {"USD", "EUR"}
    assert named_currencies("try all 500") == set()


@given(st.integers(1, 999_999))
def test_every_number_in_english_words(number: int) -> None:
    ones, tens = sum_parsing._ONES, sum_parsing._TENS

    def below_thousand(n: int) -> str:
        if n >= 100:
            return f"{ones[n // 100]} hundred" + (f" and {below_thousand(n % 100)}" if n % 100 else "")
        if n >= 20:
            return tens[n // 10 - 2] + (f"-{ones[n % 10]}" if n % 10 else "")
        return ones[n]

    thousands, rest = divmod(number, 1000)
    words = [f"{below_thousand(thousands)} thousand"] * bool(thousands) + [below_thousand(rest)] * bool(rest)
    assert number_in_words(" ".join(words)) == number


@given(st.integers(1, 99_999_999))
def test_every_number_in_chinese_words(number: int) -> None:
    assert number_in_words(in_han(number)) == number


def in_han(number: int) -> str:
    """1205 is 一千二百零五, as banks write it."""

    def of_four(n: int) -> str:
        text, gap = "", False
        for unit, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
            digit = n // unit % 10
            if digit:
                text += ("零" if gap and text else "") + "零一二三四五六七八九"[digit] + sign
            gap = not digit
        return text

    high, low = divmod(number, 10_000)
    joint = "零" if high and 0 < low < 1000 else ""
    return (f"{of_four(high)}万" if high else "") + joint + of_four(low)
