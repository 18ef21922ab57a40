"""The same words of a wallet, by events, by the API and by files, in any order and some twice, give the same rows:
those of a model that knows all of the words from the beginning.

`DUEBOT_TEST_WORDS=50000` makes so many.
"""

from __future__ import annotations

import csv
import json
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.clock import ManualClock
from bot.rules.facts.paid import Payment, paid, timing_as_of
from bot.rules.operations.event_signatures import Signed
from bot.work.facts.import_json import BY_NAME, JsonRows
from bot.work.facts.import_run import import_paths
from bot.work.operations.fact_requests import FactWriter
from bot.work.operations.idempotent_requests import Once
from bot.work.operations.wallet_events import apply_waiting, receive
from storage.runtime.engine import Database
from storage.schema import wallet_events
from tests.work.facts.wallets import rows

WORDS = int(os.environ.get("DUEBOT_TEST_WORDS", "140"))
EVENTS = {"customers": "customer.changed", "accounts": "account.changed", "instalments": "instalment.changed"}
KINDS = ("customers", "accounts", "instalments", "payments")
IMPORTED_AT = ("facts_at", "amount_paid_at")  # the time of the import is in these


@dataclass(frozen=True, slots=True)
class Word:
    """What the wallet said at an instant: a whole row, with amounts in the currency's own unit."""

    at: datetime
    kind: str
    row: dict[str, str]

    @property
    def id_(self) -> str:
        return self.row[BY_NAME[self.kind].id_column]

    @property
    def event(self) -> str:
        back = self.row.get("amount", "").startswith("-")
        return EVENTS.get(self.kind) or f"payment.{'reversed' if back else 'received'}"


def said(chance: random.Random, now: datetime, number: int) -> list[Word]:
    """A wallet's words, oldest first. What is paid in total changes as money comes in, and is repeated meanwhile."""
    many = max(3, number // 60)
    words = [Word(now, "customers", {"customer_id": f"C{n}", "name": "first", "language": "en"}) for n in range(many)]
    words += [Word(now, "accounts", _account(n, 1)) for n in range(many)]
    totals = dict.fromkeys(range(many), 0)
    words += [Word(now, "instalments", _instalment(chance, n, 0)) for n in range(many)]
    at = now - timedelta(days=30)
    words = [Word(at, word.kind, word.row) for word in words]
    step = timedelta(days=29) / number
    while len(words) < number:
        at += step * (0.2 + 1.6 * chance.random())
        n, what = chance.randrange(many), chance.random()
        if what < 0.15:
            language = chance.choice(("en", "zh-Hant", "zh-Hans"))
            words.append(Word(at, "customers", {"customer_id": f"C{n}", "name": f"{at}", "language": language}))
        elif what < 0.25:
            words.append(Word(at, "accounts", _account(n, len(words))))
        elif what < 0.5:
            totals[n] += chance.choice((0, 0, 1, 150, 400))
            words.append(Word(at, "instalments", _instalment(chance, n, totals[n])))
        else:
            on = (at - timedelta(days=chance.choice((0, 0, 0, 1, 3)))).date().isoformat()
            amount = chance.choice(("50.00", "100.00", "300.00", "-50.00"))
            about = {"payment_id": f"P{len(words)}", "instalment_id": f"I{n}"}
            words.append(Word(at, "payments", {**about, "paid_on": on, "amount": amount}))
            if what > 0.95:  # told of again, later
                words.append(Word(at + timedelta(hours=30), "payments", words[-1].row))
    return words


def _account(n: int, balance: int) -> dict[str, str]:
    return {"account_id": f"A{n}", "customer_id": f"C{n}", "currency": "TWD", "balance": f"{balance}.00"}


def _instalment(chance: random.Random, n: int, total: int) -> dict[str, str]:
    due = {"due_date": f"2026-03-{chance.randrange(5, 20):02}", "amount_due": f"{chance.choice((900, 1000))}.00"}
    status = chance.choice(("open", "open", "disputed", "waived"))
    return {"instalment_id": f"I{n}", "account_id": f"A{n}", **due, "amount_paid": f"{total}.00", "status": status}


# --- The model -------------------------------------------------------------------------------------------------------


def expected(words: Sequence[Word]) -> dict[str, dict[str, tuple[Any, ...]]]:
    """By kind and id: what is shown of a row, and of an instalment what is paid, in minor units."""
    of: dict[str, dict[str, list[Word]]] = {kind: {} for kind in KINDS}
    for word in sorted(words, key=lambda word: word.at):
        of[word.kind].setdefault(word.id_, []).append(word)
    shown: dict[str, dict[str, tuple[Any, ...]]] = {kind: {} for kind in KINDS}
    for kind in ("customers", "accounts"):
        shown[kind] = {id_: _shown(kind, known[-1].row) for id_, known in of[kind].items()}
    shown["payments"] = {id_: _shown("payments", known[0].row) for id_, known in of["payments"].items()}
    for id_, known in of["instalments"].items():
        shown["instalments"][id_] = (*_shown("instalments", known[-1].row), _paid(id_, known, of["payments"]))
    return shown


def _paid(id_: str, known: Sequence[Word], payments: dict[str, list[Word]]) -> int:
    """By the last total, since when the wallet said it without another between."""
    totals = [(word.at, _minor(word.row["amount_paid"])) for word in known]
    since, total = totals[-1]
    for at, other in reversed(totals):
        if other != total:
            break
        since = at
    is_first = len({other for _, other in totals}) == 1
    theirs = []
    for words in payments.values():
        row, at = words[0].row, words[0].at
        if row["instalment_id"] == id_:
            on = datetime.fromisoformat(row["paid_on"]).date()
            timing = timing_as_of(on, at, since, is_first=is_first)
            theirs.append(Payment(row["payment_id"], on, _minor(row["amount"]), timing))
    return paid(total, theirs)


def _minor(amount: str) -> int:
    return round(float(amount) * 100)


SHOWN = {
    "customers": ("name", "language"),
    "accounts": ("balance",),
    "instalments": ("due_date", "amount_due", "amount_paid", "status"),
    "payments": ("instalment_id", "paid_on", "amount"),
}


def _shown(kind: str, row: dict[str, str]) -> tuple[Any, ...]:
    amounts = ("balance", "amount", "amount_due", "amount_paid")
    return tuple(_minor(row[name]) if name in amounts else row[name] for name in SHOWN[kind])


def of_rows(found: dict[str, list[dict[str, Any]]]) -> dict[str, dict[str, tuple[Any, ...]]]:
    shown: dict[str, dict[str, tuple[Any, ...]]] = {}
    for kind, of_kind in found.items():
        names = (*SHOWN[kind], *(("paid",) if kind == "instalments" else ()))
        key = BY_NAME[kind].id_column
        shown[kind] = {
            row[key]: tuple(str(row[name]) if name in ("due_date", "paid_on") else row[name] for name in names)
            for row in of_kind
        }
    return shown


# --- The ways --------------------------------------------------------------------------------------------------------


async def by_events(db: Database, clock: ManualClock, words: Sequence[Word], chance: random.Random) -> None:
    sent = list(enumerate(words))
    sent += chance.sample(sent, len(sent) // 5)  # some twice, with the same id
    chance.shuffle(sent)
    for place, (number, word) in enumerate(sent):
        body = json.dumps({"type": word.event, "timestamp": word.at.isoformat(), "data": word.row}).encode()
        await receive(db, Signed(f"m{number}"), body, clock.now())
        if chance.random() < 0.05 or place == len(sent) - 1:
            await apply_waiting(db, clock)
    for _ in range(8):  # what came before the thing that it is about
        clock.move(timedelta(seconds=61))
        await apply_waiting(db, clock)
    async with db.read() as conn:
        counted = select(wallet_events.c.state, func.count()).group_by(wallet_events.c.state)
        assert [tuple(row) for row in (await conn.execute(counted)).all()] == [("applied", len(words))]


def parts(words: Sequence[Word], chance: random.Random) -> Iterator[list[Word]]:
    """Of each kind after the other, in any order, and in each part nothing twice."""
    for kind in KINDS:
        left = [word for word in words if word.kind == kind]
        chance.shuffle(left)
        while left:
            some, seen, rest = [], set(), []
            for word in left:
                fits = word.id_ not in seen and len(some) < 40
                (some if fits else rest).append(word)
                seen.add(word.id_)
            yield some
            left = rest


async def by_api(db: Database, clock: ManualClock, words: Sequence[Word], chance: random.Random) -> None:
    writer = FactWriter(db, Once(db))
    for part in parts(words, chance):
        with JsonRows(BY_NAME[part[0].kind]) as given:
            for word in part:
                given.add({**word.row, "as_of": word.at.isoformat()})
            assert (await writer.write(given, None, clock.now())).imported.refused == 0


async def by_files(
    db: Database, clock: ManualClock, words: Sequence[Word], chance: random.Random, folder: Path
) -> None:
    for number, part in enumerate(parts(words, chance)):
        path = folder / f"{number}.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            written = csv.DictWriter(out, [*part[0].row, "as_of"])
            written.writeheader()
            written.writerows({**word.row, "as_of": word.at.isoformat()} for word in part)
        assert (await import_paths(db, [path], clock.now())).ok
        clock.move(timedelta(seconds=1))


@pytest.mark.slow(seconds=15)
async def test_every_way_and_every_order_gives_the_rows_of_the_model(
    db: Database, clock: ManualClock, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    chance = random.Random(14)
    words = said(chance, clock.now().astimezone(UTC), WORDS)
    await by_events(db, clock, words, chance)
    found = await rows(db, without=IMPORTED_AT)
    assert of_rows(found) == expected(words)
    for way, deliver in (("api", by_api), ("files", by_files)):
        folder = tmp_path / way
        folder.mkdir()
        other = Database(f"sqlite:///{folder / 'other.db'}")
        (folder / "other.db").write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        args = (folder,) if way == "files" else ()
        await deliver(other, clock, words, chance, *args)  # type: ignore[operator]
        assert await rows(other, without=IMPORTED_AT) == found, way
        await other.close()
