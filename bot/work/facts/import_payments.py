"""What is known of one batch's payments of an import, and what is to be written of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import repeat
from typing import ClassVar

from bot.rules.facts.paid import Timing, are_surely_in_word, is_surely_in_word, timing_as_of, timing_of
from bot.work.facts.import_batches import Batch
from bot.work.facts.import_columns import Column, those_several
from bot.work.facts.import_rows import Change, Given, Meanwhile, Values, is_earlier
from bot.work.facts.import_values import PAYMENTS, Refusal
from storage.agreements import payments_received
from storage.facts import imports
from storage.facts.payables import Alike, Payable, Times, payables
from storage.runtime.engine import Connection


class Payments(Batch):
    kind = PAYMENTS
    blank: ClassVar[Values] = {}

    async def ask(self, conn: Connection, given: Given, meanwhile: Meanwhile) -> None:
        await super().ask(conn, given, meanwhile)
        meanwhile()  # the database takes longer to answer this than a thread to read a batch
        self.payables = await payables(conn, given.each("instalment_id"))
        self.settled_anew: list[str] = []

    def currencies_of(self, columns: Mapping[str, Column]) -> Sequence[str]:
        return list(map(self.payables.currencies.get, columns["instalment_id"], repeat("")))

    def add_many(self, columns: Mapping[str, Column]) -> None:
        super().add_many(columns)
        ids, amounts = columns["instalment_id"], columns["amount"]
        words = list(map(self.payables.words.__getitem__, ids))
        alike = list(map(self.payables.alike.__getitem__, ids))
        as_of = columns.get("as_of", [None] * len(ids))
        timings = self._timings(columns["paid_on"], as_of, alike)
        self.to_add |= {"to_word": timings, "in_amount_paid": [timing == "with" for timing in timings], "as_of": as_of}
        self.to_add["facts_at"] = [self.now] * len(ids)
        several = those_several(ids)
        is_first_of_all = not several and not alike[0].has_payments and alike.count(alike[0]) == len(alike)
        if not (is_first_of_all and are_surely_in_word(words, amounts, timings)):
            said = zip(ids, words, alike, amounts, timings, strict=True)
            self.settled_anew += [
                instalment
                for instalment, word, (has_payments, _), amount, timing in said
                if has_payments or instalment in several or not is_surely_in_word(word, amount, timing)
            ]

    def repeat(self, id_: str, as_of: datetime | None) -> bool:
        if is_earlier(as_of, self.known[id_]["as_of"]):
            return False
        self.to_join.append(id_)
        return True

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
            if is_earlier(self.as_of, before["as_of"]):  # it was first said earlier than was known
                self._keep(values, before["facts_at"])
            else:
                self.to_join.append(id_)
            return "same"  # a repeated payment is no new sign of life: `facts_at` stays as it was first
        self.accepted.append(id_)
        self._keep(values, self.now)
        return "added"

    def _keep(self, values: Values, facts_at: datetime) -> None:
        timing = self._timing(values["paid_on"], self.as_of, self._payable(values).alike.times)
        self.settled_anew.append(values["instalment_id"])
        to_word = {"to_word": timing, "in_amount_paid": timing == "with", "as_of": self.as_of}
        self.to_save.append({**values, **to_word, "facts_at": facts_at})

    def is_older(self, id_: str) -> bool:
        return False  # a payment never changes, and counts once

    async def write(self, conn: Connection, meanwhile: Meanwhile) -> None:
        before = await self.owed_in_cases(conn, self.settled_anew)
        await super().write(conn, meanwhile)
        await imports.settle(conn, self.settled_anew)
        await payments_received.record_changes(conn, before, self.now)

    def _timings(
        self, paid_on: Sequence[date], as_of: Sequence[datetime | None], alike: Sequence[Alike]
    ) -> list[Timing]:
        """`_timing` of many payments: mostly the wallet's words of all are alike, and only the days differ."""
        if as_of.count(None) == len(as_of) and alike.count(alike[0]) == len(alike):
            of_day = {day: self._timing(day, None, alike[0].times) for day in set(paid_on)}
            return list(map(of_day.__getitem__, paid_on))
        of_each = list(zip(paid_on, as_of, (of_word.times for of_word in alike), strict=True))
        distinct = {times: self._timing(*times) for times in set(of_each)}
        return list(map(distinct.__getitem__, of_each))

    def _timing(self, paid_on: date, as_of: datetime | None, of_word: Times) -> Timing:
        word_at, word_as_of, is_first = of_word
        if as_of is None or word_as_of is None:
            return timing_of(paid_on, word_at, self.since)
        return timing_as_of(paid_on, as_of, word_as_of, is_first=is_first)

    def _payable(self, values: Values) -> Payable:
        instalment = values["instalment_id"]
        if instalment not in self.payables:
            raise Refusal(f"instalment_id {instalment!r} is unknown; import its instalment first")
        return self.payables[instalment]
