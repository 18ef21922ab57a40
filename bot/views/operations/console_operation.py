"""What the console says of the program's state and of the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.rules.cases import case_events as events
from bot.rules.cases.case_thread import Line
from bot.rules.operations.audit_log import Entry
from bot.rules.operations.program_state import ChannelUse, HookUse, KeyUse, ProgramState
from bot.views.cases.audit_log_kinds import kind_words
from bot.views.cases.console_talk import escape_lines, event_words
from bot.views.cases.desk_words import channel_words, notice_reason_words
from bot.views.lines import clipped
from bot.views.operations import agents, passkeys
from bot.views.operations.alerts import channel_reason, mend, words
from bot.views.operations.console_imports import not_imported
from bot.views.operations.numbers import number
from locales import Html, Translator

NOBODY = 0  # the account of somebody who was forgotten


@dataclass(frozen=True, slots=True)
class TroubleView:
    """Markup: what is wrong, and what a person can do."""

    words: Html
    mend: Html


@dataclass(frozen=True, slots=True)
class ChannelView:
    """`dead` has the words, the count and the reason itself."""

    channel: str
    name: str
    accepted: int
    refused: tuple[tuple[str, int], ...]
    dead: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True, slots=True)
class KeyView:
    name: str
    scopes: tuple[str, ...]
    agent: str
    used: str


@dataclass(frozen=True, slots=True)
class HookView:
    """`state` says what it has not got, `is_well` whether that needs nobody."""

    number: int
    address: str
    events: tuple[str, ...]
    delivered: str
    state: tuple[str, ...]
    is_well: bool


def sent_again(t: Translator, count: int) -> Html:
    """Of a hook: its parked events wait to be sent."""
    return t.plural("{n} event is sent again.", "{n} events are sent again.", count)


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry of the audit log; `words` is markup."""

    when: str
    at: datetime
    kind: str
    actor: str
    case_id: int | None
    customer_id: str
    words: Html


def troubles(t: Translator, state: ProgramState) -> list[TroubleView]:
    return [TroubleView(words(t, trouble), mend(t, trouble)) for trouble in state.troubles]


def channel(t: Translator, use: ChannelUse) -> ChannelView:
    return ChannelView(
        use.name,
        channel_words(t, use.name),
        use.accepted,
        tuple((channel_reason(t, reason), count) for reason, count in use.refused),
        tuple((notice_reason_words(t, reason), count, reason) for reason, count in use.dead),
    )


def key(t: Translator, use: KeyUse, zone: ZoneInfo) -> KeyView:
    if use.made_at is None:
        used = t.plain("in the settings")
    else:
        used = t.moment(use.used_at, zone) if use.used_at is not None else t.plain("never")
    return KeyView(use.name, use.scopes, use.agent, used)


def hook(t: Translator, use: HookUse, zone: ZoneInfo) -> HookView:
    state: list[str] = []
    if use.ended_at is not None:
        state.append(t.plain("ended {when}: its receiver is gone", when=t.moment(use.ended_at, zone)))
    if use.waiting and use.waits_since is not None:
        since = t.moment(use.waits_since, zone)
        state.append(t.plain("{n} waiting, since {when}", n=use.waiting, when=since))
    if use.parked:
        state.append(t.plain("{n} parked, the last: {reason}", n=use.parked, reason=use.reason or "?"))
    return HookView(
        use.hook_id,
        use.address,
        use.events,
        t.moment(use.delivered_at, zone) if use.delivered_at is not None else t.plain("never"),
        tuple(state) or (t.plain("nothing waits"),),
        is_well=use.ended_at is None and not use.parked,
    )


# --- The audit log ---------------------------------------------------------------------------------------------------


def entry(t: Translator, one: Entry, zone: ZoneInfo) -> EntryView:
    said, kind = entry_words(t, one, zone), kind_words(t)[one.source, one.kind]
    return EntryView(t.moment(one.at, zone), one.at, kind, one.actor, one.case_id, one.customer_id, said)


def entry_words(t: Translator, one: Entry, zone: ZoneInfo) -> Html:
    """What happened, in a sentence or two."""
    say = {
        "case": _in_case,
        "link": _of_link,
        "console": _in_console,
        "policy": _of_policy,
        "passkey": _of_passkey,
        "import": _of_import,
        "operation": _of_operation,
        "agent": _of_agent,
    }[one.source]
    return say(t, one, zone)


def _in_case(t: Translator, one: Entry, zone: ZoneInfo) -> Html:
    line = event_words(t, Line(one.at, "event", one.kind, name=one.actor, event=one.event), zone)
    added = _added(one)
    return Html(f"{line}\n<blockquote>{escape_lines(added)}</blockquote>") if added else line


def _added(one: Entry) -> str:
    """What an agent gave as a purpose or a result, which no topic is told."""
    if isinstance(one.event, events.Revealed):
        return one.event.purpose
    if isinstance(one.event, events.Called):
        return one.event.note or ""
    return ""


def _of_link(t: Translator, one: Entry, zone: ZoneInfo) -> Html:
    account, other = _account(t, one.account), _account(t, one.other_account)
    known = {
        "moved": t("{account} is linked to customer {customer} now.", account=account, customer=one.other_customer_id),
        "taken_over": t("The link moved from {account} to {other}.", account=account, other=other),
        "by_number": t("{account} was linked by its phone number alone.", account=account),
        "again": t("{account} was linked; it was another account before.", account=account),
        "not_me": t("{account} said that this is another person.", account=account),
        "taken_back": t("The link of {account} was taken back by {other}.", account=account, other=other),
        "unlinked": t("An operator ended the link of {account}.", account=account),
        "wrong_person": t("An agent found that {account} is somebody else’s.", account=account),
        "restored": t("The link of {account} is as it was before.", account=account),
        "disputed": t("{account} says that the new link isn’t theirs.", account=account),
    }
    return known.get(one.kind) or Html(one.kind.replace("_", " "))


def _account(t: Translator, number: int | None) -> str:
    if number is None:
        return t.plain("another account")
    return t.plain("a Telegram account") if number == NOBODY else t.plain("Telegram account {number}", number=number)


def _of_policy(t: Translator, one: Entry, zone: ZoneInfo) -> Html:
    about = {"name": one.actor, "version": one.version, "why": one.why}
    proposed = t("{name} proposed the policy {version}: {why}", **about)
    if one.ended_at is None:
        return proposed
    when, by = t.moment(one.ended_at, zone), one.decider
    known = {
        "approved": t("{by} approved it {when}, and it came into force.", by=by, when=when),
        "refused": t("{by} refused it {when}.", by=by, when=when),
        "withdrawn": t("{by} took it back {when}.", by=by, when=when),
    }
    return t.sentences(proposed, known[one.kind])


def _of_passkey(t: Translator, one: Entry, zone: ZoneInfo) -> Html:
    return passkeys.in_audit_log(t, one.kind, one.whose, one.passkey, one.actor, is_own=one.is_own)


def _of_import(t: Translator, one: Entry, zone: ZoneInfo) -> Html:
    file, (rows, refused) = clipped(one.subject, 60), one.counts
    by_whom = t("{name} imported {file}.", name=one.actor, file=file)
    head = by_whom if one.actor else t("{file} was imported.", file=file)
    if one.detail:
        return not_imported(t, one.subject, one.detail)
    if one.ended_at is None:
        return t.sentences(head, t("It is still running, or was interrupted."))
    return t.sentences(head, t("Rows: {rows}, refused: {refused}.", rows=number(t, rows), refused=number(t, refused)))


def _of_operation(t: Translator, one: Entry, zone: ZoneInfo) -> Html:
    by = one.actor or t.plain("An operator")
    about = {"by": by, "what": clipped(one.subject, 80), "detail": clipped(one.detail, 80)}
    known = {
        "agent_added": t("An operator added {what} ({detail}).", **about),
        "agent_changed": t("An operator changed {what} ({detail}).", **about),
        "agent_removed": t("An operator removed {what}.", **about),
        "shifts_set": t("{by} set the shifts of {what}: {detail}.", **about),
        "absence_set": t("{by} entered an absence of {what}: {detail}.", **about),
        "absences_dropped": t("{by} took back the coming absences of {what}.", **about),
        "auditor_added": t("An operator added the auditor {what}, or changed them.", **about),
        "auditor_removed": t("An operator removed the auditor {what}.", **about),
        "key_made": t("An operator made the API key “{what}” ({detail}).", **about),
        "key_revoked": t("An operator revoked the API key “{what}”.", **about),
        "hook_added": t("An operator set up events to {what} ({detail}).", **about),
        "hook_changed": t("An operator changed which events go to {what} ({detail}).", **about),
        "hook_removed": t("An operator stopped the events to {what}.", **about),
        "hook_replayed": t("{by} had events sent again to {what} ({detail}).", **about),
        "hook_rotated": t("{by} changed the secret that signs the events to {what}.", **about),
        "rows_opened": t("{name} opened the refused rows of {what}.", name=one.actor, **about),
        "rows_downloaded": t("{name} downloaded the refused rows of {what}.", name=one.actor, **about),
        "log_downloaded": t("{by} downloaded entries of the audit log.", **about),
    }
    if one.kind == "shifts_set" and not one.detail:
        return t("{by} took back the shifts of {what}: they are there whenever the desk is open.", **about)
    return known[one.kind]


def _of_agent(t: Translator, one: Entry, zone: ZoneInfo) -> Html:
    return agents.in_audit_log(t, one.kind, one.whose, one.actor, one.limits)


def _in_console(t: Translator, one: Entry, zone: ZoneInfo) -> Html:
    said = _signed_in(t, one, zone)
    return t.sentences(said, t("The passkey was “{name}”.", name=one.passkey)) if one.passkey else said


def _signed_in(t: Translator, one: Entry, zone: ZoneInfo) -> Html:
    if one.ended_at is None:
        return t("{name} signed in to the console.", name=one.actor)
    when = t.moment(one.ended_at, zone)
    if one.ended_why == "removed":
        return t("{name} signed in to the console, until they were removed {when}.", name=one.actor, when=when)
    if one.ended_why == "passkey_removed":
        return t("{name} signed in to the console, until the passkey was removed {when}.", name=one.actor, when=when)
    return t("{name} signed in to the console, and out {when}.", name=one.actor, when=when)
