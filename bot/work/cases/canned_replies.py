"""Canned replies: reads their file again when it has changed, and fills a reply for a customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from bot.policies import replies as shipped
from bot.rules.cases.canned_replies import Replies, RepliesFaulty, Reply, ReplyFault, read_replies
from bot.rules.cases.case import Case
from bot.rules.facts.customer_facts import CustomerFacts
from bot.rules.languages import spoken_in
from bot.rules.policy.policy import Policy
from bot.rules.reminders import send_check
from bot.settings import Settings
from bot.text_files import read_text
from bot.views.cases.canned_replies import values
from bot.work.reminders.pay_links import pay_link
from locales import match_language, translator
from locales.spacing import set_off
from storage.cases.agents import Agent
from storage.facts import imports
from storage.facts.customer_facts import facts_of
from storage.runtime.engine import Database

SHIPPED = "replies.toml"
OF_FACTS = frozenset({"amount", "days", "instalments"})  # wrong if the wallet's facts are too old


@dataclass(frozen=True, slots=True)
class Book:
    """The replies in force, and the faults of the present file; if it has faults, the earlier replies stay in force."""

    replies: Replies
    faults: tuple[ReplyFault, ...] = ()


class ReplyBook:
    """The replies of a file, or those that come with duebot. Supervisors change the file while the program runs; if the
    file has faults, the last good replies stay in force."""

    def __init__(self, path: str = "") -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._book: Book | None = None

    def current(self) -> Book:
        """The replies of the present file."""
        if not self._path:
            self._book = self._book or Book(shipped_replies())
            return self._book
        try:
            about = Path(self._path).stat()
            stamp = (about.st_mtime_ns, about.st_size)
            if stamp != self._stamp or self._book is None:
                self._book = Book(read_replies(_text(self._path)))
                self._stamp = stamp
        except OSError as error:
            self._keep_last((ReplyFault(1, f"{self._path} cannot be read: {error.strerror or error}"),))
        except RepliesFaulty as error:
            self._keep_last(error.faults)
        assert self._book is not None
        return self._book

    def _keep_last(self, faults: tuple[ReplyFault, ...]) -> None:
        last = self._book.replies if self._book is not None else shipped_replies()
        self._book, self._stamp = Book(last, faults), None


def shipped_replies() -> Replies:
    return read_replies(files(shipped).joinpath(SHIPPED).read_text(encoding="utf-8"))


def _text(path: str) -> str:
    try:
        return read_text(path)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise RepliesFaulty([ReplyFault(line, "no UTF-8; expected a text file saved as UTF-8")]) from None


@dataclass(frozen=True, slots=True)
class Filled:
    """A reply as the customer reads it; `in_english` if it has no text in their language."""

    text: str
    in_english: bool


@dataclass(frozen=True, slots=True)
class NotFilled:
    """A reply that cannot be sent now: a placeholder has no value, or the figures are too old."""

    placeholder: str
    why: str  # nothing, old


@dataclass(frozen=True, slots=True)
class ReplyDesk:
    """What filling a reply needs."""

    db: Database
    settings: Settings
    policy: Policy


async def customer_language(db: Database, case: Case) -> str:
    """The language in which the case's customer is written to."""
    return _language(await _standing(db, case))


async def fill(desk: ReplyDesk, reply: Reply, case: Case, agent: Agent, now: datetime) -> Filled | NotFilled:
    """The reply for this customer, with the present facts."""
    facts = await _standing(desk.db, case)
    wanted = _language(facts)
    language = reply.language_for(wanted)
    needed = reply.placeholders(language)
    async with desk.db.read() as conn:
        spoke_at = await imports.wallet_spoke_at(conn)
    policy = desk.policy.for_segment(facts.customer.segment)
    owed = facts.unsettled
    link = pay_link(desk.settings.pay_url, case.customer_id, owed[0].instalment_id) if owed else ""
    known: Mapping[str, str] = values(
        translator(spoken_in(language, facts.customer.zone)),
        facts,
        now,
        agent=agent.name,
        brand=desk.settings.brand,
        pay_url=link,
    )
    for placeholder in sorted(needed):
        if not known[placeholder]:
            return NotFilled(placeholder, "nothing")
    if (old := sorted(needed & OF_FACTS)) and not send_check.are_fresh(policy, spoke_at, now):
        return NotFilled(old[0], "old")
    return Filled(reply.filled(language, known, set_off), language != wanted)


async def _standing(db: Database, case: Case) -> CustomerFacts:
    async with db.read() as conn:
        facts = await facts_of(conn, case.customer_id)
    assert facts is not None, "a case's customer is never deleted, only forgotten"
    return facts


def _language(facts: CustomerFacts) -> str:
    return match_language(facts.customer.language or "") or "en"
