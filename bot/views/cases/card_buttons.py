"""The buttons of a case's card. Each does what a command does, and its data is that command: `do:12:/hold 7`. A button
of a menu shows other buttons in place of these: `menu:12:hold`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.message import ACTION_BYTES, Button
from bot.rules.cases.case import Case
from bot.rules.cases.case_outcomes import OUTCOMES
from bot.views.cases.desk_words import outcome_words
from bot.views.lines import clipped
from locales import Translator

Rows = tuple[tuple[Button, ...], ...]

MOST_OF_A_KIND = 12  # ready replies, colleagues
PARTS = (2, 3, 4, 6)
HOLD_DAYS = (3, 7, 14, 30)
MENUS = ("reply", "promise", "plan", "hold", "call", "done", "more", "transfer")


def card_buttons(t: Translator, case: Case) -> Rows:
    """The buttons below a card: a waiting case is taken first."""
    if not case.is_open:
        return ()
    if case.owner_id is None:
        return ((_does(case, t.plain("Take"), "/take"), _menu(case, t.plain("More"), "more")),)
    return (
        (
            _menu(case, t.plain("Reply"), "reply"),
            _menu(case, t.plain("Promise"), "promise"),
            _menu(case, t.plain("Plan"), "plan"),
        ),
        (
            _menu(case, t.plain("Hold"), "hold"),
            _menu(case, t.plain("Call"), "call"),
            _menu(case, t.plain("Done"), "done"),
        ),
        (_menu(case, t.plain("More"), "more"),),
    )


def menu_buttons(t: Translator, case: Case, menu: str, replies: Sequence[str], names: Sequence[str]) -> Rows:
    """The buttons of a menu, and the way back. `replies` are the names of ready replies, `names` those of colleagues;
    what is too long for a button is left to the command."""
    made: Mapping[str, Callable[[], Sequence[Button]]] = {
        "reply": lambda: _named(case, "/say", replies),
        "promise": lambda: _promises(t, case),
        "plan": lambda: [_does(case, t.plural("{n} part", "{n} parts", number), f"/plan {number}") for number in PARTS],
        "hold": lambda: [_does(case, t.days(number), f"/hold {number}") for number in HOLD_DAYS],
        "call": lambda: _calls(t, case),
        "done": lambda: [_does(case, outcome_words(t, outcome), f"/done {outcome}") for outcome in OUTCOMES],
        "more": lambda: _more(t, case),
        "transfer": lambda: _named(case, "/transfer", names),
    }
    buttons = list(made[menu]())
    rows = [tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2)]
    return (*rows, (_menu(case, t.plain("Back"), "card"),))


def _promises(t: Translator, case: Case) -> list[Button]:
    days = ((0, t.plain("all, today")), (1, t.plain("all, tomorrow")))
    later = [(days, t.plain("all, in {days}", days=t.days(days))) for days in (3, 7)]
    withdraw = _does(case, t.plain("Withdraw it"), "/promise cancel")
    return [*(_does(case, label, f"/promise all {_day(ahead)}") for ahead, label in (*days, *later)), withdraw]


def _day(ahead: int) -> str:
    return {0: "today", 1: "tomorrow"}.get(ahead, f"{ahead}d")


def _calls(t: Translator, case: Case) -> list[Button]:
    return [
        _does(case, t.plain("Phone and e-mail"), "/reveal"),
        _does(case, t.plain("I’m calling now"), "/calling"),
        _does(case, t.plain("We talked"), "/call reached"),
        _does(case, t.plain("No answer"), "/call no_answer"),
        _does(case, t.plain("Wrong number"), "/call wrong_number"),
    ]


def _more(t: Translator, case: Case) -> list[Button]:
    rests = (
        [_does(case, t.plain("End its rest"), "/snooze off")]
        if case.snoozed_until is not None
        else [
            _does(case, t.plain("Rest until tomorrow"), "/snooze tomorrow"),
            _does(case, t.plain("Rest for 3 days"), "/snooze 3d"),
        ]
    )
    back = [_does(case, t.plain("Back to the queue"), "/release")] if case.owner_id is not None else []
    return [
        *rests,
        _does(case, t.plain("Something’s not right"), "/dispute"),
        _menu(case, t.plain("To a colleague"), "transfer"),
        *back,
    ]


def _named(case: Case, command: str, names: Sequence[str]) -> list[Button]:
    fitting = [name for name in names if len(f"do:{case.case_id}:{command} {name}".encode()) <= ACTION_BYTES]
    return [_does(case, clipped(name, 30), f"{command} {name}") for name in fitting[:MOST_OF_A_KIND]]


def _does(case: Case, label: str, command: str) -> Button:
    return Button(label, f"do:{case.case_id}:{command}")


def _menu(case: Case, label: str, menu: str) -> Button:
    return Button(label, f"menu:{case.case_id}:{menu}")
