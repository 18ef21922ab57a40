"""Reads the text of a pack file: a `Pack`, or every fault in it. `packs_terms` says what each rule means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePath

from bot.rules.policy.faults import Fault, Notes, PolicyFaulty, syntax_fault
from bot.rules.policy.packs_terms import (
    ADVICE_WHEN,
    CONFIDENCE,
    COUNTED_BY,
    DUTIES,
    KINDS,
    Advice,
    CreditNotice,
    CreditRecord,
    Hours,
    MostCalls,
    MostMessages,
    Pack,
    PackRule,
    Records,
    Says,
)
from bot.rules.policy.sections import Section, shown
from bot.rules.policy.terms import LANGUAGES
from bot.rules.toml_lines import Table, key_lines, parse_toml

MAX_CHARACTERS = 100_000
ABOUT = (
    *("id", "kind", "source", "wording", "effective_from", "expires", "looked_at"),
    *("confidence", "verified_by"),
)
# The keys of each kind of rule, besides the keys that every rule has.
VALUES: Mapping[str, tuple[str, ...]] = {
    "hours": ("from", "to", "days", "unless_agreed"),
    "max_per_day": ("messages",),
    "max_per_week": ("messages",),
    "max_calls": ("per_day", "attempts_per_day", "per_7_days", "quiet_days_after_talk", "counted_by"),
    "records_days": ("days",),
    "notice_before_credit_report": ("days_before",),
    "debt_advice": ("text", "when"),
    "credit_record": ("text",),
    **dict.fromkeys(DUTIES, ()),
}
READ_BY_ALL_OTHERS = "en"  # by readers of a language in which a pack has no text
_A_LINE = r"[^\x00-\x1f]{1,400}"


def read_pack(text: str, source: str) -> Pack:
    """Reads a pack file named after the pack (`source` is the name used in errors). Raises `PolicyFaulty` with every
    fault found. An unknown kind of rule is a fault, because nobody would obey it."""
    text = text.removeprefix("\ufeff")
    name = PurePath(source).stem
    try:
        table = _parsed(text, source)
        notes = Notes(key_lines(text))
    except RecursionError:
        raise PolicyFaulty(source, [Fault(None, "not TOML", "lists or tables are nested too deeply")]) from None
    pack = _pack(Section(table, notes, (), (f"pack {name!r}",)), name)
    if notes.faults or pack is None:
        raise PolicyFaulty(source, notes.faults)
    return Pack(pack.name, pack.jurisdiction, pack.rules, source, text)


def _parsed(text: str, source: str) -> Table:
    if len(text) > MAX_CHARACTERS:
        message = f"{len(text)} characters given, expected at most {MAX_CHARACTERS}; is this a pack?"
        raise PolicyFaulty(source, [Fault(None, "", message)])
    try:
        return parse_toml(text)
    except ValueError as error:
        raise PolicyFaulty(source, [syntax_fault(error, text)]) from error


def _pack(top: Section, called: str) -> Pack | None:
    top.only(("name", "jurisdiction", "rule"))
    _need(top, ("name", "jurisdiction"))
    name = top.text("name", r"[a-z][a-z0-9_-]{0,39}", 'a word such as "cn"')
    if name is not None and name != called:
        top.given("name", f'"{called}", as the file is called')
    jurisdiction = top.text("jurisdiction", r"[^\x00-\x1f]{1,60}", "a name in quotes, of at most 60 characters")
    sections = top.rows("rule", "rule", "id")
    if top.table.get("rule", []) == []:
        top.fault("rule", "no rule given, expected at least one [[rule]] with id and kind")
    rules: list[PackRule] = []
    for section in sections:
        rule = _rule(section)
        if rule is None:
            continue
        if any(rule.id == other.id for other in rules):
            section.fault("id", f"{shown(rule.id)} is the id of an earlier rule, expected one of its own")
        rules.append(rule)
    return None if name is None or jurisdiction is None else Pack(name, jurisdiction, tuple(rules))


def _rule(section: Section) -> PackRule | None:
    _need(section, ABOUT)
    kind = section.choice("kind", KINDS)
    if kind is not None:
        section.only((*ABOUT, *VALUES[kind]))
    says = SAID[kind](section) if kind is not None and kind in SAID else None
    id_ = section.text("id", r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}", "letters, digits, and - _ . between, at most 40")
    source = section.text("source", _A_LINE, "where the rule is written, in quotes and on one line")
    wording = section.text("wording", _A_LINE, "what the rule says in your own words, in quotes and on one line")
    since, until, looked_at = (section.date(key) for key in ("effective_from", "expires", "looked_at"))
    confidence = section.choice("confidence", CONFIDENCE)
    verified_by = section.text("verified_by", r"[^\x00-\x1f]{0,100}", 'a name in quotes, "" where nobody checked it')
    if since is not None and until is not None and until < since:
        section.fault("expires", f"{until} given, expected no earlier than effective_from, {since}")
    if kind is None or (says is None and kind in SAID) or id_ is None or source is None or wording is None:
        return None
    if since is None or until is None or looked_at is None or confidence is None or verified_by is None:
        return None
    return PackRule(id_, kind, says, source, wording, since, until, looked_at, confidence, verified_by)


def _need(section: Section, keys: tuple[str, ...]) -> None:
    for key in keys:
        if key not in section.table:
            section.fault(None, f'"{key}" is missing')


def _hours(section: Section) -> Hours | None:
    span = section.span()
    days = section.weekdays("days") if "days" in section.table else frozenset(range(7))
    if days == frozenset():
        section.given("days", 'at least one day, such as ["mon"]')
    unless_agreed = section.flag("unless_agreed")
    return Hours(*span, days, bool(unless_agreed)) if span and days else None


def _most_per_day(section: Section) -> MostMessages:
    _need(section, ("messages",))
    return MostMessages(per_day=section.whole("messages", 1, 24))


def _most_per_week(section: Section) -> MostMessages:
    _need(section, ("messages",))
    return MostMessages(per_week=section.whole("messages", 1, 100))


def _most_calls(section: Section) -> MostCalls:
    keys = ("per_day", "attempts_per_day", "per_7_days", "quiet_days_after_talk")
    talks, attempts, week, quiet = (section.whole(key, 1, 100) for key in keys)
    counted_by = section.choice("counted_by", COUNTED_BY)
    if not any(key in section.table for key in keys):
        section.fault(None, f"expected at least one of {', '.join(keys)}")
    return MostCalls(talks, attempts, week, quiet, counted_by or COUNTED_BY[0])


def _records(section: Section) -> Records | None:
    _need(section, ("days",))
    days = section.whole("days", 1, 36_500)
    return None if days is None else Records(days)


def _credit_notice(section: Section) -> CreditNotice:
    return CreditNotice(section.whole("days_before", 0, 366) or 0)


def _advice(section: Section) -> Advice | None:
    _need(section, ("text", "when"))
    when = section.choices("when", ADVICE_WHEN)
    texts = _texts(section)
    return Advice(texts, when) if when and texts else None


def _credit_record(section: Section) -> CreditRecord | None:
    _need(section, ("text",))
    texts = _texts(section)
    return CreditRecord(texts) if texts else None


def _texts(section: Section) -> Mapping[str, str] | None:
    """A sentence by language; None if it has a fault."""
    spoken = section.section("text", 'a table of texts by language, such as { en = "…" }')
    if spoken is None:
        return None
    spoken.only(LANGUAGES)
    _need(spoken, (READ_BY_ALL_OTHERS,))
    read = {tag: spoken.text(tag, _A_LINE, "a sentence in quotes, on one line") for tag in spoken.table}
    texts = {tag: sentence for tag, sentence in read.items() if sentence is not None}
    return texts if READ_BY_ALL_OTHERS in texts and len(texts) == len(read) else None


SAID: Mapping[str, Callable[[Section], Says | None]] = {
    "hours": _hours,
    "max_per_day": _most_per_day,
    "max_per_week": _most_per_week,
    "max_calls": _most_calls,
    "records_days": _records,
    "notice_before_credit_report": _credit_notice,
    "debt_advice": _advice,
    "credit_record": _credit_record,
}
