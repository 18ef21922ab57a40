"""What agents read about duty and time: transfers, being away, snoozes, and what is due or late."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.message import Message
from bot.rules.cases.agent_notices import CallBroke, CasesTaken, Detail, ToldInPrivate
from bot.rules.cases.case import Case, Due
from bot.rules.cases.case_events import CallTooMany, InDistress, LeaseOver, SnoozeOver, Transferred, Woken
from bot.rules.cases.who_may import MayNot
from bot.views.agreements.agent_agreements import agreement_notice
from bot.views.cases.bulk_changes import taken
from bot.views.cases.contact_disclosure import call_broke
from bot.views.cases.desk_queue import due_words, number_of
from bot.views.cases.desk_words import reason_words
from bot.views.lines import and_more, as_code, clipped, duration, fitted
from locales import Html, Translator

MOST_NAMES = 15

# --- Transfers -------------------------------------------------------------------------------------------------------


def transferred(t: Translator, name: str, over_limit: int | None = None) -> Message:
    """`/transfer` worked; with more cases than the agent may take by themselves, that is said."""
    done = t("{name} has this case now, and has been told.", name=clipped(name))
    if over_limit is None:
        return Message(done)
    more = t("That is more than {name} may take alone: the limit is {most}.", name=clipped(name), most=over_limit)
    return Message(t.sentences(done, more))


def transfer_usage(t: Translator, names: Sequence[str]) -> Message:
    """`/transfer` with a name that no agent, or more than one, has: the list of names."""
    if not names:
        return Message(t("There is nobody else who could take it."))
    shown = [clipped(name, 24) for name in names[:MOST_NAMES]]
    more = [and_more(t)(len(names) - len(shown))] if len(names) > len(shown) else []
    who = t("Who should get it? There is {names}.", names=t.joined([*shown, *more]))
    example = t("For example: {example}", example=as_code(f"/transfer {clipped(names[0])}"))
    return Message(f"{who}\n{example}")


def is_away(t: Translator, name: str) -> Message:
    """The agent is away and gets no case."""
    return Message(t("{name} is away, so this case stays where it is.", name=clipped(name)))


def has_it_already(t: Translator, name: str) -> Message:
    return Message(t("{name} has this case already.", name=clipped(name)))


def somebody_was_quicker(t: Translator) -> Message:
    """The case changed its owner at the same moment."""
    return Message(t("Somebody else was quicker with this case. /queue shows who has it."))


# --- Being away ------------------------------------------------------------------------------------------------------


def away(t: Translator, held: int, returned_after: timedelta) -> Message:
    """`/away` worked."""
    gone = t("You are away: you get no cases until /back.")
    return Message(t.sentences(gone, _held(t, held, returned_after)) if held else gone)


def back(t: Translator, held: int) -> Message:
    """`/back` worked."""
    welcome = t("Welcome back.")
    have = t.plural("You still have {n} case.", "You still have {n} cases.", held)
    go_on = t("/next takes the most urgent one.")
    return Message(t.sentences(welcome, have, go_on) if held else t.sentences(welcome, go_on))


def you_are_away(t: Translator) -> Message:
    """An agent who is away gets no case."""
    return Message(t("You are away, so you get no cases. /back brings you in again."))


def may_not_take(t: Translator, why: object) -> Message:
    """Why an agent may take no case, or not this one."""
    assert isinstance(why, MayNot), "what is refused is one of these"
    if why.reason == "full":
        return Message(t.sentences(full(t, why.most), t("A supervisor can give you one more with /transfer.")))
    if why.reason == "unfit":
        return Message(t.sentences(unfit(t), t("A supervisor can give it to you with /transfer.")))
    return you_are_away(t)


def full(t: Translator, most: int) -> Html:
    """They have as many cases as they may take."""
    return t.plural(
        "You have {n} open case, which is as many as you may take.",
        "You have {n} open cases, which is as many as you may take.",
        most,
    )


def unfit(t: Translator) -> Html:
    return t("This case is about a product or a group of customers that you do not take.")


def not_sent_while_away(t: Translator) -> Message:
    """A message of an agent who is away, in a waiting case: sending it would have claimed the case."""
    return Message(t("You are away, so this was not sent. /back brings you in again."))


def _held(t: Translator, held: int, returned_after: timedelta) -> Html:
    return t.plural(
        "{n} case of yours goes back to the queue in {length}, unless you come back before that.",
        "{n} cases of yours go back to the queue in {length}, unless you come back before that.",
        held,
        length=duration(t, returned_after),
    )


# --- Snoozes ---------------------------------------------------------------------------------------------------------


def snoozed(t: Translator, until: datetime, zone: str) -> Message:
    """`/snooze` worked; `zone` is the customer's."""
    when = t.moment(until, ZoneInfo(zone))
    rests = t("This case rests until {when}, by the customer’s clock.", when=when)
    return Message(t.sentences(rests, t("If the customer writes before that, you are told.")))


def snooze_ended(t: Translator) -> Message:
    """`/snooze off` worked."""
    return Message(t("This case rests no more."))


def does_not_rest(t: Translator) -> Message:
    """`/snooze off` of a case that does not rest."""
    return Message(t("This case does not rest. /snooze with a day lets it rest until then."))


def snooze_usage(t: Translator, why: str, most_days: int, example: str) -> Message:
    """`/snooze` without a possible day; `example` is a day that would work."""
    known = {
        "past": t("That is past already."),
        "far": t("That is too far ahead: a case rests {days} at most.", days=t.days(most_days)),
    }
    first = known.get(why) or t("Add the day until which this case may rest.")
    lines = [first, t("For example: {example}", example=as_code(f"/snooze {example}"))]
    lines.append(t("Also: {ways}", ways=t.joined(as_code(way) for way in ("tomorrow", "friday", "3d", "明天", "3天"))))
    lines.append(t("To end a rest: {example}", example=as_code("/snooze off")))
    return Message("\n".join(lines))


# --- In private, and to the group ------------------------------------------------------------------------------------


def agent_notices(t: Translator, news: Sequence[tuple[type[ToldInPrivate] | Detail, Case]]) -> Message:
    """What happened to an agent's cases, one line for each event."""
    return Message(fitted("", [_notice(t, about, case) for about, case in news], "", and_more(t)))


def due_soon(t: Translator, cases: Sequence[Case], zone: str) -> Message:
    """What is due soon, to the owner of these cases."""
    head = t.plural("<b>Due soon: {n} case of yours</b>", "<b>Due soon: {n} cases of yours</b>", len(cases))
    return Message(fitted(head, [_due_line(t, case, zone) for case in cases], "", and_more(t)))


def due_soon_by_nobody(t: Translator, cases: Sequence[Case], zone: str) -> Message:
    """What is due soon in cases without an owner, to the group."""
    head = t.plural(
        "<b>Due soon, and nobody is on it: {n} case</b>",
        "<b>Due soon, and nobody is on them: {n} cases</b>",
        len(cases),
    )
    lines = [_due_line(t, case, zone) for case in cases]
    return Message(fitted(head, lines, t("/next takes the most urgent one."), and_more(t)))


def late(t: Translator, cases: Sequence[Case], zone: str) -> Message:
    """What was due and is not done, to supervisors."""
    head = t.plural("<b>Late: {n} case</b>", "<b>Late: {n} cases</b>", len(cases))
    lines = [
        _due_line(
            t,
            case,
            zone,
            [t("with {name}", name=clipped(case.owner_name, 30)) if case.owner_name else t("nobody has it")],
        )
        for case in cases
    ]
    tail = t("In the group, /take with a number gives a case to you. In its topic, /transfer hands it on.")
    return Message(fitted(head, lines, tail, and_more(t)))


def _notice(t: Translator, about: type[ToldInPrivate] | Detail, case: Case) -> Html:
    if isinstance(about, CasesTaken):
        return taken(t, about)
    if isinstance(about, CallBroke):
        return call_broke(t, case.case_id, about)
    number = number_of(case)
    known: dict[type[ToldInPrivate], Html] = {
        InDistress: t(
            "‼️ Case {number}: the customer may be in danger. Please see to it that somebody writes to them now.",
            number=number,
        ),
        LeaseOver: t("Case {number} is back in the queue: nothing was done about it for a while.", number=number),
        CallTooMany: t(
            "Case {number}: a call was made that the rules do not allow. The case’s history says which.", number=number
        ),
        Transferred: t("Case {number} was given to you.", number=number),
        SnoozeOver: t("Case {number} has rested until today, and is with you again.", number=number),
        Woken: t("Case {number}: the customer has written, so it no longer rests.", number=number),
    }
    return known.get(about) or agreement_notice(t, about, number)


def _due_line(t: Translator, case: Case, zone: str, more: Iterable[str] = ()) -> Html:
    assert case.due_at is not None and case.due_kind is not None, "it was found by when it is due"
    about = [reason_words(t, case.reason), due_words(t, Due(case.due_at, case.due_kind), zone), *more]
    return t("• {number} {about}", number=number_of(case), about=" · ".join(about))
