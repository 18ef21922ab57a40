"""Reads the text of a policy file: a `Policy`, or every fault in it. `terms` says what each key means."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import time
from decimal import Decimal
from pathlib import PurePath

from bot.rules.languages import known_language
from bot.rules.policy.desk_section import read_desk
from bot.rules.policy.faults import (
    EnoughFaults,
    Fault,
    Notes,
    PolicyFaulty,
    syntax_fault,
)
from bot.rules.policy.messages import ALIASES, BY_NAME, MESSAGES
from bot.rules.policy.plans_section import read_plans
from bot.rules.policy.sections import Section, shown
from bot.rules.policy.sending_hours import SendingHours, is_holiday_country
from bot.rules.policy.terms import (
    CHANNELS,
    KNOWN_PACKS,
    LANGUAGES,
    Charges,
    Choices,
    Guarantee,
    Policy,
    Step,
    in_order,
)
from bot.rules.policy.version import versioned
from bot.rules.toml_lines import Table, key_lines, parse_toml

MAX_CHARACTERS = 100_000
MOST_PAUSE_DAYS = 90
MOST_FAULTS = 200  # what comes after them is not looked at
MOST_DOTS = 32  # in a line: the time that TOML takes grows with their square
_DOTTED_LINE = re.compile(r"\.{2,}")  # is in comments; no key has it
_LONG_NUMBER = re.compile("[0-9_]{4300,}")  # such as Python refuses
MOST_STEPS, MOST_SEGMENTS = 200, 50
KEYS = (
    "name",
    "languages",
    "grace_days",
    "minimum_amount",
    "sending_hours",
    "packs",
    "max_per_day",
    "max_per_week",
    "facts_max_age",
    "step",
    "guarantee",
    "charges",
    "plans",
    "hints",
    "choices",
)
DEFAULT_HOURS = SendingHours(time(9), time(20))


def read_policy(text: str, source: str, known_packs: Collection[str] = KNOWN_PACKS) -> Policy:
    """Reads a policy file (`source` is its name in errors). Raises `PolicyFaulty` with every fault found.

    A ladder is required; every other key has a default: no grace period, no minimum, 09:00 to 20:00, one message a day
    and three a week, no packs, no charges, no plans. A segment's tables are merged into the file's key by key; its
    lists, and its ladder, replace the file's.
    """
    try:
        return _read(text.removeprefix("\ufeff"), source, known_packs)
    except RecursionError:
        raise PolicyFaulty(source, [Fault(None, "not TOML", "lists or tables are nested too deeply")]) from None


def _read(text: str, source: str, known_packs: Collection[str]) -> Policy:
    table, notes = _parse(text, source)
    try:
        policy = _noted(table, notes, source, known_packs)
    except EnoughFaults:
        more = Fault(None, "", f"there are {MOST_FAULTS} faults or more; these are the first found")
        raise PolicyFaulty(source, [more, *notes.faults]) from None
    if notes.faults:
        raise PolicyFaulty(source, notes.faults)
    return versioned(replace(policy, source=source, text=text))


def _noted(table: Table, notes: Notes, source: str, known_packs: Collection[str]) -> Policy:
    top = Section(table, notes)
    top.only((*KEYS, "desk", "segment"))
    policy, desk = _policy(top, PurePath(source).stem or "policy", known_packs), read_desk(top)
    segments = _segments(top, notes, policy.name, known_packs)
    segments = {name: replace(segment, desk=desk) for name, segment in segments.items()}
    return replace(policy, segments=segments, desk=desk)


def _parse(text: str, source: str) -> tuple[Table, Notes]:
    if len(text) > MAX_CHARACTERS:
        message = f"{len(text)} characters given, expected at most {MAX_CHARACTERS}; is this a policy?"
        raise PolicyFaulty(source, [Fault(None, "", message)])
    if (fault := _unreadable(text)) is not None:
        raise PolicyFaulty(source, [fault])
    try:
        table = parse_toml(text)
    except ValueError as error:
        raise PolicyFaulty(source, [syntax_fault(error, text)]) from error
    if not table:
        message = "the file is empty, expected at least one [[step]]; `duebot policy show humane` shows a whole policy"
        raise PolicyFaulty(source, [Fault(None, "", message)])
    return table, Notes(key_lines(text), MOST_FAULTS)


def _unreadable(text: str) -> Fault | None:
    """What no TOML has, or would take too long to read."""
    for number, line in enumerate(text.split("\n"), 1):
        if any("\ud800" <= sign <= "\udfff" for sign in line):
            return Fault(number, "", "something is not UTF-8; expected a text file saved as UTF-8")
        if long := _LONG_NUMBER.search(line):
            return Fault(number, "", f"{len(long[0])} digits given, expected a number; is this a policy?")
        dots = _DOTTED_LINE.sub("", line).count(".")
        if dots > MOST_DOTS and not line.lstrip().startswith("#"):
            return Fault(number, "", f"{dots} dots given, expected at most {MOST_DOTS} in a line; is this a policy?")
    return None


def _segments(top: Section, notes: Notes, name: str, known_packs: Collection[str]) -> dict[str, Policy]:
    section = top.section("segment", "tables such as [segment.trusted]")
    policies: dict[str, Policy] = {}
    if section is None:
        return policies
    if len(section.table) > MOST_SEGMENTS:
        top.fault("segment", f"{len(section.table)} segments given, expected at most {MOST_SEGMENTS}")
        return policies
    base = {key: value for key, value in top.table.items() if key not in ("segment", "desk")}
    for segment in section.table:
        own = section.section(segment, f"a table such as [segment.{segment[:40]}]")
        if own is None:
            continue
        notes.enter_segment(segment)
        whole = Section(_laid_over(base, own.table), notes, (), (f"segment {segment[:40]!r}",))
        whole.only(KEYS)
        policies[segment] = _policy(whole, name, known_packs)
        notes.leave_segment()
    return policies


def _laid_over(base: Table, over: Table) -> Table:
    """Tables are merged key by key, anything else is replaced."""
    laid = dict(base)
    for key, value in over.items():
        below = laid.get(key)
        laid[key] = _laid_over(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return laid


def _policy(top: Section, default_name: str, known_packs: Collection[str]) -> Policy:
    steps = _steps(top)
    return Policy(
        name=top.text("name", r"[^\x00-\x1f]{1,60}", "a name in quotes, of at most 60 characters") or default_name,
        version="",
        languages=_languages(top),
        grace_days=top.whole("grace_days", 0, 90) or 0,
        minimum_amount=top.amounts("minimum_amount"),
        sending_hours=_sending_hours(top),
        packs=top.choices("packs", known_packs, may_be_empty=True) or (),
        max_per_day=top.whole("max_per_day", 1, 24) or 1,
        max_per_week=top.whole("max_per_week", 1, 100) or 3,
        facts_max_age=top.age("facts_max_age"),
        steps=steps,
        guarantee=_guarantee(top),
        charges=_charges(top),
        plans=read_plans(top),
        hints=top.flag("hints") is not False,
        choices=_choices(top, steps),
    )


def _languages(top: Section) -> tuple[str, ...]:
    value = top.table.get("languages", list(LANGUAGES))
    if not isinstance(value, list) or not value:
        top.given("languages", 'a list such as ["zh-Hans", "en"]')
        return LANGUAGES
    spoken: list[str] = []
    for tag in value:
        language = known_language(tag) if isinstance(tag, str) else None
        if language is None:
            top.fault("languages", f"{shown(tag)} given, expected any of {', '.join(LANGUAGES)}")
        elif language in spoken:
            top.fault("languages", f"{shown(tag)} given, but {language} is there already")
        else:
            spoken.append(language)
    return tuple(spoken)


def _sending_hours(top: Section) -> SendingHours:
    section = top.section("sending_hours", 'a table such as { from = "09:00", to = "20:00" }')
    if section is None:
        return DEFAULT_HOURS
    section.only(("from", "to", "rest_days", "holidays"))
    span = section.span()
    rest_days = section.weekdays("rest_days") or frozenset()
    holidays = section.table.get("holidays") or None  # with "" a segment removes the file's holidays
    if holidays is not None and not (isinstance(holidays, str) and is_holiday_country(holidays)):
        section.given("holidays", 'an ISO 3166 country whose holidays are known, such as "CN"')
        holidays = None
    return DEFAULT_HOURS if span is None else SendingHours(*span, rest_days, holidays)


def _steps(top: Section) -> tuple[Step, ...]:
    sections = top.rows("step", "step", "id")
    if top.table.get("step", []) == []:
        top.fault("step", "no step given, expected at least one [[step]] with id, day, and message or escalate")
    if len(sections) > MOST_STEPS:
        top.fault("step", f"{len(sections)} steps given, expected at most {MOST_STEPS}")
        return ()
    steps: list[Step] = []
    for section in sections:
        step = _step(section)
        if step is None:
            continue
        if any(step.id == other.id for other in steps):
            section.fault("id", f"{shown(step.id)} is the id of an earlier step, expected one of its own")
        kind = "message" if step.message else "escalate"
        if any(step.day == other.day and bool(step.message) == bool(other.message) for other in steps):
            section.fault("day", f"day {step.day} has a step with {kind} already, expected one for each day")
        steps.append(step)
    return tuple(in_order(steps))


def _step(section: Section) -> Step | None:
    section.only(("id", "day", "message", "escalate", "channels"))
    for key in ("id", "day"):
        if key not in section.table:
            section.fault(None, f'"{key}" is missing')
    id_ = section.text("id", r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}", "letters, digits, and - _ . between, at most 40")
    day = section.whole("day", -366, 3650)
    message = section.choice("message", (*BY_NAME, *ALIASES))
    message = message and ALIASES.get(message, message)
    escalate = section.text("escalate", r"[a-z][a-z0-9_-]{0,39}", 'a word such as "overdue"')
    channels = section.choices("channels", CHANNELS)
    if ("message" in section.table) == ("escalate" in section.table):
        section.fault(None, "expected either message (what is said) or escalate (a person takes over), and not both")
        return None
    if escalate is not None and "channels" in section.table:
        section.fault("channels", "a step that escalates goes to the agents' queue, expected no channels")
    if message is not None and day is not None:
        _check_truth(section, message, day)
    if id_ is None or day is None or (message is None and escalate is None):
        return None
    return Step(id_, day, message, escalate, (channels or ("telegram",)) if message else ())


def _check_truth(section: Section, message: str, day: int) -> None:
    kind = BY_NAME[message]
    if not kind.is_true_on(day):
        first, last = kind.true_from, kind.true_until
        true_on = f"day {first}" if first == last else ("a day before 0" if last < 0 else "a day after 0")
        better = next(other.name for other in MESSAGES if other.is_true_on(day))
        section.fault("message", f'"{message}" on day {day} would be untrue, expected {true_on} or "{better}"')


def _guarantee(top: Section) -> Guarantee:
    section = top.section("guarantee", "a table such as { sent_by_day = 1, seen_by_day = 7 }")
    if section is None:
        return Guarantee()
    section.only(("sent_by_day", "seen_by_day"))
    sent = section.whole("sent_by_day", 0, 90)
    seen = section.whole("seen_by_day", 0, 90)
    sent = Guarantee().sent_by_day if sent is None else sent
    seen = Guarantee().seen_by_day if seen is None else seen
    if sent > seen:
        section.fault("sent_by_day", f"day {sent} given, expected no later than seen_by_day, which is day {seen}")
        return Guarantee()
    return Guarantee(sent, seen)


def _charges(top: Section) -> Charges | None:
    section = top.section("charges", 'a table with late_fee, daily_rate and cap = "0.36"')
    if section is None:
        return None
    section.only(("late_fee", "daily_rate", "cap", "in_reminders"))
    if "cap" not in section.table:
        section.fault(None, '"cap" is missing, expected the most that charges may come to in a year: cap = "0.36"')
    late_fee = section.amounts("late_fee")
    rate, cap = section.share("daily_rate", most=1), section.share("cap", most=10)
    return Charges(late_fee, rate or Decimal(0), cap or Decimal(0), section.flag("in_reminders") or False)


def _choices(top: Section, steps: tuple[Step, ...]) -> Choices:
    section = top.section("choices", 'a table such as { least = ["due"], pause_days = 14 }')
    if section is None:
        return Choices()
    section.only(("least", "more", "pause_days"))
    messages = [step.id for step in steps if step.message is not None]
    least = section.choices("least", messages, may_be_empty=True) or ()
    more = section.choices("more", messages, may_be_empty=True) or ()
    if both := [id_ for id_ in more if id_ in least]:
        section.fault("more", f"{shown(both[0])} is in least, too; expected steps that others do not get")
        more = ()
    return Choices(least, more, section.whole("pause_days", 0, MOST_PAUSE_DAYS) or 0)
