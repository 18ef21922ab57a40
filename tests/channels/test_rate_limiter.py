"""Calls wait for their turn, outlive flood waits, and leave nothing behind. Time jumps to whatever is due next."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count

import pytest
from telegram.error import RetryAfter, TelegramError

from bot.channels.rate_limiter import GIVE_UP_S, PATIENCE_S, Priority, RateLimiter, flood_wait_s
from bot.channels.telegram_transport import HeldBack, NotSent, leaving

DESK, BULK = Priority.DESK, Priority.BULK
GROUP = -100123


@dataclass
class VirtualTime:
    now: float = 1000.0
    sleepers: list[tuple[float, int, asyncio.Future[None]]] = field(default_factory=list)
    serial: count[int] = field(default_factory=count)

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, wait_s: float) -> None:
        wake = asyncio.get_running_loop().create_future()
        heapq.heappush(self.sleepers, (self.now + wait_s, next(self.serial), wake))
        await wake

    async def run(self, for_s: float) -> None:
        """Lets so much time pass, stopping wherever somebody wakes."""
        end = self.now + for_s
        while True:
            for _ in range(30):
                await asyncio.sleep(0)
            if not self.sleepers or self.sleepers[0][0] > end:
                break
            at, _, wake = heapq.heappop(self.sleepers)
            if not wake.done():
                self.now = at
                wake.set_result(None)
        self.now = end


@dataclass
class Bench:
    """A limiter before a server that notes arrivals, and answers at once, or with a flood wait if told to."""

    time: VirtualTime
    limiter: RateLimiter
    arrived: list[tuple[float, int | str, str]] = field(default_factory=list)
    floods: dict[int | str, list[int]] = field(default_factory=dict)
    latency_s: float = 0.0
    calls: list[asyncio.Task[object]] = field(default_factory=list)

    def call(
        self, chat: int | str, priority: Priority | None = None, endpoint: str = "sendMessage", text: str = ""
    ) -> asyncio.Task[object]:
        async def server() -> bool:
            leaving.get()()
            self.arrived.append((self.time.now - 1000.0, chat, text))
            if self.latency_s:
                await self.time.sleep(self.latency_s)
            if self.floods.get(chat):
                raise RetryAfter(self.floods[chat].pop(0))
            return True

        task: asyncio.Task[object] = asyncio.ensure_future(
            self.limiter.process_request(server, (), {}, endpoint, {"chat_id": chat}, priority)
        )
        self.calls.append(task)
        return task

    def times(self, chat: int | str) -> list[float]:
        return [round(at, 3) for at, to, _ in self.arrived if to == chat]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    time = VirtualTime()
    bench = Bench(time, RateLimiter(monotonic=time.monotonic, sleep=time.sleep))
    yield bench
    await bench.limiter.shutdown()
    for task in bench.calls:
        task.cancel()
    await asyncio.gather(*bench.calls, return_exceptions=True)


async def test_the_second_message_to_a_chat_goes_a_good_second_later(bench: Bench) -> None:
    bench.call(1), bench.call(1), bench.call(2)
    await bench.time.run(5)
    assert bench.times(1) == [0.0, 1.02]


async def test_a_chat_is_the_same_as_number_and_as_text(bench: Bench) -> None:
    bench.call(1), bench.call("1")
    await bench.time.run(5)
    assert bench.times("1") == [1.02]


@pytest.mark.parametrize("endpoint", ["answerCallbackQuery", "sendChatAction", "getMe", "setMyCommands", "getFile"])
async def test_what_is_no_message_never_waits(bench: Bench, endpoint: str) -> None:
    bench.call(1), bench.call(1, endpoint=endpoint)
    await bench.time.run(0)
    assert bench.times(1) == [0.0, 0.0]


@pytest.mark.parametrize("endpoint", ["editMessageText", "copyMessage", "createForumTopic", "closeForumTopic"])
async def test_edits_copies_and_topics_count_as_messages(bench: Bench, endpoint: str) -> None:
    bench.call(GROUP, DESK), bench.call(GROUP, DESK, endpoint)
    await bench.time.run(5)
    assert bench.times(GROUP) == [0.0, 1.02]


async def test_a_channel_called_by_name_has_a_groups_limit(bench: Bench) -> None:
    for _ in range(21):
        bench.call("@wallet")
    await bench.time.run(60)
    assert len(bench.arrived) == 20


async def test_the_next_message_to_a_chat_waits_for_the_answer_to_the_one_before(bench: Bench) -> None:
    bench.latency_s = 0.5
    bench.call(1), bench.call(1)
    await bench.time.run(5)
    assert bench.times(1) == [0.0, 1.52]


async def test_a_chat_whose_server_hangs_goes_on_after_a_while(bench: Bench) -> None:
    bench.latency_s = 3600
    bench.call(1), bench.call(1)
    await bench.time.run(5)
    assert bench.times(1) == [0.0, 3.02]


async def test_a_flood_wait_of_a_person_pauses_all_and_loses_nothing(bench: Bench) -> None:
    bench.floods[1] = [30]
    bench.call(1, text="first")
    await bench.time.run(1)
    bench.call(2), bench.call(GROUP, DESK)
    await bench.time.run(60)
    assert sorted(chat for at, chat, _ in bench.arrived if at > 0) == [GROUP, 1, 2]
    assert all(at >= 30 for at, _, _ in bench.arrived if at > 0)


async def test_a_flood_wait_of_a_group_pauses_that_group_only(bench: Bench) -> None:
    bench.floods[GROUP] = [30]
    bench.call(GROUP, DESK)
    await bench.time.run(1)
    bench.call(2), bench.call(GROUP, DESK)
    await bench.time.run(60)
    assert bench.times(2) == [1.0]
    assert bench.times(GROUP) == [0.0, 30.1, 31.12]


async def test_after_a_flood_wait_a_chats_messages_are_still_in_order(bench: Bench) -> None:
    bench.floods[1] = [5]
    bench.call(1, text="one"), bench.call(1, text="two")
    await bench.time.run(60)
    assert [text for _, _, text in bench.arrived] == ["one", "one", "two"]


async def test_a_reminder_that_meets_a_flood_wait_is_put_back_at_once(bench: Bench) -> None:
    bench.floods[1] = [30]
    reminder = bench.call(1, BULK)
    await bench.time.run(0)
    assert isinstance(reminder.exception(), RetryAfter)


async def test_reminders_that_queue_are_put_back_when_a_flood_wait_begins(bench: Bench) -> None:
    bench.latency_s = 0.1
    bench.floods[1] = [30]
    bench.call(1)
    queued = [bench.call(chat, BULK) for chat in range(2, 60)]
    await bench.time.run(5)
    gone = len(bench.arrived) - 1
    assert gone < 10
    assert [type(task.exception()) for task in queued] == [type(None)] * gone + [RetryAfter] * (len(queued) - gone)


async def test_a_reminder_during_a_flood_wait_hears_how_long_it_still_lasts(bench: Bench) -> None:
    bench.floods[1] = [30]
    bench.call(1)
    await bench.time.run(10)
    reminder = bench.call(2, BULK)
    await bench.time.run(0)
    refused = reminder.exception()
    assert isinstance(refused, RetryAfter)
    assert flood_wait_s(refused) == 21


async def test_an_answer_gives_up_when_the_flood_wait_is_longer_than_ten_minutes(bench: Bench) -> None:
    bench.floods[1] = [int(GIVE_UP_S) + 1]
    flooded, queued = bench.call(1), bench.call(1)
    await bench.time.run(0)
    assert [type(answer.exception()) for answer in (flooded, queued)] == [RetryAfter, RetryAfter]


async def test_an_answer_outlives_several_flood_waits(bench: Bench) -> None:
    bench.floods[1] = [10, 20, 30]
    answer = bench.call(1)
    await bench.time.run(120)
    assert answer.result() is True


async def test_who_gives_up_waiting_leaves_the_turn_to_the_next(bench: Bench) -> None:
    bench.call(1)
    given_up, patient = bench.call(1), bench.call(1)
    await bench.time.run(0)
    given_up.cancel()
    await bench.time.run(5)
    assert patient.done()
    assert bench.times(1) == [0.0, 1.02]


async def test_a_call_cancelled_under_way_takes_no_turn_for_ever(bench: Bench) -> None:
    bench.latency_s = 3600
    call = bench.call(1)
    await bench.time.run(0)
    call.cancel()
    bench.call(1)
    await bench.time.run(5)
    assert bench.times(1) == [0.0, 1.02]


async def test_cancelling_everybody_leaves_nothing_behind(bench: Bench) -> None:
    crowd = [bench.call(chat % 7, Priority(chat % 3)) for chat in range(200)]
    await bench.time.run(1)
    for task in crowd:
        task.cancel()
    await bench.time.run(0)
    assert bench.limiter.waiting == 0


async def test_a_failing_call_hands_its_error_on_and_its_turn_back(bench: Bench) -> None:
    async def server() -> bool:
        raise TelegramError("broken")

    with pytest.raises(TelegramError, match="broken"):
        await bench.limiter.process_request(server, (), {}, "sendMessage", {"chat_id": 1}, None)
    bench.call(1)
    await bench.time.run(5)
    assert bench.times(1) == [1.02]


async def test_ending_the_program_ends_those_who_wait(bench: Bench) -> None:
    bench.call(1)
    waiting = bench.call(1)
    await bench.time.run(0)
    await bench.limiter.shutdown()
    await bench.time.run(0)
    assert isinstance(waiting.exception(), NotSent)


async def test_a_reminder_whose_turn_does_not_come_is_put_back(bench: Bench) -> None:
    answers = [bench.call(2000) for _ in range(30)]
    reminders = [bench.call(2000, BULK) for _ in range(10)]
    await bench.time.run(PATIENCE_S - 0.1)
    assert not reminders[-1].done()
    await bench.time.run(0.2)
    assert isinstance(reminders[-1].exception(), RetryAfter)
    await bench.time.run(60)
    assert all(answer.result() is True for answer in answers)


async def test_reminders_whose_turn_comes_have_all_the_time_they_need(bench: Bench) -> None:
    bench.latency_s = PATIENCE_S + 5
    reminder = bench.call(1, BULK)
    await bench.time.run(PATIENCE_S + 6)
    assert reminder.result() is True


@dataclass
class Group:
    """What a group's pace is by all processes together: how long there is no room, each time it is asked. A database
    that is busy takes its time to say so."""

    waits_s: list[float]
    time: VirtualTime
    takes_s: float = 0.0
    asked: list[int | str] = field(default_factory=list)

    async def room(self, chat: int | str, messages: int) -> float:
        self.asked.append(chat)
        if self.takes_s:
            await self.time.sleep(self.takes_s)
        return self.waits_s.pop(0) if self.waits_s else 0.0


@pytest.fixture
async def group() -> Group:
    return Group([], VirtualTime())


@pytest.fixture
async def together(group: Group) -> AsyncIterator[Bench]:
    """A limiter that is not alone."""
    time = group.time
    bench = Bench(time, RateLimiter(room=group.room, monotonic=time.monotonic, sleep=time.sleep))
    yield bench
    await bench.limiter.shutdown()
    for task in bench.calls:
        task.cancel()
    await asyncio.gather(*bench.calls, return_exceptions=True)


async def test_a_group_that_others_have_filled_waits_until_it_has_room(together: Bench, group: Group) -> None:
    group.waits_s = [40.0]
    together.call(GROUP, DESK, text="first"), together.call(GROUP, DESK, text="second")
    await together.time.run(60)
    assert [text for _, _, text in together.arrived] == ["first", "second"]
    assert together.times(GROUP) == [40.0, 41.02]


async def test_who_is_more_urgent_goes_first_where_a_group_has_room_again(together: Bench, group: Group) -> None:
    group.waits_s = [40.0]
    together.call(GROUP, DESK, text="card")
    await together.time.run(10)
    together.call(GROUP, text="words")
    await together.time.run(60)
    assert [text for _, _, text in together.arrived] == ["words", "card"]


async def test_waiting_for_room_takes_no_place_in_the_groups_minute(together: Bench, group: Group) -> None:
    group.waits_s = [1.0] * 20
    together.call(GROUP, Priority.INTERACTIVE)
    await together.time.run(30)
    for _ in range(19):
        together.call(GROUP, Priority.INTERACTIVE)
    await together.time.run(25)
    assert len(together.times(GROUP)) == 20


async def test_a_flood_wait_that_begins_while_a_group_is_asked_about_is_kept(together: Bench, group: Group) -> None:
    group.takes_s = 2.0
    together.latency_s = 1.0
    together.floods[1] = [30]
    together.call(GROUP, DESK), together.call(1)
    await together.time.run(60)
    assert [at >= 31.1 for at in together.times(GROUP)] == [True]


async def test_persons_are_not_asked_about(together: Bench, group: Group) -> None:
    group.waits_s = [40.0]
    together.call(1), together.call(2, BULK)
    await together.time.run(1)
    assert group.asked == []
    assert len(together.arrived) == 2


@pytest.mark.parametrize("wrong", [{"per_second": 0}, {"per_chat_s": 0}, {"per_group_minute": 0}, {"margin": -1}])
def test_a_rate_that_lets_nothing_through_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="rates above 0"):
        RateLimiter(**wrong)  # type: ignore[arg-type]


async def test_a_turn_that_is_not_used_is_the_next_ones(bench: Bench) -> None:
    async def not_any_more() -> bool:
        raise HeldBack

    held = [
        asyncio.ensure_future(bench.limiter.process_request(not_any_more, (), {}, "sendMessage", {"chat_id": n}, DESK))
        for n in range(100)
    ]
    bench.call(1)
    await bench.time.run(0.001)
    assert [type(task.exception()) for task in held] == [HeldBack] * 100
    assert bench.times(1) == [0.0]


async def test_edits_in_a_topic_use_its_part_of_the_groups_minute(bench: Bench) -> None:
    arrived: list[str] = []

    def call(endpoint: str, **data: object) -> None:
        async def server() -> dict[str, object]:
            leaving.get()()
            arrived.append(endpoint)
            return {"message_id": len(arrived)}

        asked = bench.limiter.process_request(
            server, (), {}, endpoint, {"chat_id": GROUP, **data}, Priority.INTERACTIVE
        )
        bench.calls.append(asyncio.ensure_future(asked))

    for _ in range(4):
        call("sendMessage", message_thread_id=7)
    await bench.time.run(5)
    for n in range(20):
        call("editMessageText", message_id=1 + n % 4)
    await bench.time.run(45)
    assert len(arrived) < 20  # one topic leaves room for the others
    call("sendMessage", message_thread_id=8)
    await bench.time.run(2)
    assert arrived[-1] == "sendMessage"
