"""The message that is pinned in the agents' group: the queue as it is now, with buttons to take a case.

It is edited, so it says nothing that changes with every minute. It names no customer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from bot.message import Button, Message
from bot.rules.cases.case import Case, QueueRow
from bot.rules.cases.live_queue import LiveQueue, is_late
from bot.views.cases.desk_queue import number_of
from bot.views.cases.desk_words import language_words, reason_words
from bot.views.lines import clipped, length
from locales import Html, Translator, escape

ROOM = 3900  # of Telegram's 4096
IN_A_ROW = 5
CASES_OF_ONE = 12  # numbers in an agent's line


def live_queue(t: Translator, seen: LiveQueue) -> Message:
    """The whole message; if it is too long, the last lines of agents are left out."""
    held = _held(t, seen)
    for shown in range(len(held), -1, -1):
        text = "\n\n".join(part for part in _parts(t, seen, held[:shown]) if part)
        if length(text) <= ROOM:
            break
    return Message(text, _buttons(t, seen), silent=True)


def taken(t: Translator, case_id: int) -> str:
    """A notice over the chat: the case is theirs."""
    return t.plain("Case #{number} is yours. Its topic has the card.", number=case_id)


def _parts(t: Translator, seen: LiveQueue, held: list[Html]) -> Iterable[str]:
    yield _numbers(t, seen)
    yield "\n".join(_waiting(t, seen, row) for row in seen.waiting)
    if held:
        yield "\n".join([t("<b>Who has what</b>"), *held])


def _numbers(t: Translator, seen: LiveQueue) -> str:
    if not seen.waiting_count:
        head = t("<b>Nobody is waiting right now.</b>")
    else:
        head = t.plural("<b>{n} case is waiting</b>", "<b>{n} cases are waiting</b>", seen.waiting_count)
    rest = [
        *([t.plural("{n} with an agent", "{n} with agents", seen.claimed_count)] if seen.claimed_count else []),
        *([t.plural("{n} resting", "{n} resting", seen.snoozed_count)] if seen.snoozed_count else []),
        *([t.plural("{n} late", "{n} late", seen.late_count)] if seen.late_count else []),
    ]
    return "\n".join([head, *([" · ".join(rest)] if rest else [])])


def _waiting(t: Translator, seen: LiveQueue, row: QueueRow) -> Html:
    about = [reason_words(t, row.case.reason)]
    if row.days_overdue > 0:
        about.append(t.plural("{n} day overdue", "{n} days overdue", row.days_overdue))
    if row.language:
        about.append(language_words(t, row.language))
    about.append(t.plain("since {when}", when=t.moment(row.waits_since, ZoneInfo(seen.desk_zone))))
    if is_late(row.case, seen.now):
        about.append(t("<b>late</b>"))
    shown = Html(" · ".join(map(escape, about)))
    return t("• {number} {about}", number=number_of(row.case), about=shown)


def _held(t: Translator, seen: LiveQueue) -> list[Html]:
    """A line for each agent who has a case, who is late first."""
    by_owner: dict[str, list[Case]] = defaultdict(list)
    for case in seen.held:
        by_owner[case.owner_name or "–"].append(case)
    return [
        t("{name}: {cases}", name=clipped(name, 40), cases=_cases(t, seen, cases)) for name, cases in by_owner.items()
    ]


def _cases(t: Translator, seen: LiveQueue, cases: list[Case]) -> Html:
    shown = [_case(t, seen, case) for case in cases[:CASES_OF_ONE]]
    return Html(", ".join(shown) + (" …" if len(cases) > CASES_OF_ONE else ""))


def _case(t: Translator, seen: LiveQueue, case: Case) -> Html:
    number = number_of(case)
    if case.snoozed_until is not None:
        return t("{number} (rests)", number=number)
    return t("{number} (<b>late</b>)", number=number) if is_late(case, seen.now) else number


def _buttons(t: Translator, seen: LiveQueue) -> tuple[tuple[Button, ...], ...]:
    if not seen.waiting:
        return ()
    numbers = [
        Button(t.plain("Take #{number}", number=row.case.case_id), f"queue:take:{row.case.case_id}")
        for row in seen.waiting
    ]
    rows = [tuple(numbers[at : at + IN_A_ROW]) for at in range(0, len(numbers), IN_A_ROW)]
    return ((Button(t.plain("Next case for me"), "queue:next"),), *rows)
