"""A line of a customer's story in words: in a reader's language with its dates and sums, or as evidence (in English,
with ISO dates and the slugs of reasons, as in exports and metrics).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from bot.rules.cases.event_base import Event
from bot.rules.cases.event_codec import BareEvent
from bot.rules.facts.money import Money
from bot.rules.outlook.timeline_lines import Account, Line, Slug, SlugOf
from bot.views.cases import event_lines
from bot.views.cases.desk_words import answer_words, channel_words, notice_reason_words, reason_words
from bot.views.cases.presses import press_words
from bot.views.outlook.timeline_sentences import CALLED, KINDS, NOTICES, OWN_REASONS, SENTENCES, WAYS
from bot.views.topics.held_words import why_unsent
from locales import Html, Translator, clean, escape, translator

_OF_A_DAY = ("due", "payment")


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as a page shows it; `at` is for machines."""

    at: str
    when: str
    kind: str
    words: str


def entry(t: Translator, at: datetime, kind: str, what: Line, zone: ZoneInfo) -> EntryView:
    """What happened, on the customer's clock; of a due date or a payment only the day is known."""
    when = t.date(at.astimezone(zone).date()) if kind in _OF_A_DAY else t.moment(at, zone)
    return EntryView(at.isoformat(), when, kind_words(t, kind), line_words(t, what))


def kind_words(t: Translator, kind: str) -> str:
    """What an entry is about, in a word or two."""
    return _from(KINDS)(t, kind)


def line_words(t: Translator, what: Line) -> str:
    """A line in a reader's language."""
    return _Teller(t, exact=False).whole(what)


def evidence_words(what: Line) -> str:
    """A line as evidence: in English, always in the same form."""
    return _evidence().whole(what)


@dataclass(frozen=True, slots=True)
class _Teller:
    t: Translator
    exact: bool

    def whole(self, what: Line) -> str:
        head, body, colon = self._parts(what)
        if not body:
            return head
        told = "\n".join(clean(each) for each in body.splitlines())
        return f"{self._say('body_below', said=head) if colon else head}\n{told}"

    def _parts(self, what: Line) -> tuple[str, str, bool]:
        """The sentence, what is below it, and whether there is a colon in between."""
        body, colon = what.body, what.colon
        values = dict(what.values)
        for name, value in values.items():
            if isinstance(value, Line):
                values[name], inner, inner_colon = self._parts(value)
            elif isinstance(value, (Event, BareEvent)):
                said = event_lines.event_line(self.t, value, str(values.get("who") or "")).plain().strip()
                values[name], _, inner = said.partition("\n")
                inner_colon = False
            else:
                values[name] = self._value(value)
                continue
            body, colon = (inner, inner_colon) if inner else (body, colon)
        is_unknown = what.says == "pressed" and not values["button"]  # a button of an earlier release
        said = self._say("pressed_some" if is_unknown else what.says, **values)
        if what.aside:
            said = self._say("with_aside", said=said, aside=self._listed(what.aside))
        for each in what.also:
            said = self._say("with_also", said=said, also=self.whole(each))
        for each in what.further:
            said = self._say("with_further", said=said, further=self.whole(each))
        return said, body, colon

    def _value(self, value: object) -> object:
        exact, t = self.exact, self.t
        if isinstance(value, tuple):
            return self._listed(value)
        if isinstance(value, Slug):
            return self._slug(value)
        if isinstance(value, Account):
            return self._say("account" if value.number is not None else "some_account", number=value.number)
        if isinstance(value, datetime):
            if exact or not isinstance(value.tzinfo, ZoneInfo):
                return f"{value:%Y-%m-%d %H:%M}"
            return t.moment(value, value.tzinfo)
        if isinstance(value, date):
            return value.isoformat() if exact else t.date(value)
        if isinstance(value, Money):
            return str(value) if exact else t.money(value)
        if isinstance(value, ZoneInfo):
            return value.key if exact else t.zone(value)
        return value

    def _listed(self, lines: tuple[Line, ...]) -> str:
        listed = self.whole(lines[0])
        for each in lines[1:]:
            listed = self._say("with_also", said=listed, also=self.whole(each))
        return listed

    def _slug(self, slug: Slug) -> str:
        if slug.of == "reason":
            return self._reason(slug.name)
        if self.exact and slug.of == "sent":
            return _SENT.get(slug.name, slug.name)
        if self.exact and slug.of in _AS_THEY_ARE:
            return slug.name
        return _WORDS[slug.of](self.t, slug.name)

    def _reason(self, reason: str) -> str:
        filled = self.t.plain
        if reason in OWN_REASONS:
            return filled(OWN_REASONS[reason])
        said = notice_reason_words(self.t, reason)
        return f"{said} ({reason})" if self.exact else said

    def _say(self, says: str, **values: object) -> str:
        filled = self.t.plain  # by another name: the sentences are written out in their table
        for name in _OWN_LINES & values.keys():
            values[name] = Html("\n".join(escape(each) for each in str(values[name]).splitlines()))
        return filled(SENTENCES[says], **values) if says in SENTENCES else _spelt(says.partition("_")[2] or says)


def _from(table: Mapping[str, str]) -> Callable[[Translator, str], str]:
    """The words of a slug from a table of sentences."""

    def words(t: Translator, slug: str) -> str:
        filled = t.plain
        return filled(table[slug]) if slug in table else _spelt(slug)

    return words


_SENT = {
    "reminder": "a reminder",
    "receipt": "a receipt",
    "survey": "a question of a survey",
    "part": "a reminder of a plan's part",
}
"""How evidence calls what was sent by itself."""

_OWN_LINES = {"said", "why"}  # with the line breaks of who wrote it
_AS_THEY_ARE = ("channel", "notice", "refused", "way")  # in evidence
_WORDS: Mapping[SlugOf, Callable[[Translator, str], str]] = {
    "answer": answer_words,
    "called": _from(CALLED),
    "case": reason_words,
    "channel": channel_words,
    "notice": _from(NOTICES),
    "press": press_words,
    "refused": notice_reason_words,
    "sent": _from(NOTICES),
    "unsent": why_unsent,
    "way": _from(WAYS),
    "why": notice_reason_words,
}


@cache
def _evidence() -> _Teller:
    return _Teller(translator("en"), exact=True)


def _spelt(slug: str) -> str:
    return clean(slug.replace("_", " "))
