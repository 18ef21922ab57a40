"""What a customer reads who makes a plan of parts: two questions, the plans that fit side by side, and what became of
the one they took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import get_args

from bot.message import Button, Message
from bot.rules.agreements.affordable_plans import FORTNIGHT, LAST_DAY, Answers, Offer, Pay, day_of_fortnight
from bot.rules.agreements.instalment_plans import Part, Plan
from bot.rules.facts.money import Money
from bot.rules.policy.packs import Advice
from bot.views.agreements.plan_words import pace_sum, payday_words
from bot.views.menu import Rows, button, menu_buttons
from locales import Html, Translator, escape

PAYDAYS = (1, 5, 10, 15, 20, 25, LAST_DAY)  # as buttons; any other is written
ACROSS = 4
_LETTERS = "ABC"


# --- The questions ---------------------------------------------------------------------------------------------------


def which_currency(t: Translator, owed: Sequence[Money]) -> Message:
    """What is owed in several currencies: a plan is about one."""
    rows = tuple((Button(t.money(sum_), f"afford:currency:{sum_.currency}"),) for sum_ in owed)
    return Message(t("What would you like to pay in parts?"), (*rows, *_leave(t)))


def how_much(t: Translator, owed: Money, every: Pay, suggested: Sequence[Money], misread: str = "") -> Message:
    """The first question. `misread` is why what was written could not be read as a sum."""
    asks = {
        "week": t("How much could you put aside each week?"),
        "2 weeks": t("How much could you put aside every 2 weeks?"),
        "month": t("How much could you put aside each month?"),
    }[every]
    parts = (
        *([_misread(t, misread, owed)] if misread else []),
        t("It’s about {amount}.", amount=t.money(owed)),
        t("<b>{question}</b> Press a sum, or write one.", question=asks),
    )
    pace = _pace(every)
    sums = [Button(pace_sum(t, every, sum_), f"afford:{pace}:{sum_.amount}{sum_.currency}") for sum_ in suggested]
    instead = {
        "week": t.plain("By the week instead"),
        "2 weeks": t.plain("Every 2 weeks instead"),
        "month": t.plain("By the month instead"),
    }
    others = tuple(Button(instead[other], f"afford:pace:{_pace(other)}") for other in get_args(Pay) if other != every)
    nothing = Button(t.plain("Nothing at the moment"), f"afford:{pace}:0{owed.currency}")
    return Message("\n\n".join(parts), (*_in_rows(sums, 2), others, (nothing,), *_leave(t)))


def _pace(every: Pay) -> str:
    """As buttons have it."""
    return every.replace(" ", "")


def which_payday(t: Translator, every: Pay, amount: Money, today: date, misread: bool = False) -> Message:
    """The second question. `today` is the customer's: of pay that comes every two weeks the next one is asked for."""
    across = ACROSS
    if every == "week":
        asks = t("On which day of the week does your pay come?")
        how = t("Press a day, or write it.")
        days = [Button(t.weekday(day), f"afford:day:week:{day}") for day in range(7)]
    elif every == "2 weeks":
        asks = t("On which day does your next pay come?")
        how = t("Press a day, or write it. After that it’s every 14 days.")
        ahead = [today + timedelta(days=n) for n in range(1, FORTNIGHT + 1)]
        days = [Button(t.day(day), f"afford:day:2weeks:{day_of_fortnight(day)}") for day in ahead]
        across = 2
    else:
        asks = t("On which day of the month does your pay come?")
        how = t("Press a day, or write it, like 28. In a shorter month it’s the last day.")
        days = [
            Button(t.plain("Last day") if day == LAST_DAY else str(day), f"afford:day:month:{day}") for day in PAYDAYS
        ]
    parts = (
        *([t("I couldn’t read a day in that.")] if misread else []),
        t("So: {sum}.", sum=pace_sum(t, every, amount)),
        t("<b>{question}</b>\n{how}", question=asks, how=how),
    )
    return Message("\n\n".join(parts), (*_in_rows(days, across), (_anew(t),), *_leave(t)))


def _misread(t: Translator, why: str, owed: Money) -> Html:
    known = {
        "decimals": t("That has more decimals than the currency."),
        "zero": t("It has to be more than nothing. If nothing is possible, press “Nothing at the moment”."),
        "other_currency": t("The sum has to be in the currency that is owed: {amount}.", amount=t.money(owed)),
        "which_currency": t("Please add the currency."),
    }
    return known.get(why) or t("I couldn’t read a sum in that. Please write it like 500.")


# --- The plans -------------------------------------------------------------------------------------------------------


def choose_plan(
    t: Translator, offers: Sequence[Offer], answers: Answers, *, again: bool = False, changed: bool = False
) -> Message:
    """The plans that fit, each with every date and what it costs in all. `again`: they are about what is left of a
    plan; `changed`: what is owed has changed since they were last shown."""
    head = t(
        "Here is what fits {sum}, on payday ({payday}):",
        sum=pace_sum(t, answers.every, answers.amount),
        payday=payday_words(t, answers.every, answers.payday),
    )
    parts = (
        *([t("What you owe has changed since I showed you these, so I’ve worked them out again.")] if changed else []),
        head,
        *(_offer(t, letter, offer) for letter, offer in zip(_LETTERS, offers, strict=False)),
        t("Nothing is agreed before you press one."),
    )
    act = "again" if again else "take"
    rows: Rows = tuple(
        (Button(_label(t, letter, offer), f"plan:{act}:{offer.key}"),)
        for letter, offer in zip(_LETTERS, offers, strict=False)
    )
    none = Button(t.plain("None of these fits"), "afford:none")
    return Message("\n\n".join(parts), (*rows, (none,), (_anew(t),), *_leave(t)))


def _offer(t: Translator, letter: str, offer: Offer) -> Html:
    count = t.plural("{n} part", "{n} parts", len(offer.parts))
    lines = [t("<b>{letter}. {parts}, until {day}</b>", letter=letter, parts=count, day=t.date(offer.until))]
    lines += _dates(t, offer.parts)
    lines.append(_cost(t, offer))
    if offer.needs_person:
        lines.append(t("A person looks at this one first, and you hear from us here."))
    return Html("\n".join(lines))


def _dates(t: Translator, parts: Sequence[Part]) -> Iterator[Html]:
    """Every date, parts of the same sum together, the year where it begins."""
    for amount, same in groupby(parts, key=lambda part: part.amount):
        days = []
        year = 0
        for part in same:
            days.append(t.date(part.due_date) if part.due_date.year != year else t.day_of_year(part.due_date))
            year = part.due_date.year
        yield t("{amount}: {days}", amount=t.money(amount), days=_listed(t, days))


def _listed(t: Translator, days: Sequence[str]) -> str:
    return ("、" if t.language.startswith("zh") else ", ").join(days)


def _cost(t: Translator, offer: Offer) -> Html:
    if not offer.charges:
        return t("In all: <b>{cost}</b>, nothing on top.", cost=t.money(offer.cost))
    return t(
        "In all: <b>{cost}</b>, of which {charges} of charges, due with the last part.",
        cost=t.money(offer.cost),
        charges=t.money(offer.charges),
    )


def _label(t: Translator, letter: str, offer: Offer) -> str:
    if offer.needs_person:
        return t.plain("{letter}: ask for {sums}", letter=letter, sums=_sums(t, offer.parts))
    return t.plain("{letter}: agree to {sums}", letter=letter, sums=_sums(t, offer.parts))


def _sums(t: Translator, parts: Sequence[Part]) -> str:
    """2 × NT$500.00 + NT$200.00; sums that differ by the smallest unit alone are told as the larger one."""
    runs: list[list[Money]] = []
    for part in parts:
        if runs and abs(runs[-1][0].amount - part.amount.amount) <= 1:
            runs[-1].append(part.amount)
        else:
            runs.append([part.amount])
    return " + ".join(f"{len(run)} × {t.money(run[0])}" if len(run) > 1 else str(t.money(run[0])) for run in runs)


# --- What became of it -----------------------------------------------------------------------------------------------


def plan_asked(t: Translator, plan: Plan, schedule: str, *, now: bool, absent: str = "") -> Message:
    """The customer asked for this plan, just `now` or before: a person decides. `absent` says first when somebody will
    be there, if nobody is now."""
    head = t("I’ve asked a person to look at your plan:") if now else t("A person is looking at your plan:")
    parts = (absent, head, schedule, t("You’ll hear from us here. Until then nothing is agreed."))
    take_back = Button(t.plain("Take it back"), f"plan:end:{plan.plan_id}")
    return Message("\n\n".join(filter(None, parts)), ((take_back,), (button(t, "agent"),)))


def nothing_fits(
    t: Translator, answers: Answers | None, advice: Sequence[Advice], already: bool, absent: str = ""
) -> Message:
    """No plan fits: a person comes, and sees the answers. `absent` says when somebody will be there, if nobody is
    now."""
    known = (
        t("Thank you for telling me. It’s fine to say that nothing is possible now.")
        if answers is None
        else t(
            "None of our plans fits {sum}, on payday ({payday}).",
            sum=pace_sum(t, answers.every, answers.amount),
            payday=payday_words(t, answers.every, answers.payday),
        )
    )
    person = (
        t("A person has already been asked, and sees your answers. They’ll write to you here.")
        if already
        else t(
            "I’ve asked a person to look for another way with you. They see your answers and will write to you here."
        )
    )
    parts = [*filter(None, (known, absent)), person]
    parts += [Html(escape(each.texts.get(t.language, each.texts["en"]))) for each in advice]
    return Message("\n\n".join(parts), ((_anew(t),),))


def not_offered(t: Translator, reason: str) -> Message:
    """There is no plan to choose: nothing is due soon, or too little for parts."""
    if reason == "too_small":
        text = t("What is due is too little for parts. You can choose a day to pay it, or talk to a person.")
        return Message(text, ((button(t, "promise"),), (button(t, "agent"),)))
    text = t("Nothing is due in the next few days, so there’s nothing to pay in parts now.")
    return Message(text, menu_buttons(t))


def left(t: Translator, was_asked: bool) -> Message:
    """`/cancel`: the questions are left."""
    if was_asked:
        text = t("All right, I’ve stopped asking and forgotten your answers. Nothing is agreed.")
    else:
        text = t("There’s nothing to cancel at the moment.")
    return Message(text, menu_buttons(t))


def sure_to_end(t: Translator, plan: Plan) -> Message:
    """Before a plan is ended."""
    parts = (
        t("End your plan? What is left is due as before, and reminders go on."),
        t("If a part is too much, what is left can be spread again instead."),
    )
    rows = (
        (Button(t.plain("Spread what is left"), "plan:spread"),),
        (Button(t.plain("Yes, end the plan"), f"plan:end:{plan.plan_id}:sure"),),
        (Button(t.plain("Keep it"), "plan"),),
    )
    return Message("\n\n".join(parts), rows)


def ended(t: Translator, what: str) -> Message:
    known = {
        "ended": t("Your plan has ended. What is left is due as before."),
        "taken_back": t("Taken back: nothing is asked for any more."),
    }
    text = known.get(what) or t("There is no such plan any more.")
    return Message(text, ((button(t, "plan"), button(t, "agent")),))


def refused(t: Translator, name: str) -> Message:
    """An agent did not agree to what the customer asked for."""
    parts = (
        t("{name} couldn’t agree to the plan that you asked for.", name=name),
        t("They’ll look for another way with you here, or you can choose another plan."),
    )
    return Message("\n\n".join(parts), ((button(t, "plan"), button(t, "agent")),))


def end_by_agent(t: Translator, name: str, state: str) -> Message:
    """An agent ended the plan that was in force, or (`state` is asked) declined what the customer asked for."""
    if state == "asked":
        return refused(t, name)
    parts = (
        t("{name} has ended your plan. What is left is due as before.", name=name),
        t("If that’s a surprise, please write here: a person reads it."),
    )
    return Message("\n\n".join(parts), ((button(t, "plan"), button(t, "agent")),))


def below_plan(t: Translator, plan: Plan, can_spread: bool) -> Rows:
    """The buttons that change a plan in force."""
    spread = Button(t.plain("Spread what is left"), "plan:spread")
    end = Button(t.plain("End the plan"), f"plan:end:{plan.plan_id}")
    return ((spread, end),) if can_spread else ((end,),)


def _anew(t: Translator) -> Button:
    return Button(t.plain("Change my answers"), "afford:anew")


def _leave(t: Translator) -> Rows:
    return ((Button(t.plain("Never mind"), "afford:cancel"), button(t, "agent")),)


def _in_rows(buttons: Sequence[Button], across: int) -> Rows:
    return tuple(tuple(buttons[at : at + across]) for at in range(0, len(buttons), across))
