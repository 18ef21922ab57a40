"""What `/bulk` says: its usage, what it would do, and what it did."""

from __future__ import annotations

from bot.message import Button, Message
from bot.rules.cases.agent_notices import CasesTaken
from bot.rules.cases.bulk_changes import MOST_CASES, MOST_HOLD_DAYS, Bulk, NotBulk
from bot.views.lines import as_code, clipped
from locales import Html, Translator

EXAMPLES = (
    "/bulk move Mei Bob 10",
    "/bulk move queue Bob language:zh",
    "/bulk release Mei",
    "/bulk hold 7 reason:overdue",
)


def asked(t: Translator, bulk: Bulk, count: int, to_name: str, key: int) -> Message:
    """What would be done, with buttons to confirm or cancel."""
    if not count:
        return Message(t("There is no such case, so nothing would be done."))
    parts = (_would(t, bulk, count, to_name), t("Shall I? Only you can say so, within 10 minutes."))
    yes, no = Button(t.plain("Yes, do it"), f"bulk:{key}:yes"), Button(t.plain("No, leave them"), f"bulk:{key}:no")
    return Message("\n".join(parts), ((yes, no),))


def done(t: Translator, bulk: Bulk, count: int, to_name: str) -> Message:
    """What was done."""
    name = clipped(to_name)
    if bulk.do == "hold":
        return Message(t.plural("{n} case is on hold.", "{n} cases are on hold.", count))
    if bulk.to is None:
        return Message(t.plural("{n} case is back in the queue.", "{n} cases are back in the queue.", count))
    return Message(t.plural("{n} case is with {name} now.", "{n} cases are with {name} now.", count, name=name))


def declined(t: Translator) -> Message:
    return Message(t("Nothing was done."))


def done_before(t: Translator) -> Message:
    """A second press."""
    return Message(t("That was done already."))


def over(t: Translator) -> Message:
    """A press that came too late."""
    return Message(t("That was asked too long ago, so nothing was done. Please write it again."))


def taken(t: Translator, those: CasesTaken) -> Html:
    """To an agent: their cases were moved, or rest."""
    by, name = clipped(those.by_name), clipped(those.to_name)
    if those.do == "hold":
        return t.plural("{by} put {n} of your cases on hold.", "{by} put {n} of your cases on hold.", those.n, by=by)
    if not those.to_name:
        return t.plural(
            "{by} returned {n} of your cases to the queue.",
            "{by} returned {n} of your cases to the queue.",
            those.n,
            by=by,
        )
    return t.plural(
        "{by} gave {n} of your cases to {name}.", "{by} gave {n} of your cases to {name}.", those.n, by=by, name=name
    )


def move_refused(t: Translator, wrong: NotBulk) -> Message:
    """Why cases cannot be given to somebody."""
    word = clipped(wrong.word)
    if wrong.fault == "away":
        return Message(t("{name} is away, so the cases stay where they are.", name=word))
    if wrong.fault == "same":
        return Message(t("The cases are there already: “{word}”.", word=word))
    return Message(t("No agent is called “{word}”, or more than one is.", word=word))


def bulk_refused(t: Translator, wrong: NotBulk) -> Message:
    """What is wrong with the command, and its usage."""
    word = clipped(wrong.word)
    if wrong.fault == "away":
        return move_refused(t, wrong)
    known = {
        "unknown_agent": move_refused(t, wrong).text,
        "same": move_refused(t, wrong).text,
        "days": t("“{word}” is not a number of days from 1 to {most}.", word=word, most=MOST_HOLD_DAYS),
        "number": t("“{word}” is not a number of cases from 1 to {most}.", word=word, most=MOST_CASES),
        "filter": t("“{word}” is not a filter here.", word=word),
        "filter_needed": t("Please say which cases; all of them is: {word}", word=as_code("all")),
    }
    lines: list[str] = [known[wrong.fault]] if wrong.fault in known else []
    lines.append(t("Many cases together, for example:"))
    lines += [f"• {as_code(example)}" for example in EXAMPLES]
    filters = as_code("reason:overdue language:zh agent:Mei overdue:30 all")
    lines.append(t("Filters, one or several: {filters}", filters=filters))
    lines.append(t("I show how many it is about before anything is done."))
    return Message("\n".join(lines))


def _would(t: Translator, bulk: Bulk, count: int, to_name: str) -> Html:
    if bulk.do == "hold":
        days = t.days(bulk.days)
        return t.plural(
            "This puts <b>{n}</b> case on hold for {days}.",
            "This puts <b>{n}</b> cases on hold for {days}.",
            count,
            days=days,
        )
    if bulk.to is None:
        return t.plural(
            "This returns <b>{n}</b> case to the queue.", "This returns <b>{n}</b> cases to the queue.", count
        )
    return t.plural(
        "This gives <b>{n}</b> case to {name}.", "This gives <b>{n}</b> cases to {name}.", count, name=clipped(to_name)
    )
