"""What a policy's packs require besides hours and caps, in plain words: calls, records, reports to credit bureaus.

It is computed from the rules, so it is true for any pack. `policy` has the advice, with the rest about being late.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.rules.policy.packs import MostCalls, Requirements
from bot.views.lines import at_least
from locales import Html, Translator


def calls_words(t: Translator, calls: MostCalls | None) -> Iterator[Html]:
    """How often an agent may call at most. A limit for each debt says so."""
    if calls is None:
        return
    if calls.per_day is not None:
        yield t.plural(
            "• We talk with you on the phone at most {n} time a day.",
            "• We talk with you on the phone at most {n} times a day.",
            calls.per_day,
        )
    if calls.attempts_per_day is not None:
        yield t.plural(
            "• A number that nobody answers is called at most {n} time a day.",
            "• A number that nobody answers is called at most {n} times a day.",
            calls.attempts_per_day,
        )
    if calls.per_7_days is not None:
        yield _in_seven_days(t, calls.per_7_days, calls.counted_by == "debt")
    if calls.quiet_days_after_talk is not None:
        days = t.days(calls.quiet_days_after_talk)
        yield t("• After a talk on the phone we don’t call again for {days}, that day included.", days=days)


def _in_seven_days(t: Translator, n: int, for_each_debt: bool) -> Html:
    if for_each_debt:
        return t.plural(
            "• We call at most {n} time in any seven days about one payment.",
            "• We call at most {n} times in any seven days about one payment.",
            n,
        )
    return t.plural(
        "• We call at most {n} time in any seven days.", "• We call at most {n} times in any seven days.", n
    )


def reports_words(t: Translator, asked: Requirements) -> Iterator[Html]:
    """What is kept as records, and what the customer is told before others learn about a debt."""
    before = asked.notice_days_before_credit_report
    if before == 0:
        yield t("• Before anything about a late payment goes to a credit bureau, you are told.")
    elif before is not None:
        yield t(
            "• At least {days} before anything about a late payment goes to a credit bureau, you are told.",
            days=t.days(before),
        )
    if asked.records_days is not None:
        yield t(
            "• A record of how we have been in touch is kept for at least {length} after the last time.",
            length=at_least(t, asked.records_days),
        )
