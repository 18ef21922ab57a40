"""Compares one batch of an import with what is known: which rows are refused, new, changed or unchanged.

The database is read once for the whole batch and written once; in between each row is checked in the file's order. The
caller owns the transaction.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from bot.rules.channels import FROM_WALLET
from bot.rules.customers.phone_zones import zone_of
from bot.rules.facts.paid import timing_as_of, timing_of
from bot.work.facts.import_rows import Change, Outcome, Partly, Piece, Refused, Row, Run, Skipped, Values
from bot.work.facts.import_values import ACCOUNTS, CUSTOMERS, INSTALMENTS, PAYMENTS, Kind, Refusal, priced
from storage.agreements import holds, payments_received
from storage.facts import import_blocks, imports
from storage.facts.import_dedupe import SeenIds, Sighting
from storage.runtime.engine import Connection
from storage.topics import topic_headers

PUSH_RESTS = timedelta(days=30)  # a dead push channel is tried again after this, if the wallet names the customer


async def take(
    conn: Connection, kind: Kind, pieces: Sequence[Piece], run: Run, seen: SeenIds, skipped: Skipped
) -> list[Outcome]:
    """Writes the good rows of `pieces` and returns the outcome of each row, in their order.

    `seen` knows the ids of the same file's earlier batches, and learns the ids of this one.
    """
    batch = _BATCHES[kind](run)
    readable = [row.values for piece in pieces for row in piece.rows if not isinstance(row.values, Refused)]
    await batch.ask(conn, readable)
    first_lines = _FirstLines(seen, [values[kind.id_column] for values in readable], skipped)
    outcomes: list[Outcome] = []
    for piece in pieces:
        before = len(batch.accepted)
        of_piece = [_judged(batch, row, first_lines) for row in piece.rows]
        outcomes += of_piece
        if piece.digest is not None and all(isinstance(outcome, str) for outcome in of_piece):
            await batch.keep(conn, piece, batch.accepted[before:])
    await batch.write(conn)
    first_lines.remember()
    return outcomes


class _FirstLines:
    """The line of the file on which each id was found; the first one counts."""

    def __init__(self, seen: SeenIds, ids: Sequence[str], skipped: Skipped) -> None:
        self._seen = seen
        self._skipped = skipped
        self._earlier = seen.among(ids)
        self._new: dict[str, Sighting] = {}

    def skipped(self, id_: str, line: int, values: Values, known: Values | None) -> str | None:
        """`Skipped.contradicts`, for the block that the known row is in."""
        if known is None or known["import_block_id"] is None:
            return None
        return self._skipped.contradicts(known["import_block_id"], line, id_, values, known)

    def find(self, id_: str) -> Sighting | None:
        return self._new.get(id_) or self._earlier.get(id_)

    def add(self, id_: str, sighting: Sighting) -> None:
        self._new[id_] = sighting

    def remember(self) -> None:
        self._seen.add(self._new)


def _judged(batch: _Batch, row: Row, first_lines: _FirstLines) -> Outcome:
    if isinstance(row.values, Refused):
        return row.values
    kind = batch.kind
    id_ = row.values[kind.id_column]
    try:
        row_priced = priced(kind, row.values, batch.currency(row.values))
        change = _change(batch, id_, row.line, row_priced.values, first_lines)
    except Refusal as refusal:
        return Refused(str(refusal))
    dropped = (*row.dropped, *row_priced.dropped)
    return Partly(change, "; ".join(dropped)) if dropped else change


def _change(batch: _Batch, id_: str, line: int, said: Values, first_lines: _FirstLines) -> Change:
    values = {column: value for column, value in said.items() if column != "as_of"} if "as_of" in said else said
    content = hash(tuple(values.items()))
    first = first_lines.find(id_)
    if first is None and (above := first_lines.skipped(id_, line, values, batch.known.get(id_))) is not None:
        if not above:
            return "same"
        raise Refusal(f"{batch.kind.id_column} {id_!r} is already in line {above}, with other content")
    if first is None:
        batch.as_of = said.get("as_of")
        change = "same" if batch.is_older(id_) else batch.judge(id_, values)
        first_lines.add(id_, Sighting(line, content))
        return change
    if first.content == content:
        return "same"
    raise Refusal(f"{batch.kind.id_column} {id_!r} is already in line {first.line}, with other content")


class _Batch(ABC):
    """What is known of one batch's rows, and what is to be written of them."""

    kind: ClassVar[Kind]
    blank: ClassVar[Values]  # the values of a new row in columns that its file lacks

    def __init__(self, run: Run) -> None:
        self.run, self.now, self.since = run, run.now, run.since
        self.known: dict[str, dict[str, Any]] = {}
        self.to_save: list[dict[str, Any]] = []
        self.to_confirm: dict[str, datetime] = {}
        self.to_join: list[str] = []  # rows that only their block is new of
        self.accepted: list[str] = []  # the ids of rows that are in the database as the file says
        self.blocks: dict[str, int] = {}  # the blocks that were kept, by the ids of their rows
        self.as_of: datetime | None = None  # of the present row: when the wallet said it, if its file has this column

    async def ask(self, conn: Connection, rows: Sequence[Values]) -> None:
        self.known = await imports.known(conn, self.kind.name, [row[self.kind.id_column] for row in rows])

    def currency(self, values: Values) -> str:
        """The currency of the row's amounts; raises `Refusal` if the row refers to something unknown."""
        return ""

    @property
    def said_at(self) -> datetime:
        return self.as_of or self.now

    def is_older(self, id_: str) -> bool:
        """Whether the wallet has sent something newer about it than the present row."""
        before = self.known.get(id_)
        return self.as_of is not None and before is not None and self.as_of < before["facts_at"]

    async def keep(self, conn: Connection, piece: Piece, accepted: Sequence[str]) -> None:
        """Keeps the block in mind if each of its rows went in, and if the same lines say the same at any later time."""
        if len(accepted) != len(piece.rows) or not accepted or piece.digest is None:
            return
        values = [row.values for row in piece.rows if not isinstance(row.values, Refused)]
        said_at = [row["as_of"] for row in values if "as_of" in row]
        if None in said_at or (said_at and max(said_at) >= self.now):
            return  # what is not of an earlier time is as new as its import
        as_of = max(said_at, default=None)
        block_id = await import_blocks.add(conn, piece.digest, len(accepted), as_of)
        self.blocks |= dict.fromkeys(accepted, block_id)

    @abstractmethod
    def judge(self, id_: str, values: Values) -> Change:
        """Accepts the row; raises `Refusal`."""

    async def write(self, conn: Connection) -> None:
        ids = [row[self.kind.id_column] for row in self.to_save]
        for row, id_ in zip(self.to_save, ids, strict=True):
            row["import_block_id"] = self.blocks.get(id_)
        await imports.save(conn, self.kind.name, self.to_save)
        said = {id_: (at, self.blocks.get(id_)) for id_, at in self.to_confirm.items()}
        await imports.confirm(conn, self.kind.name, said)
        await imports.join(conn, self.kind.name, {id_: self.blocks.get(id_) for id_ in self.to_join})
        left = [self.known[id_]["import_block_id"] for id_ in (*ids, *said, *self.to_join) if id_ in self.known]
        await import_blocks.leave(conn, Counter(block_id for block_id in left if block_id is not None))
        if self.to_save:
            await imports.bump_facts_stamp(conn, self.now)
            if self.run.open_cases:
                await topic_headers.stale_of(conn, self.kind.name, ids)

    async def owed_in_cases(self, conn: Connection, instalment_ids: Sequence[str]) -> dict[str, payments_received.Owed]:
        """Those of these instalments whose customers have an open case, so that the agent is told about payments."""
        return await payments_received.owed(conn, instalment_ids) if instalment_ids and self.run.open_cases else {}

    def put(self, id_: str, row: Mapping[str, Any]) -> Change:
        """Keeps the row to be written over the known one, if they differ."""
        before = self.known.get(id_)
        self.accepted.append(id_)
        if before is not None and all(before[column] == value for column, value in row.items()):
            self.to_confirm[id_] = self.said_at
            return "same"
        self.to_save.append({**row, "facts_at": self.said_at})
        return "added" if before is None else "changed"

    def merged(self, id_: str, values: Values) -> dict[str, Any]:
        """The row to be written: the file's columns over the known values over the defaults."""
        before = self.known.get(id_, {})
        return {**self.blank, **{column: before[column] for column in self.blank if column in before}, **values}


class _Customers(_Batch):
    kind = CUSTOMERS
    blank: ClassVar[Values] = {
        "name": "",
        "language": None,
        "time_zone": None,
        "phone": None,
        "email": None,
        "segment": None,
        "vulnerable": False,
    }

    async def ask(self, conn: Connection, rows: Sequence[Values]) -> None:
        await super().ask(conn, rows)
        self.with_new_address: dict[str, list[str]] = {channel.name: [] for channel in FROM_WALLET}

    def judge(self, id_: str, values: Values) -> Change:
        before = self.known.get(id_)
        if before is not None and before["forgotten_at"] is not None:
            return "same"  # a forgotten customer is not imported again
        row = self.merged(id_, values)
        for channel in FROM_WALLET:  # a new address is tried even if the old one was dead
            if before is not None and before[channel.address] != row[channel.address]:
                self.with_new_address[channel.name].append(id_)
        if before is not None and (before["time_zone"], before["phone"]) == (row["time_zone"], row["phone"]):
            row["zone"] = before["zone"]
        else:
            own = None if before is None else before["chosen_zone"]
            row["zone"] = own or zone_of(row["time_zone"], row["phone"])
        return self.put(id_, row)

    async def write(self, conn: Connection) -> None:
        await super().write(conn)
        for channel, ids in self.with_new_address.items():
            await imports.revive_channel(conn, channel, ids)
        named = [*(row["customer_id"] for row in self.to_save), *self.to_confirm]
        await imports.try_push_again(conn, named, self.now - PUSH_RESTS)


class _Accounts(_Batch):
    kind = ACCOUNTS
    blank: ClassVar[Values] = {"product": "", "credit_limit": None}

    async def ask(self, conn: Connection, rows: Sequence[Values]) -> None:
        await super().ask(conn, rows)
        self.customers = await imports.known_customers(conn, [row["customer_id"] for row in rows])
        changed = [row["account_id"] for row in rows if self._currency_before(row) not in (None, row["currency"])]
        self.in_use = await imports.with_instalments(conn, changed)

    def currency(self, values: Values) -> str:
        return str(values["currency"])

    def judge(self, id_: str, values: Values) -> Change:
        owner, before = values["customer_id"], self.known.get(id_)
        if owner not in self.customers:
            raise Refusal(f"customer_id {owner!r} is unknown; import its customer first")
        row = self.merged(id_, values)
        if before is None:
            return self.put(id_, row)
        if before["customer_id"] != owner:
            raise Refusal(
                f"customer_id {owner!r} is not {before['customer_id']!r}, whose account {id_!r} is; "
                "expected a new account_id for another customer"
            )
        if before["currency"] != values["currency"]:
            if id_ in self.in_use:
                raise Refusal(
                    f"currency {values['currency']!r} is not {before['currency']!r}, in which the account has "
                    "instalments; expected a new account_id for another currency"
                )
            row["credit_limit"] = values.get("credit_limit")  # a limit in the former currency is no longer valid
        return self.put(id_, row)

    def _currency_before(self, row: Values) -> str | None:
        before = self.known.get(row["account_id"])
        return before["currency"] if before else None


class _Instalments(_Batch):
    kind = INSTALMENTS
    blank: ClassVar[Values] = {"amount_paid": 0, "principal": None, "interest": None, "fees": None, "status": "open"}

    async def ask(self, conn: Connection, rows: Sequence[Values]) -> None:
        await super().ask(conn, rows)
        before = [row["account_id"] for row in self.known.values()]
        self.currencies = await imports.currencies(conn, [*(row["account_id"] for row in rows), *before])
        self.paid_anew: list[str] = []
        self.brought: Counter[str] = Counter()  # the paid amounts of instalments that came to an account, or left it

    def currency(self, values: Values) -> str:
        account = values["account_id"]
        if account not in self.currencies:
            raise Refusal(f"account_id {account!r} is unknown; import its account first")
        return self.currencies[account]

    def judge(self, id_: str, values: Values) -> Change:
        before, currency = self.known.get(id_), self.currency(values)
        row = self.merged(id_, values)
        if before is None:
            row |= {"paid": row["amount_paid"], **self._word(is_first=True)}
            self.brought[row["account_id"]] += _money(row)
            return self.put(id_, row)
        if (currency_before := self.currencies[before["account_id"]]) != currency:
            raise Refusal(
                f"account_id {values['account_id']!r} is in {currency}, the instalment is in {currency_before}; "
                "expected an account of the same currency"
            )
        row |= {column: before[column] for column in ("paid", *self._word(is_first=False))}
        if before["account_id"] != row["account_id"]:
            self.brought[before["account_id"]] -= _money(before)
            self.brought[row["account_id"]] += _money(before)
        if before["amount_paid"] != row["amount_paid"]:
            row |= self._word(is_first=False)
            self.paid_anew.append(id_)
        return self.put(id_, row)

    def _word(self, *, is_first: bool) -> dict[str, Any]:
        return {"amount_paid_at": self.now, "amount_paid_as_of": self.as_of, "amount_paid_is_first": is_first}

    async def write(self, conn: Connection) -> None:
        before = await self.owed_in_cases(conn, [row["instalment_id"] for row in self.to_save])
        await super().write(conn)
        await imports.cover_payments(conn, self.paid_anew)
        await imports.settle(conn, self.paid_anew)
        if (brought := {account: paid for account, paid in self.brought.items() if paid}) and (
            await holds.are_any_promises(conn)
        ):
            await holds.count_from(conn, brought)
        await payments_received.record_changes(conn, before, self.now)


def _money(row: Values) -> int:
    """`storage.agreements.holds.paid`, of a row."""
    paid, due = int(row["paid"]), int(row["amount_due"])
    return due if row["status"] == "paid" and paid < due else paid


class _Payments(_Batch):
    kind = PAYMENTS
    blank: ClassVar[Values] = {}

    async def ask(self, conn: Connection, rows: Sequence[Values]) -> None:
        await super().ask(conn, rows)
        self.payables = await imports.payables(conn, [row["instalment_id"] for row in rows])
        self.settled_anew: list[str] = []

    def currency(self, values: Values) -> str:
        return self._payable(values).currency

    def judge(self, id_: str, values: Values) -> Change:
        if before := self.known.get(id_):
            if any(before[column] != value for column, value in values.items()):
                raise Refusal(
                    f"payment_id {id_!r} is known with other content; payment ids count once; "
                    "reverse it with a negative payment"
                )
            self.accepted.append(id_)
            self.to_join.append(id_)
            return "same"  # a repeated payment is no new sign of life: `facts_at` stays as it was first
        payable = self._payable(values)
        if self.as_of is None or payable.amount_paid_as_of is None:
            timing = timing_of(values["paid_on"], payable.amount_paid_at, self.since)
        else:
            word = payable.amount_paid_as_of
            timing = timing_as_of(values["paid_on"], self.as_of, word, is_first=payable.amount_paid_is_first)
        self.accepted.append(id_)
        self.settled_anew.append(values["instalment_id"])
        to_word = {"to_word": timing, "in_amount_paid": timing == "with", "as_of": self.as_of}
        self.to_save.append({**values, **to_word, "facts_at": self.now})
        return "added"

    def is_older(self, id_: str) -> bool:
        return False  # a payment never changes, and counts once

    async def write(self, conn: Connection) -> None:
        before = await self.owed_in_cases(conn, self.settled_anew)
        await super().write(conn)
        await imports.settle(conn, self.settled_anew)
        await payments_received.record_changes(conn, before, self.now)

    def _payable(self, values: Values) -> imports.Payable:
        instalment = values["instalment_id"]
        if instalment not in self.payables:
            raise Refusal(f"instalment_id {instalment!r} is unknown; import its instalment first")
        return self.payables[instalment]


_BATCHES: Mapping[Kind, type[_Batch]] = {
    batch.kind: batch for batch in (_Customers, _Accounts, _Instalments, _Payments)
}
