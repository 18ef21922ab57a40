"""What an agent, or a supervisor, reads of an agent's day. Times are by the desk's clock."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.message import Message
from bot.rules.cases.agent_limits import AgentChange
from bot.rules.cases.case_thread import Line
from bot.rules.operations.agent_days import AgentDay, DayLine, Messages, Pause
from bot.views.cases.console_talk import event_words
from bot.views.lines import and_more, as_code, clipped, fitted
from locales import Html, Translator, escape

EXAMPLES = ("/day", "/day Mei", "/day yesterday", "/day Mei 2026-03-02")


def agent_day(t: Translator, seen: AgentDay, zone: str) -> Message:
    """The timeline, the earliest first."""
    place = ZoneInfo(zone)
    head = [t("<b>{name}, {day}</b>", name=clipped(seen.name), day=t.date(seen.day))]
    if seen.shifts is not None:
        head.append(t("There {shifts}", shifts=Html(f"<code>{escape(str(seen.shifts))}</code>")))
    rows = [_line(t, one, place) for one in seen.did]
    if not rows:
        rows = [t("Nothing is recorded on this day.")]
    return Message(fitted("\n".join(head), rows, t("Times are those of {zone}.", zone=t.zone(place)), and_more(t)))


def _line(t: Translator, one: DayLine, place: ZoneInfo) -> Html:
    time = t.clock(one.at, place)
    if isinstance(one, Pause):
        return t("{time} break until {end}", time=time, end=t.clock(one.until, place))
    if isinstance(one, AgentChange):
        known = {
            "away": t("{time} away", time=time),
            "absent": t("{time} absent, as planned", time=time),
            "back": t("{time} back", time=time),
        }
        return known[one.kind]
    number = f"#{one.case_id}"
    if isinstance(one, Messages):
        return t.plural(
            "{time} {number} {n} message to the customer",
            "{time} {number} {n} messages to the customer",
            one.count,
            time=time,
            number=number,
        )
    words = event_words(t, Line(one.at, "event", one.kind, name=one.actor, event=one.event), place)
    return t("{time} {number} {words}", time=time, number=number, words=words)


def usage(t: Translator, names: Sequence[str]) -> Message:
    """The day cannot be read, or the name means several agents."""
    if names:
        return Message(t("Whose? There is {names}.", names=t.joined(clipped(name, 24) for name in names)))
    examples = t.joined(as_code(example) for example in EXAMPLES)
    return Message(t("Which day? For example: {examples}. A colleague’s day is for supervisors.", examples=examples))


def in_private(t: Translator) -> Message:
    """`/day` in the group."""
    return Message(t("Write /day to me in private: the answer is for you alone."))
