"""What a case's history keeps of each event is a JSON object; until now most of it was text of many forms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

# What was a single text, or a number, is a single field.
TEXTS = {
    **dict.fromkeys(("opened", "again", "not_passed_on", "not_revealed"), "reason"),
    **dict.fromkeys(("words", "note"), "text"),
    **dict.fromkeys(("disputed", "dispute_noted"), "instalment"),
    "settled": "ending",
    "closed": "outcome",
    "transferred": "to",
    "snoozed": "until",
    "used": "command",
    "call_too_many": "broke",
}
NUMBERS = {"named": "weight", "pinned": "card", "not_pinned": "card"}


def upgrade() -> None:
    """One statement over the table: its forms go by the kind. What was JSON before stays, but for a change of an
    instalment, which gets a name, and for a plan that was not agreed on yet, which gets a kind of its own."""
    made = {kind: _object((name, _text("body"))) for kind, name in TEXTS.items()}
    made |= {kind: _object((name, "body")) for kind, name in NUMBERS.items()} | _of_parts()
    whens = " ".join(f"WHEN '{kind}' THEN {body}" for kind, body in made.items())
    kinds = ", ".join(f"'{kind}'" for kind in made)
    forms = f"CASE kind {whens} END"
    _run(f"UPDATE case_events SET body = {forms} WHERE body IS NOT NULL AND kind IN ({kinds})")  # noqa: S608  # ours
    _run(
        "UPDATE case_events SET kind = 'proposal_not_needed' "
        "WHERE kind = 'plan_not_needed' AND body IS NOT NULL AND body NOT LIKE '%\"left\"%'"
    )


def _of_parts() -> dict[str, str]:
    """What consisted of parts: days are of ten letters, and other parts end before a space or a colon."""
    day, after_day, second_day, after_both = (f"substr(body, {at})" for at in ("1, 10", "12", "12, 10", "23"))
    first, rest = _before("body", " "), _after("body", " ")
    head, words = _before("body", ": "), _after("body", ": ")
    shown = (
        f"CASE {head} WHEN 'phone+email' THEN '[\"phone\",\"email\"]' WHEN 'phone' THEN '[\"phone\"]' "
        "WHEN 'email' THEN '[\"email\"]' ELSE '[]' END"
    )
    until = ("until", _text(day))
    return {
        "told_hours": _object(("opens", _text(first)), ("update", rest)),
        "call_chosen": _object(("at", _text(first)), ("zone", _text(rest))),
        "undelivered": _either(
            "substr(body, 1, 5) = 'edit_'",
            _object(("reason", _text("substr(body, 6)")), ("edit", "'true'")),
            _object(("reason", _text("body"))),
        ),
        "revealed": _either(
            "body = 'nothing: too many within a short time'",
            '\'{"shown":[],"too_often":true}\'',
            _either(f"{words} = ''", _object(("shown", shown)), _object(("shown", shown), ("purpose", _text(words)))),
        ),
        "called": _either(
            f"{words} = ''",
            _object(("result", _text(head))),
            _object(("result", _text(head)), ("note", _text(words))),
        ),
        "promised": _either(f"{after_day} = ''", _object(until), _object(until, *_money(after_day))),
        "promise_moved": _either(
            f"{after_both} = ''",
            _object(until, ("earlier", _text(second_day))),
            _object(until, ("earlier", _text(second_day)), *_money(after_both)),
        ),
        "promise_agreed": _object(until, *_money(after_day)),
        "hold_set": _either(f"{after_day} = ''", _object(until), _object(until, ("reason", _text(after_day)))),
        "coming_in": "'{\"change\":' || body || '}'",
    }


def _money(words: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("amount", _before(words, " ")), ("currency", _text(_after(words, " ")))


def _object(*fields: tuple[str, str]) -> str:
    """A JSON object, of expressions that give JSON."""
    return "'{' || " + " || ',' || ".join(f"'\"{name}\":' || {value}" for name, value in fields) + " || '}'"


def _either(this: str, then: str, otherwise: str) -> str:
    return f"CASE WHEN {this} THEN {then} ELSE {otherwise} END"


def _text(words: str) -> str:
    """A text as JSON has it."""
    return f"CAST(to_json({words}) AS TEXT)" if _is_postgresql() else f"json_quote({words})"


def _before(words: str, mark: str) -> str:
    return _either(f"{_at(words, mark)} = 0", words, f"substr({words}, 1, {_at(words, mark)} - 1)")


def _after(words: str, mark: str) -> str:
    return _either(f"{_at(words, mark)} = 0", "''", f"substr({words}, {_at(words, mark)} + {len(mark)})")


def _at(words: str, mark: str) -> str:
    return f"{'strpos' if _is_postgresql() else 'instr'}({words}, '{mark}')"


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _run(statement: str) -> None:
    op.execute(sa.text(statement.replace(":", "\\:")))  # a colon is none of a parameter's
