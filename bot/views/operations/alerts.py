"""What supervisors are told about the program's troubles: what is wrong, and how to fix it. `doctor` and the HTTP side
show operators the same words.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.message import Message
from bot.rules.operations.troubles import Trouble
from bot.views.cases.desk_words import channel_words, notice_reason_words
from bot.views.lines import and_more, as_code, fitted
from locales import Html, Translator

UTC = ZoneInfo("UTC")


def troubles(t: Translator, found: Sequence[Trouble]) -> Message:
    """The alert: all present troubles."""
    head = t("<b>The bot needs your help</b>")
    lines = [Html(f"• {words(t, trouble)}\n    → {mend(t, trouble)}") for trouble in found]
    return Message(fitted(head, lines, t("I’ll write again if this changes, or if it lasts."), and_more(t)))


def all_well(t: Translator) -> Message:
    """The end of an alert."""
    return Message(t("All is well again: none of the troubles I wrote about is left."))


def words(t: Translator, trouble: Trouble) -> Html:
    """What is wrong."""
    match trouble.kind:
        case "no_round":
            return _no_round(t, trouble)
        case "clock_back":
            return _clock_back(t, trouble.count)
        case "rival":
            return t(
                "Another program uses this bot’s token, so some messages to the bot are lost (since {when}).",
                when=_when(t, trouble.at) if trouble.at else "",
            )
        case "backlog":
            return t.plural(
                "{n} reminder no longer fits into its sending hours at the allowed rate.",
                "{n} reminders no longer fit into their sending hours at the allowed rate.",
                trouble.count,
            )
        case "facts_old":
            return _facts_old(t, trouble)
        case "pack_expired" | "pack_expires":
            return _pack(t, trouble)
        case "group_unusable":
            return t("The agents’ group can’t be used: {reason}.", reason=_group_reason(t, trouble.reason))
        case "channel_refuses":
            return t(
                "{channel}: {n} of the last {all} messages weren’t taken ({reason}).",
                channel=channel_words(t, trouble.subject),
                n=trouble.count,
                all=trouble.of,
                reason=channel_reason(t, trouble.reason),
            )
        case "updates_failed":
            return t.plural(
                "{n} message from Telegram could not be handled and was put aside.",
                "{n} messages from Telegram could not be handled and were put aside.",
                trouble.count,
            )
        case "notices_refused":
            return t.plural(
                "{n} reminder was refused for what it says, and isn’t tried again.",
                "{n} reminders were refused for what they say, and aren’t tried again.",
                trouble.count,
            )
        case "silent":
            return t.plural(
                "{n} customer is past due, not reached, and with nobody.",
                "{n} customers are past due, not reached, and with nobody.",
                trouble.count,
            )
        case "overlooked":
            return t.plural(
                "Planning had overlooked {n} customer: {customer}. The guard found it and put it right.",
                "Planning had overlooked {n} customers, first {customer}. The guard found them and put it right.",
                trouble.count,
                customer=as_code(trouble.subject),
            )
        case "reveals_many":
            return t(
                "The agent with the number {number} asked for the phone numbers of {n} customers within ten minutes, "
                "from {when} on.",
                number=as_code(trouble.subject),
                n=trouble.count,
                when=_when(t, trouble.at) if trouble.at else "",
            )
        case "forgotten_overdue":
            return t.plural(
                "{n} customer who was forgotten still owes something overdue: {customer}.",
                "{n} customers who were forgotten still owe something overdue, the last of them {customer}.",
                trouble.count,
                customer=as_code(trouble.subject),
            )
        case "prune_late":
            if trouble.at is None:
                return t("Records are older than was set, and were never removed.")
            return t("Records are older than was set; they were last removed {when}.", when=_when(t, trouble.at))
        case "deadline_unheard":
            return t.plural(
                "{n} case is late, and no supervisor on duty could be told.",
                "{n} cases are late, and no supervisor on duty could be told.",
                trouble.count,
            )
    return t("No supervisor could be told: {reason}.", reason=_unheard_reason(t, trouble.reason))


def mend(t: Translator, trouble: Trouble) -> Html:
    """What a person can do about it."""
    match trouble.kind:
        case "no_round":
            return t("See that {command} is running, and what its log says.", command=as_code("duebot run"))
        case "clock_back":
            return t(
                "See that the machine keeps its time. What lay in the future was put right; what was sent, opened or "
                "ended by the wrong time stays as it is."
            )
        case "rival":
            return t(
                "Stop the other program, or get a new token from @BotFather and set {setting}.",
                setting=as_code("DUEBOT_TOKEN"),
            )
        case "backlog":
            return t("Raise {setting}, or widen the sending hours.", setting=as_code("DUEBOT_SEND_RATE"))
        case "facts_old":
            return t(
                "Import newer files with {command}, and see that it’s done often.", command=as_code("duebot import")
            )
        case "pack_expired" | "pack_expires":
            return t("Have its rules reviewed, and give them new dates: {page}.", page=as_code("docs/packs.md"))
        case "group_unusable":
            return t("{command} says what to change there.", command=as_code("duebot doctor"))
        case "channel_refuses":
            return t("See that its service is up and that its settings, such as the password, are right.")
        case "updates_failed":
            return t("Look for “{words}” in the log.", words="update failed")
        case "notices_refused":
            return t("Look for “{words}” in the log.", words="notice refused")
        case "silent":
            return t("{command} names them: have someone get in touch.", command=as_code("duebot audit"))
        case "overlooked":
            return t(
                "Please report it, with what {command} says of the customer.",
                command=as_code(f"duebot show {trouble.subject}"),
            )
        case "reveals_many":
            return t("Ask what for; {command} takes an agent off.", command=as_code("duebot agent remove TELEGRAM_ID"))
        case "forgotten_overdue":
            return t(
                "Only the wallet itself can reach them; the bot can’t any more. {list} names them, and {taken_over} "
                "says that the wallet sees to one.",
                list=as_code("duebot forgotten"),
                taken_over=as_code(f"duebot forgotten --taken-over {trouble.subject}"),
            )
        case "prune_late":
            return t(
                "Let {run} run through the night, or use {prune}.",
                run=as_code("duebot run"),
                prune=as_code("duebot prune"),
            )
        case "deadline_unheard":
            return t("Have a supervisor come back with {command} in the agents’ group.", command=as_code("/back"))
    return t(
        "Add one with {command}, and let them open the bot once.",
        command=as_code("duebot agent add TELEGRAM_ID --name NAME --role supervisor"),
    )


def plain(t: Translator, trouble: Trouble) -> tuple[str, str]:
    """What is wrong and how to fix it, without markup."""
    return Message(words(t, trouble)).plain(), Message(mend(t, trouble)).plain()


def _clock_back(t: Translator, minutes: int) -> Html:
    if minutes >= 2 * 24 * 60:
        days = minutes // (24 * 60)
        return t.plural("The clock went back by {n} day.", "The clock went back by {n} days.", days)
    if minutes >= 2 * 60:
        hours = minutes // 60
        return t.plural("The clock went back by {n} hour.", "The clock went back by {n} hours.", hours)
    return t.plural("The clock went back by {n} minute.", "The clock went back by {n} minutes.", minutes)


def _no_round(t: Translator, trouble: Trouble) -> Html:
    parts = {
        "planner": t.plain("Planning reminders"),
        "sender": t.plain("Sending reminders"),
        "guard": t.plain("Guarding who is past due"),
        "attending": t.plain("Attending to the agents’ desk"),
        "watch": t.plain("Watching over the bot"),
    }
    part = parts[trouble.subject]
    if trouble.at is None:
        return t("{part}: not done so far.", part=part)
    return t("{part}: last done {when}.", part=part, when=_when(t, trouble.at))


def _facts_old(t: Translator, trouble: Trouble) -> Html:
    if trouble.at is None:
        return t("The wallet’s figures are of unknown age, so reminders name no amounts.")
    return t(
        "The wallet’s figures are of {when}, too old for the policy, so reminders name no amounts.",
        when=_when(t, trouble.at),
    )


def _pack(t: Translator, trouble: Trouble) -> Html:
    assert trouble.day is not None, "a pack's trouble has its day"
    pack, day = trouble.subject, t.date(trouble.day)
    if trouble.kind == "pack_expired":
        return t("No reminders are sent: the rules of pack {pack} were trusted until {day}.", pack=pack, day=day)
    return t("The rules of pack {pack} are trusted until {day}; after that, no reminders are sent.", pack=pack, day=day)


def _group_reason(t: Translator, reason: str) -> str:
    known = {
        "no_rights": t.plain("the bot lacks rights there"),
        "no_new_topics": t.plain("it takes no more topics"),
        "group_gone": t.plain("the bot isn’t in it"),
        "migrated": t.plain("it has a new number"),
        "unauthorized": t.plain("Telegram refuses the bot’s token"),
    }
    return known.get(reason) or notice_reason_words(t, reason)


def channel_reason(t: Translator, reason: str) -> str:
    """Why a channel did not take a message."""
    known = {
        "unauthorized": t.plain("the sign-in was refused"),
        "network": t.plain("no connection"),
        "server_error": t.plain("an error at the service"),
        "timed_out": t.plain("no answer"),
        "in_doubt": t.plain("no answer"),
        "bad_request": t.plain("was not accepted"),
    }
    return known.get(reason) or notice_reason_words(t, reason)


def _unheard_reason(t: Translator, reason: str) -> str:
    if reason == "no_supervisor":
        return t.plain("there is none")
    return channel_reason(t, reason)


def _when(t: Translator, at: datetime) -> str:
    return f"{t.moment(at, UTC)} UTC"
