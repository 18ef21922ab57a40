"""What agents read about shifts and absences: how they are now, and what was wrong with a command."""

from __future__ import annotations

from collections.abc import Sequence

from bot.message import Button, Message
from bot.rules.cases.absences import Absence, NoAbsence
from bot.rules.cases.shifts import MOST_PERIODS, NoShifts
from bot.rules.policy.rosters import Shifts
from bot.views.lines import as_code, clipped
from locales import Html, Translator, escape

SHIFT_EXAMPLES = ("/shift mon-fri 9:00-12:30 13:30-18:00", "/shift mon-fri 9-18; sat 10-14", "/shift off")
AWAY_EXAMPLES = ("/away 24 Dec - 2 Jan", "/away tomorrow", "/away 12月24日到1月2日", "/away off")


def on_duty(
    t: Translator, agent_id: int, name: str, shifts: Shifts | None, absences: Sequence[Absence], held: int = 0
) -> Message:
    """When an agent is there. Buttons take coming absences back and, where the agent is away with cases, give those to
    the queue."""
    who = clipped(name)
    if shifts is None:
        lines = [t("{name} is there whenever the desk is open.", name=who)]
    else:
        lines = [t("{name} is there {shifts}, by the desk’s clock.", name=who, shifts=as_code(str(shifts)))]
    lines += [t("• Away: {days}", days=_days(t, absence)) for absence in absences]
    row = [Button(t.plain("Take the absences back"), f"duty:off:{agent_id}")] if absences else []
    if held:
        lines.append(t.plural("{n} case is still with {name}.", "{n} cases are still with {name}.", held, name=who))
        row.append(Button(t.plain("Back to the queue"), f"duty:queue:{agent_id}"))
    return Message("\n".join(lines), (tuple(row),) if row else ())


def taken_back(t: Translator) -> Message:
    """Absences that had not begun."""
    return Message(t("The absences that had not begun are taken back."))


def shift_refused(t: Translator, wrong: NoShifts) -> Message:
    """Why words are no shifts, and how they are written."""
    word = clipped(wrong.word)
    known = {
        "overlap": t("“{word}” overlaps with another period of that day.", word=word),
        "backwards": t(
            "“{word}” ends before it begins. A night is two periods: until 24:00, and from 0:00.", word=word
        ),
        "twice": t("“{word}” names a day for the second time.", word=word),
        "many": t("“{word}” is one too many: a day has {most} periods at most.", word=word, most=MOST_PERIODS),
    }
    unread = t("I can’t read “{word}”.", word=word) if word else t("Add the days, and the times after them.")
    return Message("\n".join([known.get(wrong.fault, unread), *_examples(t, SHIFT_EXAMPLES)]))


def absence_refused(t: Translator, wrong: NoAbsence) -> Message:
    """Why words are no days to be away, and how they are written."""
    known = {
        "past": t("That is past already."),
        "backwards": t("The last day is before the first one."),
        "far": t("That is more than a year."),
    }
    first = known.get(wrong.why) or t("I can’t read the days. If you write none, you are away from now on.")
    return Message("\n".join([first, *_examples(t, AWAY_EXAMPLES)]))


def away_then(t: Translator, name: str, then: Absence) -> Message:
    """The absence overlaps with another one."""
    days = _days(t, then)
    return Message(
        t(
            "{name} is away then already: {days}. /away off takes back what has not begun, and /back ends what has.",
            name=clipped(name),
            days=days,
        )
    )


def whose(t: Translator, names: Sequence[str]) -> Message:
    """The name means several agents, or the command is about a colleague and its author is no supervisor."""
    if not names:
        return Message(t("Only a supervisor can say that for a colleague. For yourself, write it without a name."))
    return Message(t("Whose? There is {names}.", names=t.joined(clipped(name, 24) for name in names)))


def reassign_usage(t: Translator) -> Message:
    head = t("Whose cases, and who gets them? Without a second name they go back to the queue.")
    return Message("\n".join([head, *_examples(t, ("/reassign Mei", "/reassign Mei Bob"))]))


def is_back(t: Translator) -> Message:
    """An old button was pressed, about somebody who is away no more."""
    return Message(t("They are not away any more, so nothing was done."))


def nothing_to_reassign(t: Translator) -> Message:
    return Message(t("No case is with them, so nothing was done."))


def _examples(t: Translator, examples: Sequence[str]) -> list[Html]:
    return [t("For example: {example}", example=as_code(examples[0])), *(as_code(example) for example in examples[1:])]


def _days(t: Translator, absence: Absence) -> Html:
    if absence.first == absence.last:
        return escape(t.date(absence.first))
    return t("{first} to {last}", first=t.date(absence.first), last=t.date(absence.last))
