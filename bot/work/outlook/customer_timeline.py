"""One customer's whole story, for an operator who asked for it by id: what happened, in order, and what comes next.

It contains names, phone numbers and messages, so it must never go into a log. The text is English, like everything that
operators read; a customer's own words stay as they were written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from bot.rules.cases.case_events import Opened
from bot.rules.cases.event_codec import decode
from bot.rules.channels import BY_NAME, LINK
from bot.rules.facts.customer_facts import CustomerFacts
from bot.rules.facts.money import Money
from bot.rules.outlook.forecast import days_from
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import local_day, zones
from bot.views.cases import desk
from bot.views.cases.desk_words import answer_words, notice_reason_words, reason_words
from bot.views.cases.presses import press_words
from bot.work.facts.export import instant
from bot.work.outlook.forecast import first_case_of, read_book
from bot.work.outlook.next_steps import Next, next_steps
from bot.work.outlook.timeline_agreements import agreements_told
from bot.work.outlook.timeline_charges import ChargesOf, charges_told
from bot.work.outlook.timeline_desk import agent_did, ratings_told
from bot.work.outlook.timeline_links import links_told
from locales import clean, translator
from storage.cases.calls import CHANNEL as PHONE
from storage.facts.customer_facts import facts_of
from storage.operations import pruning
from storage.outlook.customer_history import Known, known
from storage.runtime.engine import Database

EN = translator("en")
TELEGRAM_ONLY = ("telegram",)
AHEAD_DAYS, MOST_AHEAD_DAYS = 62, 400  # a case is looked for so many days after the last due date, and so many in all


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `kind` is account, due, payment, link, channel, reminder, contact, case, rating,
    stopped, forgotten, taken_over or removed (records of before are not complete). A due date or a day's payment is
    placed at the beginning of that day in the customer's zone."""

    at: datetime
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class ChannelState:
    """A channel that is set up, and whether it reaches the customer: `state` is alive, dead, or not_linked (Telegram)
    or no_address (all others) if there is no address; with the time, and the reason if it is dead."""

    channel: str
    state: str
    since: datetime | None = None
    reason: str = ""

    @property
    def address_known(self) -> bool:
        return self.state in ("alive", "dead")


@dataclass(frozen=True, slots=True)
class Story:
    """The whole story. `policy` is name and version of the policy in force now; `zone` may be several candidates joined
    by '|'."""

    customer_id: str
    name: str
    language: str | None
    zone: str
    phone: str | None
    email: str | None
    segment: str | None
    vulnerable: bool
    facts_at: datetime
    stopped_at: datetime | None
    forgotten_at: datetime | None
    policy: tuple[str, str]
    now: datetime
    channels: tuple[ChannelState, ...]
    entries: tuple[Entry, ...]
    next: tuple[Next, ...]
    charges: tuple[ChargesOf, ...] = ()

    def as_json(self) -> dict[str, object]:
        return {
            "customer": {
                "customer_id": self.customer_id,
                "name": self.name,
                "language": self.language,
                "zone": self.zone,
                "phone": self.phone,
                "email": self.email,
                "segment": self.segment,
                "vulnerable": self.vulnerable,
                "facts_at": _instant(self.facts_at),
                "stopped_at": _instant(self.stopped_at),
                "forgotten_at": _instant(self.forgotten_at),
            },
            "as_of": _instant(self.now),
            "policy": {"name": self.policy[0], "version": self.policy[1]},
            "channels": [
                {
                    "channel": c.channel,
                    "address_known": c.address_known,
                    "state": c.state,
                    "since": _instant(c.since),
                    "reason": c.reason,
                }
                for c in self.channels
            ],
            "entries": [{"at": _instant(e.at), "kind": e.kind, "words": e.words} for e in self.entries],
            "next": [
                {
                    "what": n.what,
                    "instalment_id": n.instalment_id,
                    "step_id": n.step_id,
                    "case_id": n.case_id,
                    "notice_id": n.notice_id,
                    "day": n.day.isoformat() if n.day else None,
                    "at": _instant(n.at),
                    "reason": n.reason,
                    "channel": n.channel,
                    "words": next_words(n, self.zone),
                }
                for n in self.next
            ],
            "charges": [of.as_json() for of in self.charges],
        }


async def story(
    db: Database, policy: Policy, customer_id: str, now: datetime, *, channels: Collection[str] = TELEGRAM_ONLY
) -> Story | None:
    """The whole story of a customer as of `now`; None if nobody has this id. `channels` are those that are set up."""
    async with db.read() as conn:
        rows = await known(conn, customer_id)
        facts = await facts_of(conn, customer_id)
        if rows is None or facts is None:
            return None
        book = await read_book(conn, policy, now)
        days = _days_ahead(facts, now)
        first_case = await first_case_of(conn, book, facts.customer, channels, days, now)
        kept_from = await pruning.evidence_from(conn)
    customer, ways = rows.customer, tuple(_channel(rows, name) for name in channels)
    unreached = {way.channel: "" if way.state == "alive" else way.reason or way.state for way in ways}
    own_policy = policy.for_segment(customer.segment)
    return Story(
        customer_id=customer_id,
        name=_line(customer.name),
        language=facts.customer.language,
        zone=customer.zone,
        phone=customer.phone,
        email=customer.email,
        segment=customer.segment,
        vulnerable=customer.vulnerable,
        facts_at=customer.facts_at,
        stopped_at=customer.stopped_at,
        forgotten_at=customer.forgotten_at,
        policy=(own_policy.name, own_policy.version),
        now=now,
        channels=ways,
        entries=tuple(sorted((*_entries(rows, facts), *_removed(kept_from)), key=lambda entry: entry.at)),
        next=next_steps(book, facts, rows, unreached, days, now, first_case),
        charges=charges_told(facts, own_policy, local_day(customer.zone, now)),
    )


def _days_ahead(its: CustomerFacts, now: datetime) -> Sequence[date]:
    """The customer's days from today until after the last due date."""
    today = local_day(its.customer.zone, now)
    ahead = max(((i.due_date - today).days for i in its.unsettled), default=0) + AHEAD_DAYS
    return days_from(today, min(max(ahead, AHEAD_DAYS), MOST_AHEAD_DAYS))


def _channel(rows: Known, channel: str) -> ChannelState:
    """Whether this channel reaches the customer. The time since when an address is known is kept for Telegram only."""
    live = next((link for link in rows.links if link.ended_at is None), None)
    dead = next((row for row in rows.dead_channels if row.channel == channel), None)
    linked = BY_NAME[channel].address == LINK
    if linked and live is None:
        return ChannelState(channel, "not_linked", max((link.ended_at for link in rows.links), default=None))
    customer = rows.customer
    if not linked and (customer.forgotten_at is not None or not getattr(customer, BY_NAME[channel].address)):
        return ChannelState(channel, "no_address")
    if dead is not None:
        return ChannelState(channel, "dead", dead.since, dead.reason)
    return ChannelState(channel, "alive", live.linked_at if linked and live is not None else None)


# --- What happened ---------------------------------------------------------------------------------------------------


def _entries(rows: Known, facts: CustomerFacts) -> Iterator[Entry]:
    zone = facts.customer.zone
    yield from _facts(rows, zone)
    yield from _links(rows, zone)
    yield from _notices(rows, zone)
    yield from _contacts(rows)
    yield from _cases(rows, zone)
    yield from (Entry(at, kind, words) for at, kind, words in agreements_told(rows))
    yield from (Entry(at, "rating", _lines(words)) for at, words in ratings_told(rows.ratings))
    if rows.customer.stopped_at is not None:
        yield Entry(rows.customer.stopped_at, "stopped", "turned reminders off")
    if rows.customer.forgotten_at is not None:
        yield Entry(rows.customer.forgotten_at, "forgotten", "was forgotten: the person was erased, the figures stay")
    if rows.customer.taken_over_at is not None:
        taken = f"the wallet itself sees to what was due by {rows.customer.taken_over_through.isoformat()}"
        yield Entry(rows.customer.taken_over_at, "taken_over", f"{taken}, noted by {rows.customer.taken_over_by}")


def _removed(kept_from: date | None) -> Iterator[Entry]:
    if kept_from is not None:
        words = "older messages, reminders and words in cases were removed, as far as nothing needed them any more"
        yield Entry(datetime.combine(kept_from, time(), UTC), "removed", words)


def _facts(rows: Known, zone: str) -> Iterator[Entry]:
    for account in rows.accounts:
        limit = f", credit limit {Money(account.credit_limit, account.currency)}" if account.credit_limit else ""
        named = f"account {account.account_id}" + (f" ({_line(account.product)})" if account.product else "")
        words = f"the wallet last said: {named}, balance {Money(account.balance, account.currency)}{limit}"
        yield Entry(account.facts_at, "account", words)
    for row in rows.instalments:
        due, paid, left = (Money(n, row.currency) for n in (row.amount_due, row.paid, row.outstanding))
        state = "settled" if row.outstanding == 0 else f"{left} left"
        status = "" if row.status == "open" else f", {row.status}"
        words = f"instalment {row.instalment_id} of {row.account_id} is due: {due}, {paid} paid, {state}{status}"
        yield Entry(_beginning(row.due_date, zone), "due", words)
    for row in rows.payments:
        counted = " (counted in what the wallet's file says is paid)" if row.in_amount_paid else ""
        what = "paid" if row.amount > 0 else "reversed"
        amount = Money(abs(row.amount), row.currency)
        words = f"{what} {amount} of instalment {row.instalment_id}, payment {row.payment_id}{counted}"
        yield Entry(_beginning(row.paid_on, zone), "payment", words)


def _links(rows: Known, zone: str) -> Iterator[Entry]:
    yield from (Entry(at, "link", words) for at, words in links_told(rows, zone))
    for dead in rows.dead_channels:
        why = notice_reason_words(EN, dead.reason)
        yield Entry(dead.since, "channel", f"{dead.channel} no longer reaches them: {why} ({dead.reason})")


def _notices(rows: Known, zone: str) -> Iterator[Entry]:
    for notice in rows.notices:
        items = ", ".join(f"{t.step_id} of {t.instalment_id}" for t in rows.told if t.notice_id == notice.notice_id)
        about = f"{items}; " if items else ""
        named = f"{notice.kind} {notice.notice_id} ({about}policy {notice.policy} {notice.policy_version})"
        if notice.ended_at != notice.planned_at:  # otherwise there was only a note that no channel could send it
            hours = f"{_local(notice.send_after, zone)} to {_local(notice.expires_at, zone)}"
            waits = f", waits: {_reason(notice.reason)}" if notice.state == "planned" and notice.reason else ""
            yield Entry(notice.planned_at, notice.kind, f"{named} planned for {notice.local_day}, {hours}{waits}")
        if notice.state == "claimed" and notice.claimed_at is not None:
            yield Entry(notice.claimed_at, notice.kind, f"{named} is being sent, attempt {notice.attempts}")
        elif notice.state == "accepted":
            message = f" as message {notice.reference}" if notice.reference else ""
            yield Entry(notice.ended_at, notice.kind, f"{named} accepted by {notice.channel}{message}")
        elif notice.state == "not_sent":
            yield Entry(notice.ended_at, notice.kind, f"{named} not sent: {_reason(notice.reason)}")


SENT = {
    "reminder": "a reminder",
    "receipt": "a receipt",
    "survey": "a question of a survey",
    "part": "a reminder of a plan's part",
}


def _contacts(rows: Known) -> Iterator[Entry]:
    for row in rows.contacts:
        body = f":\n{_lines(row.body)}" if row.body else ""
        if row.direction == "in":
            yield Entry(row.at, "contact", f"in {row.channel}: they {_did(row.kind, row.body)}")
            continue
        who = clean(row.agent_name) if row.agent_name else "an agent"
        if row.channel == PHONE:
            result = "reached" if row.state == "accepted" else str(row.reason).replace("_", " ")
            yield Entry(row.at, "contact", f"over phone: {who}'s call, {result}{body}")
            continue
        what = f"{who}'s message" if row.kind == "agent" else SENT.get(row.kind, row.kind)
        why = f", {_reason(row.reason)}" if row.reason else ""
        yield Entry(row.at, "contact", f"over {row.channel}: {what}, {row.state}{why}{body}")


def _cases(rows: Known, zone: str) -> Iterator[Entry]:
    policy_of = {c.case_id: f" ({c.step_id}, policy version {c.policy_version})" for c in rows.cases if c.step_id}
    for row in rows.events:
        event = decode(row.kind, row.body)
        if event.housekeeping:
            continue
        did = agent_did(event, zone)
        by = f" by {_line(row.actor_name)}" if row.actor_name and did else ""
        said = did or desk.event_line(EN, event, row.actor_name).plain().strip()
        step = policy_of.get(row.case_id, "") if isinstance(event, Opened) else ""
        yield Entry(row.at, "case", f"case {row.case_id}{by}: {_lines(said)}{step}")


def _did(kind: str, body: str | None) -> str:
    """What the customer did, in words, and their own words."""
    if kind == "press":
        pressed = press_words(EN, body or "")
        return f"pressed a button: {pressed}" if pressed else "pressed a button"
    if kind == "command":
        return f"used the command {_line(body or '')}".rstrip()
    words = f":\n{_lines(body)}" if body and kind != "linked" else ""
    return f"{answer_words(EN, kind)}{words}"


# --- What comes next -------------------------------------------------------------------------------------------------


def next_words(coming: Next, zone: str) -> str:
    """What comes next, as a sentence."""
    of = f"{coming.instalment_id}: " if coming.instalment_id else ""
    day = f" on {coming.day}" if coming.day else ""
    when = f", from {_local(coming.at, zone)} {zones(zone)[0].key}" if coming.at else ""
    if coming.what == "case":
        return f"case {coming.case_id} is open ({reason_words(EN, coming.reason)}): a person takes care of it"
    if coming.what == "person":
        step = f"{coming.step_id}: " if coming.step_id else ""
        return f"{of}a person is called{day} ({step}{reason_words(EN, coming.reason)}){when}"
    if coming.what == "reminder":
        why = f"; {_reason(coming.reason)}" if coming.reason else ""
        way = f", by {coming.channel}" if coming.channel else ""
        return f"{of}reminder {coming.step_id}{day}{when}{way}{why}"
    step = f" ({coming.step_id}{day} would be next)" if coming.step_id else ""
    return f"{of}nothing is sent: {_reason(coming.reason)}{step}"


def _reason(reason: str | None) -> str:
    """A reason in words, with its slug, as in exports and metrics."""
    own = {
        "": "no reason is known",
        "ladder_ended": "all steps of the policy are over",
        "no_facts": "the wallet has named no instalments",
        "due_now": "it may be sent at any moment",
        "claim_lost": "its sender was stopped before it was known to have been sent",
        "held_back": "held back at the last moment, as something had changed or could not be checked",
        "settled": "all is settled",
    }
    slug = reason or ""
    return own.get(slug) or f"{notice_reason_words(EN, slug)} ({slug})"


# --- Small things ----------------------------------------------------------------------------------------------------


def _beginning(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(0), zones(zone)[0])


def _local(at: datetime, zone: str) -> str:
    return at.astimezone(zones(zone)[0]).strftime("%Y-%m-%d %H:%M")


def _instant(at: datetime | None) -> str | None:
    return None if at is None else instant(at)


def _line(text: str) -> str:
    return clean(text)


def _lines(text: str) -> str:
    """A person's words without characters that could garble a terminal; line breaks stay."""
    return "\n".join(clean(line) for line in text.splitlines())
