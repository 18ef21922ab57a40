"""Messages with an unknown result: the number of tries is stored, and so is when the next one is allowed."""

from __future__ import annotations

from datetime import timedelta

from bot.clock import ManualClock
from bot.work.topics.relays import IN_DOUBT_AFTER
from storage.runtime.engine import Database
from storage.schema import cases
from storage.topics import relays
from storage.topics.relays import NewMessage, Relay
from tests.work.lives import add, customer

A_CHAT = -100


class Words:
    """A case's words to the customer, taken by workers of these names."""

    def __init__(self, db: Database, clock: ManualClock, case_id: int) -> None:
        self.db, self.clock, self.case_id = db, clock, case_id

    async def take(self, worker: str = "A") -> list[Relay]:
        now = self.clock.now()
        before = [now - wait for wait in IN_DOUBT_AFTER]
        async with self.db.write() as conn:
            lost = now - timedelta(seconds=30)
            head = await relays.next_relay(conn, self.case_id, "out")
            return await relays.claim_next(conn, head, worker, now, lost, doubted_before=before) if head else []

    async def put_back(self, relay: Relay, *, doubtful: bool) -> None:
        async with self.db.write() as conn:
            await relays.put_back(conn, [relay.relay_id], self.clock.now(), [relay.relay_id] if doubtful else ())

    async def stands_in_doubt(self) -> bool:
        async with self.db.read() as conn:
            return await relays.in_doubt(conn, self.case_id, "out")


async def words_of(db: Database, clock: ManualClock, *, album: str | None = None) -> Words:
    now = clock.now()
    await customer(db, now, "C1")
    row = {"customer_id": "C1", "reason": "asked", "state": "waiting", "opened_at": now}
    case_id = int(await add(db, cases, **row))
    async with db.write() as conn:
        for number in range(2):
            await relays.add(conn, case_id, "out", NewMessage("text", "", (A_CHAT, number), album=album), now)
    return Words(db, clock, case_id)


async def test_what_was_clearly_not_taken_is_in_no_doubt(db: Database, clock: ManualClock) -> None:
    words = await words_of(db, clock)
    for _ in range(5):
        (taken,) = await words.take()
        assert taken.doubts == 1
        await words.put_back(taken, doubtful=False)
    assert not await words.stands_in_doubt()


async def test_what_is_in_doubt_waits_longer_each_time_and_keeps_its_place(db: Database, clock: ManualClock) -> None:
    words = await words_of(db, clock)
    for number, pause in enumerate(IN_DOUBT_AFTER, start=1):
        (taken,) = await words.take()
        assert (taken.source_message, taken.doubts) == (0, number)
        await words.put_back(taken, doubtful=True)
        clock.move(pause - timedelta(seconds=1))
        assert await words.take() == []
        assert await words.stands_in_doubt()
        clock.move(timedelta(seconds=1))
    (taken,) = await words.take()
    assert (taken.source_message, taken.doubts) == (0, 3)


async def test_a_kill_counts_as_a_doubt(db: Database, clock: ManualClock) -> None:
    words = await words_of(db, clock)
    for number, worker in enumerate("ABCD", start=1):
        (taken,) = await words.take(worker)
        assert taken.doubts == number
        clock.move(timedelta(seconds=31))


async def test_an_album_is_in_doubt_as_a_whole(db: Database, clock: ManualClock) -> None:
    words = await words_of(db, clock, album="an album")
    taken = await words.take()
    assert [relay.doubts for relay in taken] == [1, 1]
    for relay in taken:
        await words.put_back(relay, doubtful=True)
    assert await words.take() == []
    clock.move(IN_DOUBT_AFTER[0])
    assert [relay.doubts for relay in await words.take()] == [2, 2]
