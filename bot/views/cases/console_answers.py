"""What the console answers to what an agent did in a case: that it is done, or why it is not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.rules.agreements.agreed_terms import MOST_HOLD_DAYS, NotAgreed
from bot.rules.agreements.instalment_plans import FEWEST_PARTS, MOST_PARTS, Part
from bot.rules.cases.attachments import MOST_BYTES
from bot.rules.cases.call_limits import RESULTS
from bot.rules.cases.contact_disclosure import Contact
from bot.rules.cases.snoozes import MOST_DAYS, NoDay
from bot.rules.cases.who_may import MayNot
from bot.rules.topics.message_screening import Found
from bot.views.agreements import agent_agreements
from bot.views.cases import desk_duty
from bot.views.cases.contact_disclosure import contact_lines
from bot.views.lines import clipped
from bot.views.topics.held_words import found_lines
from locales import Html, Translator


def done(t: Translator, what: str) -> Html:
    """What was done; empty for what nobody can do."""
    known = {
        "take": t("This case is yours."),
        "release": t("This case waits in the queue again."),
        "transfer": t("The colleague has this case now, and is told."),
        "snooze": t("This case rests until then. If the customer writes before that, you are told."),
        "wake": t("This case rests no more."),
        "say": t("Your message is on its way to the customer."),
        "file": t("The file is ready. Send it when you like, with or without words."),
        "drop_file": t("The file will not be sent."),
        "note": t("Your note is kept. It stays inside."),
        "promise": t("The promise is noted, and the customer is told."),
        "end_promise": t("The promise is taken back. Reminders go on."),
        "hold": t("All reminders rest, and the customer is told."),
        "end_hold": t("Reminders go on."),
        "plan": t("The plan is proposed. The customer agrees to it, or not."),
        "end_plan": t("The plan is taken back."),
        "dispute": t("It is noted that this isn’t right, and the customer is told."),
        "answer_dispute": t("The customer is told your answer."),
        "agree_plan": t("The plan is agreed, and the case rests until its last part. The customer is told."),
        "decline_plan": t("Declined, and the customer is told. Please look for another way with them."),
        "reveal": t("This was shown to you before. That you saw it is in the case’s history."),
        "call": t("The call is noted."),
        "later": t("This will be sent then, if nothing has changed by then: a payment, the case, the hours."),
        "drop_later": t("It will not be sent."),
        "done": t("Case closed. Thank you."),
    }
    return known.get(what, Html(""))


def revealed(t: Translator, contact: Contact) -> Html:
    """How the customer can be reached, once: it is on no page that is opened again."""
    lines = contact_lines(t, contact)
    return Html("\n".join([*lines, t("This is for this case only. That you were told is in its history.")]))


def call_broke(t: Translator, broke: str) -> Html:
    """A call was written down that broke a rule: limit or hours."""
    if broke == "limit":
        return t("The call is noted. It was one more than the rules allow; supervisors are told.")
    return t("The call is noted. It was outside the hours at which they may be called; supervisors are told.")


def plan_preview(t: Translator, parts: Sequence[Part]) -> Html:
    """The dates and sums of a plan that is not proposed yet."""
    lines = [t("• {day}: <b>{amount}</b>", day=t.date(part.due_date), amount=t.money(part.amount)) for part in parts]
    head = t("This is what the customer would read. Nothing is sent yet.")
    return Html("\n".join([head, *lines]))


def look_once_more(t: Translator, found: Sequence[Found]) -> Html:
    """What was found in words that have not left."""
    head = t("This was not sent yet. Please look at it once more: change it, or choose the reason to send it as it is.")
    return Html("\n".join([head, *found_lines(t, found)]))


def may_not(t: Translator, why: MayNot) -> Html:
    if why.reason == "away":
        return t("You are away, so this was not done. Write /back in the group first.")
    if why.reason in ("full", "unfit"):
        return desk_duty.full(t, why.most) if why.reason == "full" else desk_duty.unfit(t)
    if why.reason == "closed":
        return t("This case is closed, so nothing was done.")
    if why.owner_name:
        return t("Nothing was done: {name} has this case.", name=clipped(why.owner_name))
    return t("Nothing was done: this case is not yours.")


def not_done(t: Translator, reason: str, name: str) -> Html:
    """Where the case itself does not refuse it."""
    known = {
        "no_agent": t("You are no agent any more."),
        "no_colleague": t("There is no such colleague."),
        "colleague_away": t("{name} is away, so this case stays where it is.", name=clipped(name)),
        "theirs_already": t("{name} has this case already.", name=clipped(name)),
        "nobody_has_it": t("Nobody has this case."),
        "changed_hands": t("Somebody else was quicker with this case."),
        "not_reachable": t("Not sent: the customer has no chat with the bot in which they can be reached."),
        "no_text": t("There are no words."),
        "long_text": t("This is too long for one message."),
        "not_then": t("At that time nothing may be sent to this customer. Please choose another time."),
        "waits_no_more": t("This message waits no more."),
        "long_caption": t("This is too long to go with a file. Please send the file with fewer words, or none."),
        "empty_file": t("This file is empty."),
        "large_file": t("This file is too large: at most {n} MB.", n=MOST_BYTES >> 20),
        "wrong_file": t("Only pictures (JPEG, PNG, WebP), PDF, and Word or Excel files without macros can be sent."),
        "no_file": t("This file is not here any more. Please choose it again."),
        "not_text": t("There are signs in it that cannot be sent."),
    }
    return known.get(reason) or t("Nothing was done.")


def call_results(t: Translator) -> list[tuple[str, str]]:
    """What a call can come to, each with its words."""
    known = {
        "reached": t.plain("We talked"),
        "no_answer": t.plain("Nobody answered"),
        "wrong_number": t.plain("The number is somebody else’s"),
    }
    return [(result, known[result]) for result in RESULTS]


def no_day(t: Translator, what: str, why: NoDay) -> Html:
    if why.why == "far" and what == "later":
        return t("That is too far ahead: at most {days}.", days=t.days(MOST_DAYS))
    if why.why == "far":
        return t("That is too far ahead: a case rests {days} at most.", days=t.days(MOST_DAYS))
    return t("That is past already.") if why.why == "past" else t("Please choose a day.")


def not_agreed(t: Translator, command: str, why: NotAgreed) -> Html:
    """Without how a command is written, which nobody writes here."""
    money = t.joined(t.money(amount) for amount in why.amounts)
    known = {
        "usage": t("Something is missing."),
        "amount_unreadable": t("I can’t read the amount. Write it like 500, or 1,200.50."),
        "day_unreadable": t("Please choose a day."),
        "which_currency": t("In which currency? There is {amounts} to pay.", amounts=money),
        "plan_exists": t("A plan is agreed until {day}. It can be taken back here.", day=t.date(why.day or date.max)),
        "not_reachable": t("The customer can’t be reached in Telegram to agree to it. A hold lets it rest meanwhile."),
        "no_such_instalment": t("There is no such instalment to dispute."),
        "no_such_dispute": t("There is no such dispute."),
        "no_reason": t("Please say why, in words for the customer."),
        "parts": t("A plan has {fewest} to {most} parts.", fewest=FEWEST_PARTS, most=MOST_PARTS),
        "days": t("A hold lasts 1 to {most} days.", most=MOST_HOLD_DAYS),
    }
    if why.reason in known:
        return known[why.reason]
    return Html(agent_agreements.not_agreed(t, command, why).text.partition("\n\n")[0])


def not_filled(t: Translator, placeholder: str, old: bool) -> Html:
    """A ready reply that cannot be filled in now."""
    if old:
        return t(
            "This reply tells {placeholder}, and the wallet’s figures are too old for that.", placeholder=placeholder
        )
    return t("This reply needs {placeholder}, and there is none here.", placeholder=placeholder)
