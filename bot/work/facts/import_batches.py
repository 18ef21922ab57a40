"""What is known of one batch's rows of an import, and what is to be written of them, for each kind of file.

`bot.work.facts.import_taking` leads a batch: it reads the database once (`ask`), decides of each row, and writes once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import repeat
from typing import Any, ClassVar

from bot.rules.channels import FROM_WALLET
from bot.rules.customers.phone_zones import zone_of
from bot.rules.facts.paid import Word
from bot.work.facts.import_columns import Column
from bot.work.facts.import_rows import Change, Given, Kept, Meanwhile, Run, Values, money
from bot.work.facts.import_values import ACCOUNTS, CUSTOMERS, INSTALMENTS, Kind, Refusal
from storage.agreements import payments_received, promises
from storage.facts import import_blocks, imports
from storage.runtime.engine import Connection
from storage.topics import topic_headers

WORD = ("amount_paid_at", "amount_paid_as_of", "amount_paid_is_first", "other_paid_as_of")
PUSH_RESTS = timedelta(days=30)  # a dead push channel is tried again after this, if the wallet names the customer


class Batch(ABC):
    """What is known of one batch's rows, and what is to be written of them."""

    kind: ClassVar[Kind]
    blank: ClassVar[Values]  # the values of a new row in columns that its file lacks

    def __init__(self, run: Run) -> None:
        self.run, self.now, self.since = run, run.now, run.since
        self.known: dict[str, dict[str, Any]] = {}
        self.to_add: dict[str, Column] = {}  # new rows, column by column
        self.to_save: list[dict[str, Any]] = []  # new and changed rows
        self.to_confirm: dict[str, datetime] = {}
        self.to_join: list[str] = []  # rows that only their block is new of
        self.accepted: list[str] = []  # the ids of rows that are in the database as the file says
        self.blocks = Kept()
        self.as_of: datetime | None = None  # of the present row: when the wallet said it, if its file has this column

    async def ask(self, conn: Connection, given: Given, meanwhile: Meanwhile) -> None:
        """Reads what is known; `meanwhile` is called if that takes long."""
        self.known = await imports.known(conn, self.kind.name, given.each(self.kind.id_column))

    def currencies_of(self, columns: Mapping[str, Column]) -> Sequence[str]:
        """`currency` of many rows; "" for a row that refers to something unknown. None at all if the kind has no
        amounts."""
        return ()

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

    def add_many(self, columns: Mapping[str, Column]) -> None:
        """Keeps new rows to be written, column by column."""
        count = len(columns[self.kind.id_column])
        said = {column: values for column, values in columns.items() if column != "as_of"}
        blank = {column: [value] * count for column, value in self.blank.items() if column not in said}
        said_at = [at or self.now for at in columns.get("as_of", [None] * count)]
        self.to_add = {**blank, **said, "facts_at": said_at}

    def note_older(self, id_: str, values: Values) -> None:  # noqa: B027 - most kinds keep nothing
        """Keeps what an older row says of the time before the known one."""

    def repeat(self, id_: str, as_of: datetime | None) -> bool:
        """Keeps in mind that the wallet repeated the known row as it is; False if more is to be thought of."""
        self.as_of = as_of
        if self.is_older(id_):
            return False
        self.to_confirm[id_] = self.said_at
        return True

    @abstractmethod
    def judge(self, id_: str, values: Values) -> Change:
        """Accepts the row; raises `Refusal`."""

    async def write(self, conn: Connection, meanwhile: Meanwhile) -> None:
        """`meanwhile` is called, maybe more than once, when new rows are on their way to the database."""
        ids = self.ids_written
        if self.to_add:
            blocks = self.blocks.of_all(self.to_add[self.kind.id_column])
            await imports.add(conn, self.kind.name, {**self.to_add, "import_block_id": blocks}, meanwhile)
        for row in self.to_save:
            row["import_block_id"] = self.blocks.of(row[self.kind.id_column])
        await imports.save(conn, self.kind.name, self.to_save)
        said = {id_: (at, self.blocks.of(id_)) for id_, at in self.to_confirm.items()}
        await imports.confirm(conn, self.kind.name, said)
        await imports.join(conn, self.kind.name, {id_: self.blocks.of(id_) for id_ in self.to_join})
        if self.known:
            left = [self.known[id_]["import_block_id"] for id_ in (*ids, *said, *self.to_join) if id_ in self.known]
            await import_blocks.leave(conn, Counter(block_id for block_id in left if block_id is not None))
        if ids:
            await imports.bump_facts_stamp(conn, self.now)
            if self.run.open_cases:
                await topic_headers.stale_of(conn, self.kind.name, ids)

    @property
    def ids_written(self) -> list[str]:
        """The ids of the rows that are new or changed."""
        name = self.kind.id_column
        return [*self.to_add.get(name, ()), *(row[name] for row in self.to_save)]

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


class Customers(Batch):
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

    async def ask(self, conn: Connection, given: Given, meanwhile: Meanwhile) -> None:
        await super().ask(conn, given, meanwhile)
        self.with_new_address: dict[str, list[str]] = {channel.name: [] for channel in FROM_WALLET}

    def add_many(self, columns: Mapping[str, Column]) -> None:
        super().add_many(columns)
        said = zip(self.to_add["time_zone"], self.to_add["phone"], strict=True)
        self.to_add["zone"] = [time_zone or zone_of(time_zone, phone) for time_zone, phone in said]

    def repeat(self, id_: str, as_of: datetime | None) -> bool:
        return self.known[id_]["forgotten_at"] is None and super().repeat(id_, as_of)

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

    async def write(self, conn: Connection, meanwhile: Meanwhile) -> None:
        await super().write(conn, meanwhile)
        for channel, ids in self.with_new_address.items():
            await imports.revive_channel(conn, channel, ids)
        named = [*self.ids_written, *self.to_confirm]
        await imports.try_push_again(conn, named, self.now - PUSH_RESTS)


class Accounts(Batch):
    kind = ACCOUNTS
    blank: ClassVar[Values] = {"product": "", "credit_limit": None}

    async def ask(self, conn: Connection, given: Given, meanwhile: Meanwhile) -> None:
        await super().ask(conn, given, meanwhile)
        self.customers = await imports.known_customers(conn, given.each("customer_id"))
        said = zip(given.each("account_id"), given.each("currency"), strict=True) if self.known else ()
        changed = [id_ for id_, currency in said if id_ in self.known and self.known[id_]["currency"] != currency]
        self.in_use = await imports.with_instalments(conn, changed)

    def currencies_of(self, columns: Mapping[str, Column]) -> Sequence[str]:
        owners, currencies = columns["customer_id"], columns["currency"]
        if self.customers.issuperset(owners):
            return currencies
        said = zip(owners, currencies, strict=True)
        return [currency if owner in self.customers else "" for owner, currency in said]

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


class Instalments(Batch):
    kind = INSTALMENTS
    blank: ClassVar[Values] = {"amount_paid": 0, "principal": None, "interest": None, "fees": None, "status": "open"}

    async def ask(self, conn: Connection, given: Given, meanwhile: Meanwhile) -> None:
        await super().ask(conn, given, meanwhile)
        before = [row["account_id"] for row in self.known.values()]
        self.currencies = await imports.currencies(conn, [*given.each("account_id"), *before])
        self.paid_anew: list[str] = []
        self.timed_anew: list[str] = []  # it is known better since when the wallet says what is paid of them
        self.brought: Counter[str] = Counter()  # the paid amounts of instalments that came to an account, or left it

    def currencies_of(self, columns: Mapping[str, Column]) -> Sequence[str]:
        return list(map(self.currencies.get, columns["account_id"], repeat("")))

    def add_many(self, columns: Mapping[str, Column]) -> None:
        super().add_many(columns)
        count = len(self.to_add["instalment_id"])
        word = {column: [value] * count for column, value in self._word(is_first=True).items()}
        if "as_of" in columns:
            word["amount_paid_as_of"] = list(columns["as_of"])
        self.to_add |= {"paid": self.to_add["amount_paid"], **word}

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
            self.brought[row["account_id"]] += money(row)
            return self.put(id_, row)
        if (currency_before := self.currencies[before["account_id"]]) != currency:
            raise Refusal(
                f"account_id {values['account_id']!r} is in {currency}, the instalment is in {currency_before}; "
                "expected an account of the same currency"
            )
        row |= {column: before[column] for column in ("paid", *self._word(is_first=False))}
        if before["account_id"] != row["account_id"]:
            self.brought[before["account_id"]] -= money(before)
            self.brought[row["account_id"]] += money(before)
        if before["amount_paid"] != row["amount_paid"]:
            row |= self._word(is_first=False, other=before["facts_at"])
            self.paid_anew.append(id_)
        return self.put(id_, row)

    def note_older(self, id_: str, values: Values) -> None:
        before = self.known[id_]
        since, at = before["amount_paid_as_of"], self.as_of
        if at is None or since is None or "amount_paid" not in values:
            return
        known = Word(since, before["facts_at"], before["other_paid_as_of"], before["amount_paid_is_first"])
        word = known.with_older(at, is_same=values["amount_paid"] == before["amount_paid"])
        if word != known:
            of_word = (before["amount_paid_at"], word.since, word.is_first, word.other)
            names = ("instalment_id", "account_id", "due_date", "amount_due", *self.blank, "paid", "facts_at")
            self.to_save.append({**{name: before[name] for name in names}, **dict(zip(WORD, of_word, strict=True))})
            self.timed_anew.append(id_)

    def _word(self, *, is_first: bool, other: datetime | None = None) -> dict[str, Any]:
        return dict(zip(WORD, (self.now, self.as_of, is_first, other), strict=True))

    async def write(self, conn: Connection, meanwhile: Meanwhile) -> None:
        before = await self.owed_in_cases(conn, self.ids_written)
        await super().write(conn, meanwhile)
        await imports.cover_payments(conn, self.paid_anew)
        await imports.time_payments(conn, self.timed_anew)
        await imports.settle(conn, [*self.paid_anew, *self.timed_anew])
        if await promises.are_any_promises(conn):
            new = (dict(zip(self.to_add, row, strict=True)) for row in zip(*self.to_add.values(), strict=True))
            for row in new:
                self.brought[row["account_id"]] += money(row)
            await promises.count_from(conn, {account: paid for account, paid in self.brought.items() if paid})
        await payments_received.record_changes(conn, before, self.now)
