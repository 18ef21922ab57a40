"""What agents read about the queue: who waits and why in this order, colleagues' cases, and their own due cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from bot.message import Button, Message
from bot.rules.cases.case import Case, Due, Mine, Queue, QueueRow
from bot.rules.cases.urgency import Reason
from bot.views.cases.desk_words import language_words, reason_words
from bot.views.lines import and_more, as_code, clipped, length, masked, under
from locales import Html, Translator, escape

ROOM = 3900  # of Telegram's 4096
# A supergroup's id is minus this minus the number in its links; a basic group has smaller ids and no links.
SUPERGROUP = 10**12


def queue(t: Translator, seen: Queue) -> Message:
    """The queue, waiting cases first; if it is too long, the last waiting cases are only counted."""
    if not (seen.waiting_count or seen.claimed_count or seen.snoozed_count):
        return nothing_waits(t)
    for shown in range(len(seen.waiting), -1, -1):
        text = "\n\n".join(part for part in _parts(t, seen, shown) if part)
        if length(text) <= ROOM:
            break
    return Message(text)


def nothing_waits(t: Translator) -> Message:
    """An empty queue."""
    return Message(t("Nobody is waiting right now."))


def claimed(t: Translator, case_id: int, url: str) -> Message:
    """`/next` gave a case; `url` opens it, or is empty."""
    return _with_link(t, t("Case #{number} is yours.", number=case_id), url)


def opened(t: Translator, case_id: int, url: str) -> Message:
    """`/open` worked; `url` opens the topic, or is empty."""
    return _with_link(t, t("You can look at case #{number}; who has it stays the same.", number=case_id), url)


def _with_link(t: Translator, text: Html, url: str) -> Message:
    if url:
        return Message(text, ((Button(t.plain("Open the case"), url=url),),))
    return Message(t.sentences(text, t("Its card comes in a moment.")))


def no_such_case(t: Translator) -> Message:
    """`/open` without the number of an open case."""
    example = as_code("/open 12")
    return Message(t("There is no open case with this number. For example: {example}", example=example))


def others_wait(t: Translator, count: int) -> Message:
    """No case waits in this agent's languages, but others do."""
    wait = t.plural(
        "Nobody is waiting whose language you speak; {n} case waits in another one.",
        "Nobody is waiting whose language you speak; {n} cases wait in other ones.",
        count,
    )
    return Message(f"{wait}\n{t('Anyone may take one with /take in its topic.')}")


def due_words(t: Translator, due: Due, zone: str) -> str:
    """The next action and its deadline by the desk's clock."""
    when = t.moment(due.at, ZoneInfo(zone))
    known = {
        "first_answer": t.plain("answer by {when}", when=when),
        "next_action": t.plain("next step by {when}", when=when),
        "dispute_answer": t.plain("answer about what isn’t right by {when}", when=when),
        "call_back": t.plain("call at {when}", when=when),
    }
    return known[due.kind]


def number_of(case: Case) -> Html:
    """A case's number, as a link if possible."""
    url = case_url(case)
    return Html(f'<a href="{url}">#{case.case_id}</a>' if url else f"#{case.case_id}")


def case_url(case: Case) -> str:
    """The link to the case's topic, or to its card in a supergroup without topics; empty if there is neither, and in a
    basic group, whose messages have no links."""
    if case.topic != "open" or case.chat_id is None:
        return ""
    number, message = -case.chat_id - SUPERGROUP, case.thread_id or case.card_id
    return f"https://t.me/c/{number}/{message}" if number > 0 and message is not None else ""


def _parts(t: Translator, seen: Queue, shown: int) -> Iterable[str]:
    yield _numbers(t, seen)
    yield "\n".join(
        [
            *(_waiting_line(t, row, seen.desk_zone) for row in seen.waiting[:shown]),
            *([and_more(t)(seen.waiting_count - shown)] if seen.waiting_count > shown else []),
        ]
    )
    yield _section(t("<b>With colleagues</b>"), (_other_line(t, row) for row in seen.others))
    yield _section(t("<b>Yours</b>"), (_mine_line(t, mine, seen.desk_zone) for mine in seen.mine))
    if seen.waiting_count:
        yield t("/next takes the most urgent one.")


def _numbers(t: Translator, seen: Queue) -> str:
    waiting = t.plural("<b>{n} case is waiting</b>", "<b>{n} cases are waiting</b>", seen.waiting_count)
    rest = [
        *([t.plural("{n} with an agent", "{n} with agents", seen.claimed_count)] if seen.claimed_count else []),
        *([t.plural("{n} resting", "{n} resting", seen.snoozed_count)] if seen.snoozed_count else []),
    ]
    head = waiting if seen.waiting_count else nothing_waits(t).text
    return "\n".join([head, *([" · ".join(rest)] if rest else [])])


def _section(heading: str, lines: Iterable[str]) -> str:
    found = list(lines)
    return "\n".join([heading, *found]) if found else ""


def _waiting_line(t: Translator, row: QueueRow, zone: str) -> str:
    since = t("waiting since {when}", when=t.moment(row.waits_since, ZoneInfo(zone)))
    line = _line(t, row, masked(row.customer_name), [since])
    return f"{line}\n{under(why(t, row.reasons))}" if row.reasons else line


def _other_line(t: Translator, row: QueueRow) -> str:
    return _line(t, row, clipped(row.customer_name), [t("with {name}", name=clipped(row.case.owner_name or "", 30))])


def _line(t: Translator, row: QueueRow, name: str, more: Sequence[str]) -> Html:
    about = [reason_words(t, row.case.reason)]
    if row.days_overdue > 0:
        about.append(t.plural("{n} day overdue", "{n} days overdue", row.days_overdue))
    if row.language:
        about.append(language_words(t, row.language))
    return t(
        "• {number} {name} · {about}",
        number=number_of(row.case),
        name=name or "–",
        about=Html(" · ".join([*map(escape, about), *map(escape, more)])),
    )


def _mine_line(t: Translator, mine: Mine, zone: str) -> Html:
    case = mine.case
    if mine.asked is not None and case.snoozed_until == mine.asked.until:
        what = t.plain("waits for the answer to a plan until {when}", when=t.moment(mine.asked.until, ZoneInfo(zone)))
    elif case.snoozed_until is not None:
        what = t.plain("rests until {when}", when=t.moment(case.snoozed_until, ZoneInfo(zone)))
    else:
        what = due_words(t, mine.due, zone)
    return t("• {number} {reason} · {what}", number=number_of(case), reason=reason_words(t, case.reason), what=what)


def why(t: Translator, reasons: Sequence[Reason]) -> str:
    """The reasons for a case's place in the queue: its points, and for what."""
    if any(reason.ground == "distress" for reason in reasons):
        return t.plain("before all others: may be in danger")
    total = sum(reason.points for reason in reasons)
    parts = [t.plain("{what} {points}", what=_ground(t, reason), points=reason.points) for reason in reasons]
    return t.plain("{total} points: {parts}", total=total, parts=" + ".join(parts))


def _ground(t: Translator, reason: Reason) -> str:
    known = {
        "distress": t.plain("may be in danger"),
        "asked": t.plain("asked for a person"),
        "vulnerable": t.plain("vulnerable"),
        "broken_promise": t.plain("promises not kept"),
        "day_overdue": t.plain("days overdue"),
        "amount": t.plain("amount"),
        "hour_waiting": t.plain("waiting"),
    }
    return known[reason.ground]
