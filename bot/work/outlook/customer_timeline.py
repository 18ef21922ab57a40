"""One customer's whole timeline, for an operator who asked for it by id: what happened, in order, and what comes next.

It contains names, phone numbers and messages, so it must never go into a log. Each line is data: which sentence it is,
and its values. `bot.views.outlook.timeline_words` puts it into words: English for the evidence that operators read, and
each agent's language in the console. A customer's own words stay as they were written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from bot.rules.cases.case_events import Opened
from bot.rules.cases.event_codec import decode
from bot.rules.channels import BY_NAME, LINK
from bot.rules.facts.customer_facts import CustomerFacts
from bot.rules.facts.money import Money
from bot.rules.outlook.forecast import days_from
from bot.rules.outlook.timeline_lines import Line, Slug, line
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import local_day, zones
from bot.views.outlook.timeline_words import evidence_words
from bot.work.facts.export import instant
from bot.work.outlook.forecast import first_case_of, read_book
from bot.work.outlook.next_steps import Next, next_steps
from bot.work.outlook.timeline_agreements import agreements_told
from bot.work.outlook.timeline_desk import agent_did, ratings_told
from bot.work.outlook.timeline_late_fees import ChargesOf, charges_told
from bot.work.outlook.timeline_links import links_told
from locales import clean
from storage.cases.calls import CHANNEL as PHONE
from storage.facts.customer_facts import facts_of
from storage.operations import pruning
from storage.outlook.customer_history import Known, known
from storage.runtime.engine import Database

TELEGRAM_ONLY = ("telegram",)
AHEAD_DAYS, MOST_AHEAD_DAYS = 62, 400  # a case is looked for so many days after the last due date, and so many in all


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `kind` is account, due, payment, link, channel, reminder, contact, case, rating,
    stopped, forgotten, taken_over or removed (records of before are not complete). A due date or a day's payment is
    placed at the beginning of that day in the customer's zone."""

    at: datetime
    kind: str
    what: Line

    @property
    def words(self) -> str:
        """The line as evidence, in English."""
        return evidence_words(self.what)


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


def _days_ahead(owed_by: CustomerFacts, now: datetime) -> Sequence[date]:
    """The customer's days from today until after the last due date."""
    today = local_day(owed_by.customer.zone, now)
    ahead = max(((i.due_date - today).days for i in owed_by.unsettled), default=0) + AHEAD_DAYS
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
    zone = zones(facts.customer.zone)[0]
    yield from _facts(rows, zone)
    yield from _links(rows, zone)
    yield from _notices(rows, zone)
    yield from _contacts(rows)
    yield from _cases(rows, zone)
    yield from (Entry(at, kind, said) for at, kind, said in agreements_told(rows))
    yield from (Entry(at, "rating", said) for at, said in ratings_told(rows.ratings))
    if rows.customer.stopped_at is not None:
        yield Entry(rows.customer.stopped_at, "stopped", line("stopped"))
    if rows.customer.forgotten_at is not None:
        yield Entry(rows.customer.forgotten_at, "forgotten", line("forgotten"))
    if rows.customer.taken_over_at is not None:
        day, who = rows.customer.taken_over_through, rows.customer.taken_over_by
        yield Entry(rows.customer.taken_over_at, "taken_over", line("taken_over", day=day, who=who))


def _removed(kept_from: date | None) -> Iterator[Entry]:
    if kept_from is not None:
        yield Entry(datetime.combine(kept_from, time(), UTC), "removed", line("removed"))


def _facts(rows: Known, zone: ZoneInfo) -> Iterator[Entry]:
    for account in rows.accounts:
        has = [line("balance", balance=Money(account.balance, account.currency))]
        if account.credit_limit:
            has.append(line("credit_limit", limit=Money(account.credit_limit, account.currency)))
        product = (line("text", text=account.product),) if account.product else ()
        said = Line("account_said", {"account": account.account_id}, aside=product, also=tuple(has))
        yield Entry(account.facts_at, "account", said)
    for row in rows.instalments:
        due, paid, left = (Money(n, row.currency) for n in (row.amount_due, row.paid, row.outstanding))
        state = [line("amount_paid", amount=paid)]
        state.append(line("settled") if row.outstanding == 0 else line("amount_left", amount=left))
        if row.status != "open":
            state.append(line(f"status_{row.status}"))
        named = {"instalment": row.instalment_id, "account": row.account_id, "due": due}
        yield Entry(_beginning(row.due_date, zone), "due", Line("instalment", named, also=tuple(state)))
    for row in rows.payments:
        counted = (line("counted"),) if row.in_amount_paid else ()
        amount = Money(abs(row.amount), row.currency)
        named = {"amount": amount, "instalment": row.instalment_id, "payment": row.payment_id}
        said = Line("payment" if row.amount > 0 else "reversal", named, aside=counted)
        yield Entry(_beginning(row.paid_on, zone), "payment", said)


def _links(rows: Known, zone: ZoneInfo) -> Iterator[Entry]:
    yield from (Entry(at, "link", said) for at, said in links_told(rows, zone))
    for dead in rows.dead_channels:
        said = line("channel_dead", channel=Slug("channel", dead.channel), reason=Slug("reason", dead.reason))
        yield Entry(dead.since, "channel", said)


def _notices(rows: Known, zone: ZoneInfo) -> Iterator[Entry]:
    for notice in rows.notices:
        told = [t for t in rows.told if t.notice_id == notice.notice_id]
        items = tuple(line("step_of", step=t.step_id, instalment=t.instalment_id) for t in told)
        policy = line("by_policy", name=notice.policy, version=notice.policy_version)
        about = Line("listed", {"items": items}, further=(policy,)) if items else policy
        kind = Slug("notice", notice.kind)
        named = {"notice": Line("notice", {"notice": kind, "number": notice.notice_id}, aside=(about,))}
        if notice.ended_at != notice.planned_at:  # otherwise there was only a note that no channel could send it
            hours = {"begins": notice.send_after.astimezone(zone), "ends": notice.expires_at.astimezone(zone)}
            waits = (line("waits", reason=Slug("reason", notice.reason)),)
            said = Line(
                "planned",
                {**named, "day": notice.local_day, **hours},
                also=waits if notice.state == "planned" and notice.reason else (),
            )
            yield Entry(notice.planned_at, notice.kind, said)
        if notice.state == "claimed" and notice.claimed_at is not None:
            yield Entry(notice.claimed_at, notice.kind, line("being_sent", **named, attempt=notice.attempts))
        elif notice.state == "accepted":
            by = {**named, "channel": Slug("channel", notice.channel)}
            accepted = line("accepted_as", **by, message=notice.reference) if notice.reference else Line("accepted", by)
            yield Entry(notice.ended_at, notice.kind, accepted)
        elif notice.state == "not_sent":
            reason = Slug("reason", notice.reason or "")
            yield Entry(notice.ended_at, notice.kind, line("not_sent", **named, reason=reason))


def _contacts(rows: Known) -> Iterator[Entry]:
    for row in rows.contacts:
        channel = Slug("channel", row.channel)
        if row.direction == "in":
            yield Entry(row.at, "contact", line("came_in", channel=channel, did=_did(row.kind, row.body)))
            continue
        who = row.agent_name or line("an_agent")
        if row.channel == PHONE:
            result = Slug("called", "reached" if row.state == "accepted" else str(row.reason))
            said = Line("phoned", {"who": who}, also=(line("result", result=result),), body=row.body or "")
            yield Entry(row.at, "contact", said)
            continue
        what = line("message_of", who=who) if row.kind == "agent" else line("sent", sent=Slug("sent", row.kind))
        also = [line(f"state_{row.state}")]
        if row.reason:
            also.append(line("because_of", reason=Slug("reason", row.reason)))
        named = {"channel": channel, "what": what}
        yield Entry(row.at, "contact", Line("went_out", named, also=tuple(also), body=row.body or ""))


def _cases(rows: Known, zone: ZoneInfo) -> Iterator[Entry]:
    begun = {
        c.case_id: (line("text", text=c.step_id), line("of_version", version=c.policy_version))
        for c in rows.cases
        if c.step_id
    }
    for row in rows.events:
        event = decode(row.kind, row.body)
        if event.housekeeping:
            continue
        did = agent_did(event, zone)
        named = {"case": row.case_id, "said": did or event, "who": row.actor_name}
        step = begun.get(row.case_id, ()) if isinstance(event, Opened) else ()
        says = "in_case_by" if row.actor_name and did else "in_case"
        yield Entry(row.at, "case", Line(says, named, aside=step))


def _did(kind: str, body: str | None) -> Line:
    """What the customer did, with their own words."""
    if kind == "press":
        pressed = Slug("press", body or "")
        return line("pressed", button=pressed)
    if kind == "command":
        return line("command", command=body) if body else line("some_command")
    return Line("answered", {"answer": Slug("answer", kind)}, body=(body or "") if kind != "linked" else "")


# --- What comes next -------------------------------------------------------------------------------------------------


def next_words(coming: Next, zone: str) -> str:
    """What comes next, as a sentence of the evidence."""
    return evidence_words(next_line(coming, zone))


def next_line(coming: Next, zone: str) -> Line:
    """What comes next, to be put into words."""
    if coming.what == "case":
        return line("case_open", case=coming.case_id, reason=Slug("case", coming.reason))
    said = _next_line(coming, zones(zone)[0])
    return line("of_debt", instalment=coming.instalment_id, said=said) if coming.instalment_id else said


def _next_line(coming: Next, zone: ZoneInfo) -> Line:
    dated, day = ("_on", {"day": coming.day}) if coming.day else ("", {})
    step = {"step": coming.step_id}
    when = (line("from", when=coming.at.astimezone(zone), zone=zone),) if coming.at else ()
    if coming.what == "person":
        reason = Slug("case", coming.reason)
        why = line("step_because", **step, reason=reason) if coming.step_id else line("because_of", reason=reason)
        return Line(f"person{dated}", day, aside=(why,), also=when)
    reason = Slug("reason", coming.reason)
    if coming.what == "reminder":
        why_so = (line("because_of", reason=reason),) if coming.reason else ()
        way = (line("by_channel", channel=Slug("channel", coming.channel)),) if coming.channel else ()
        return Line(f"reminder{dated}", {**step, **day}, also=(*when, *way), further=why_so)
    would = (line(f"would_be_next{dated}", **step, **day),) if coming.step_id else ()
    return Line("nothing", {"reason": reason}, aside=would)


# --- Small things ----------------------------------------------------------------------------------------------------


def _beginning(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), zone)


def _instant(at: datetime | None) -> str | None:
    return None if at is None else instant(at)


def _line(text: str) -> str:
    return clean(text)
