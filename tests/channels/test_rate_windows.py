"""Whatever comes in whatever order, Telegram's limits are kept, the urgent goes first, and everything finally goes."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.rate_limiter import Priority
from bot.channels.rate_windows import FLIGHT_S, RateWindows, Ticket

INTERACTIVE, ANSWER, DESK, BULK = Priority
GROUP = -100123


@dataclass(frozen=True)
class Call:
    """One call: when it is made, how long it takes to leave, and how long after that it arrives and is answered."""

    made_s: float
    chat: int
    priority: Priority
    arrives_s: float = 0.0
    answered_s: float = 0.0
    leaves_s: float = 0.0
    thread: int | None = None


@dataclass
class Sent:
    call: Call
    ticket: Ticket
    started_s: float

    @property
    def arrived_s(self) -> float:
        return self.started_s + self.call.leaves_s + self.call.arrives_s


def play(calls: list[Call], rate_windows: RateWindows) -> list[Sent]:
    """Runs calls through rate windows, event by event, until all have gone."""
    serial = count()
    events: list[tuple[float, int, Call | Callable[[float], None]]] = [(c.made_s, next(serial), c) for c in calls]
    heapq.heapify(events)
    waiting: dict[Ticket, Call] = {}
    sent: list[Sent] = []
    alarm = math.inf
    while events:
        now, _, event = heapq.heappop(events)
        if isinstance(event, Call):
            waiting[rate_windows.enter(now, event.chat, event.priority, thread=event.thread)] = event
        else:
            event(now)
        for ticket in rate_windows.admit(now):
            call = waiting.pop(ticket)
            sent.append(Sent(call, ticket, now))
            left_s = now + call.leaves_s
            heapq.heappush(events, (left_s, next(serial), partial(rate_windows.left, ticket=ticket)))
            heapq.heappush(
                events, (left_s + call.answered_s, next(serial), partial(rate_windows.settle, ticket=ticket))
            )
        again = rate_windows.look_again_at(now)
        alarm = math.inf if alarm <= now else alarm
        if again is not None and again < alarm:
            assert again > now, "windows that let nobody through have to say when to come back"
            heapq.heappush(events, (again, next(serial), lambda _now: None))
            alarm = again
    return sent


def over(times: list[float], limit: int, span_s: float) -> bool:
    """Whether more than `limit` fall into some half-open window of `span_s`."""
    times = sorted(times)
    return any(later - first < span_s for first, later in zip(times, times[limit:], strict=False))


def rate_windows(per_second: float = 30, per_group_minute: int = 20) -> RateWindows:
    return RateWindows(per_second, 1.0, per_group_minute, margin=0.02)


CHATS = (1, 2, 3, 4, 5, 6, 7, 8, GROUP, GROUP - 1)


@st.composite
def any_call(draw: st.DrawFn, chats: tuple[int, ...] = CHATS) -> Call:
    answered_s = draw(st.sampled_from([0.0, 0.01, 0.2, 1.5, 10.0]))
    arrives_s = min(answered_s, FLIGHT_S) * draw(st.sampled_from([0.0, 0.5, 1.0]))
    return Call(
        made_s=draw(st.integers(0, 80)) / draw(st.sampled_from([1, 10, 100])),
        chat=draw(st.sampled_from(chats)),
        priority=draw(st.sampled_from(list(Priority))),
        arrives_s=arrives_s,
        answered_s=answered_s,
        leaves_s=draw(st.sampled_from([0.0, 0.0, 0.1, 0.9, 3.0])),
        thread=draw(st.sampled_from([None, 1, 1, 2, 3])),
    )


many_calls = st.lists(any_call(), max_size=120)


@given(many_calls)
@settings(max_examples=60, deadline=None)
def test_no_second_sees_more_messages_than_the_bot_may_send(calls: list[Call]) -> None:
    sent = play(calls, rate_windows(per_second=5))
    assert not over([s.arrived_s for s in sent], 5, 1.0)


@given(many_calls)
@settings(max_examples=60, deadline=None)
def test_no_chat_gets_two_messages_within_a_second(calls: list[Call]) -> None:
    by_chat: dict[int, list[float]] = defaultdict(list)
    for s in play(calls, rate_windows()):
        by_chat[s.call.chat].append(s.arrived_s)
    assert not any(over(times, 1, 1.0) for times in by_chat.values())


@given(st.lists(any_call(chats=(GROUP, GROUP - 1)), max_size=80))
@settings(max_examples=60, deadline=None)
def test_no_minute_of_a_group_sees_more_than_its_messages(calls: list[Call]) -> None:
    by_group: dict[int, list[float]] = defaultdict(list)
    for s in play(calls, rate_windows(per_group_minute=20)):
        by_group[s.call.chat].append(s.arrived_s)
    assert not any(over(times, 20, 60.0) for times in by_group.values())


@given(many_calls)
@settings(max_examples=60, deadline=None)
def test_every_message_finally_goes(calls: list[Call]) -> None:
    assert sorted(s.call.made_s for s in play(calls, rate_windows())) == sorted(c.made_s for c in calls)


@given(many_calls)
@settings(max_examples=60, deadline=None)
def test_a_chats_messages_stay_in_order(calls: list[Call]) -> None:
    ranks: dict[tuple[int, int | None, Priority], list[int]] = defaultdict(list)
    for s in play(calls, rate_windows()):
        thread = s.call.thread if s.call.chat < 0 else None
        ranks[s.call.chat, thread, s.call.priority].append(s.ticket.seq)
    assert all(seen == sorted(seen) for seen in ranks.values())


@given(st.permutations([INTERACTIVE] * 20 + [DESK] * 20 + [BULK] * 20))
@settings(max_examples=30, deadline=None)
def test_who_is_more_urgent_goes_first_but_for_the_shares_of_others_and_equals_in_turn(
    priorities: list[Priority],
) -> None:
    gate = rate_windows(per_second=5)
    for chat, priority in enumerate(priorities, start=1):
        gate.enter(0.0, chat, priority)
    now = 0.0
    gone: list[Ticket] = []
    while len(gone) < len(priorities):
        for ticket in gate.admit(now):
            gate.settle(now, ticket)
            gone.append(ticket)
        now = gate.look_again_at(now) or now
    for priority in Priority:
        ranks = [t.seq for t in gone if t.priority is priority]
        assert ranks == sorted(ranks)
    while_all_wait = [t.priority for t in gone[:30]]
    assert while_all_wait[:2] == [INTERACTIVE, INTERACTIVE]
    assert while_all_wait.count(INTERACTIVE) >= 13
    assert while_all_wait.count(DESK) >= 5
    assert while_all_wait.count(BULK) >= 8


@pytest.mark.parametrize("rate", [1, 5, 30])
def test_reminders_have_their_share_while_more_is_asked_than_can_be_answered(rate: int) -> None:
    asking = [Call(s + chat / 100, 1000 + chat, INTERACTIVE, 0.02, 0.02) for chat in range(2 * rate) for s in range(40)]
    reminders = [Call(0.0, 5000 + chat, BULK, 0.02, 0.02) for chat in range(400)]
    sent = play(asking + reminders, rate_windows(per_second=rate))
    within = [s.call.priority for s in sent if s.started_s < 30]
    assert within.count(BULK) >= 0.25 * len(within)
    assert within.count(INTERACTIVE) >= 0.6 * len(within)


def test_who_asks_once_does_not_wait_for_all_that_others_ask() -> None:
    asking = [Call(0.0, chat, INTERACTIVE, 0.02, 0.02) for chat in range(1, 61) for _ in range(30)]
    sent = play([*asking, Call(5.0, 99, INTERACTIVE, 0.02, 0.02)], rate_windows())
    assert next(s.started_s for s in sent if s.call.chat == 99) < 8


def test_a_topic_waits_for_no_other_topics_burst() -> None:
    burst = [Call(0.0, GROUP, INTERACTIVE, 0.02, 0.02, thread=1) for _ in range(100)]
    others = [Call(t, GROUP, INTERACTIVE, 0.02, 0.02, thread=2) for t in (5.0, 30.0, 50.0)]
    sent = play([*burst, *others], rate_windows())
    assert all(s.started_s - s.call.made_s < 3 for s in sent if s.call.thread == 2)


def test_topics_take_turns_in_a_group() -> None:
    calls = [Call(0.0, GROUP, INTERACTIVE, 0.02, 0.02, thread=thread) for thread in (1, 2, 3) for _ in range(6)]
    sent = play(calls, rate_windows())
    assert [s.call.thread for s in sent] == [1, 2, 3] * 6


def test_new_topics_open_while_there_are_always_words() -> None:
    words = [Call(0.0, GROUP, INTERACTIVE, 0.02, 0.02, thread=n % 10) for n in range(100)]
    sent = play([*words, *[Call(0.0, GROUP, DESK, 0.02, 0.02) for _ in range(10)]], rate_windows())
    assert [s.call.priority for s in sent[:20]].count(DESK) >= 3


def test_one_topic_alone_leaves_room_for_another() -> None:
    sent = play([Call(0.0, GROUP, INTERACTIVE, 0.02, 0.02, thread=1) for _ in range(40)], rate_windows())
    assert sum(s.started_s < 60 for s in sent) == 12


def test_while_four_agents_work_through_500_new_cases_no_customers_word_waits_for_ten_seconds() -> None:
    """What only waits costs the group an edit of one message now and then. Each agent takes a case every three minutes:
    its topic, card, pin, an edit, its end; the customer writes twice a minute, two of them at once."""
    calls = [Call(30.0 * n, GROUP, DESK, 0.05, 0.1, thread=1) for n in range(60)]
    for agent in range(4):
        for number in range(10):
            thread, begins = 100 + agent * 10 + number, number * 180.0 + agent * 40 // 2
            calls += [Call(begins + n, GROUP, DESK, 0.05, 0.1, thread=thread if n else None) for n in range(4)]
            calls += [Call(begins + 20 + 30 * n, GROUP, INTERACTIVE, 0.05, 0.1, thread=thread) for n in range(5)]
            calls += [Call(begins + 165, GROUP, ANSWER, 0.05, 0.1, thread=thread)]  # to /done
            calls += [Call(begins + 166, GROUP, DESK, 0.05, 0.1, thread=thread)]
    sent = play(calls, rate_windows())
    words = [s.started_s - s.call.made_s for s in sent if s.call.priority is INTERACTIVE]
    news = [s.started_s - s.call.made_s for s in sent if s.call.priority is DESK]
    assert max(words) < 10
    assert max(news) < 90, "topics and cards wait longer, but come"


def test_news_leaves_room_in_a_groups_minute_for_words() -> None:
    news = [Call(0.0, GROUP, DESK, thread=n) for n in range(40)]
    sent = play([*news, *[Call(30.0, GROUP, INTERACTIVE, thread=n) for n in range(6)]], rate_windows())
    assert all(s.started_s < 40 for s in sent if s.call.priority is INTERACTIVE)


@pytest.mark.parametrize("first_word", [0, 60, 72, 90])
def test_four_claims_at_once_make_no_customers_word_wait_for_ten_seconds(first_word: int) -> None:
    """Each is answered, opens a topic, and posts and pins a card, while ten words come a minute, or begin to come."""
    words = [Call(float(n), GROUP, INTERACTIVE, 0.05, 0.1, thread=n % 4) for n in range(first_word, 240, 6)]
    claims = [Call(72.0, GROUP, ANSWER, 0.05, 0.1) for _ in range(4)]
    news = [Call(72.0 + n, GROUP, DESK, 0.05, 0.1, thread=10 + n % 4) for n in range(12)]
    sent = play([*words, *claims, *news], rate_windows())
    waited = {p: max(s.started_s - s.call.made_s for s in sent if s.call.priority is p) for p in Priority if p != BULK}
    assert waited[INTERACTIVE] < 10
    assert waited[ANSWER] < 10
    assert waited[DESK] < 90


def test_who_begins_to_write_after_a_quiet_minute_is_expected_to_go_on() -> None:
    """Ten words a minute, and a claim every 24 seconds, which would take what the third word of the first minute
    needs; then four claims at once, and a new customer's topic and word."""
    words = [Call(float(n), GROUP, INTERACTIVE, 0.05, 0.1, thread=n % 4) for n in range(3, 180, 6)]
    words += [Call(49.0, GROUP, INTERACTIVE, 0.05, 0.1, thread=9) for _ in range(2)]
    news = [Call(at + 0.1 * n, GROUP, DESK, 0.05, 0.1, thread=10 + at) for at in (0, 24) for n in range(7)]
    news += [Call(48.0, GROUP, DESK, 0.05, 0.1, thread=20 + n % 4) for n in range(12)]
    sent = play([*words, *news], rate_windows())
    assert max(s.started_s - s.call.made_s for s in sent if s.call.priority is INTERACTIVE) < 10


def test_when_nobody_writes_any_more_news_have_their_whole_part_again() -> None:
    words = [Call(float(n), GROUP, INTERACTIVE, thread=n) for n in range(5)]
    news = [Call(5.0 + n, GROUP, DESK, thread=10 + n % 4) for n in range(11)]
    sent = play([*words, *news], rate_windows())
    went = sorted(s.started_s for s in sent if s.call.priority is DESK)
    assert went[8] < 20, "nine, however many write"
    assert went[10] < 30, "they do not wait for the end of the minute"


def test_a_busy_group_holds_up_nobody_else() -> None:
    busy = [Call(0.0, GROUP, DESK) for _ in range(100)]
    sent = play([*busy, Call(0.0, 7, BULK)], rate_windows())
    assert next(s.started_s for s in sent if s.call.chat == 7) < 0.1


def test_a_thousand_reminders_do_not_delay_an_answer() -> None:
    reminders = [Call(0.0, chat, BULK, 0.02, 0.02) for chat in range(1, 1001)]
    answers = [Call(t, 10_000 + i, INTERACTIVE, 0.02, 0.02) for i, t in enumerate([0.0, 3.31, 7.77, 7.78, 7.79, 20.5])]
    sent = play(reminders + answers, rate_windows())
    assert all(s.started_s == s.call.made_s for s in sent if s.call.priority is INTERACTIVE)


@pytest.mark.parametrize(("rate", "part"), [(30, 0.94), (200, 0.97)])
def test_while_nobody_asks_reminders_use_all_but_one_message_and_the_margin(rate: int, part: float) -> None:
    sent = play([Call(0.0, chat, BULK) for chat in range(1, 11 * rate)], rate_windows(rate))
    assert sum(s.started_s < 10 for s in sent) > part * 10 * rate
    assert not over([s.arrived_s for s in sent], rate, 1.0)


def test_while_somebody_asks_now_and_then_reminders_use_four_fifths_of_the_rate() -> None:
    asking = [Call(t, 10_000 + t, INTERACTIVE, 0.005, 0.005) for t in range(0, 20, 5)]
    sent = play([*asking, *(Call(0.0, chat, BULK, 0.005, 0.005) for chat in range(1, 601))], rate_windows())
    assert 24 < 600 / max(s.started_s for s in sent) < 25.5


@given(st.lists(st.integers(0, 300), min_size=5, max_size=5))
@settings(max_examples=20, deadline=None)
def test_after_silence_the_first_answer_leaves_at_once_and_the_next_four_wait_a_moment(made_cs: list[int]) -> None:
    reminders = [Call(0.0, chat, BULK, 0.02, 0.02) for chat in range(1, 121)]
    answers = [Call(t / 100, 10_000 + i, INTERACTIVE, 0.02, 0.02) for i, t in enumerate(sorted(made_cs))]
    waited = [s.started_s - s.call.made_s for s in play(reminders + answers, rate_windows()) if s.call in answers]
    assert waited[0] == 0
    assert max(waited) < 0.3


def test_a_paid_rate_sends_hundreds_a_second() -> None:
    sent = play([Call(0.0, chat, BULK, 0.01, 0.01) for chat in range(1, 3001)], rate_windows(per_second=1000))
    assert 3000 / max(s.started_s for s in sent) > 800
    assert not over([s.arrived_s for s in sent], 1000, 1.0)


def test_a_server_that_takes_its_time_slows_reminders_but_little() -> None:
    sent = play([Call(0.0, chat, BULK, 0.1, 0.2) for chat in range(1, 601)], rate_windows())
    assert 600 / max(s.started_s for s in sent) > 20


def test_a_server_that_hangs_still_gets_a_third_of_the_rate() -> None:
    sent = play([Call(0.0, chat, INTERACTIVE, 0.1, 8.0) for chat in range(1, 301)], rate_windows())
    assert 300 / max(s.started_s for s in sent) > 10


@pytest.mark.parametrize("rate", [5, 30])
@pytest.mark.parametrize("lasts_s", [0.3, 0.7, 1.9])
def test_what_piles_up_while_nothing_moves_is_not_followed_too_soon(rate: int, lasts_s: float) -> None:
    """Nothing arrives and nobody is answered, as when the network is lost for a moment; then all arrive at once."""
    gate = rate_windows(per_second=rate)
    now, end, sent = 0.0, 4.0 + lasts_s, list[tuple[float, Ticket]]()
    for chat in range(1, 400):
        gate.enter(now, chat, BULK if chat % 7 else INTERACTIVE)
    answers: list[tuple[float, int, Ticket]] = []
    while now < 12:
        while answers and answers[0][0] <= now:
            gate.settle(now, heapq.heappop(answers)[2])
        for ticket in gate.admit(now):
            gate.left(now, ticket)
            arrives_s = now + 0.02 if now + 0.02 < 4.0 else max(now + 0.02, end)
            sent.append((arrives_s, ticket))
            heapq.heappush(answers, (arrives_s + 0.02, ticket.seq, ticket))
        now = min(gate.look_again_at(now) or math.inf, answers[0][0] if answers else math.inf)
    assert len(sent) > rate * 6
    assert not over([at for at, _ in sent], rate, 1.0)


def test_chats_not_written_to_for_a_while_are_forgotten() -> None:
    gate = rate_windows(per_second=1000)
    play([Call(chat / 100, chat, BULK) for chat in range(1, 5001)], gate)
    assert gate.chats < 500


def test_a_group_is_free_while_an_answer_would_go_soon_and_no_word_waits() -> None:
    windows, free = rate_windows(), list[bool]()
    assert windows.is_free(0.0, GROUP, 3.0), "nothing was sent there yet"
    for second in (float(n * 2) for n in range(11)):
        windows.enter(second, GROUP, Priority.ANSWER)
        for ticket in windows.admit(second):
            windows.settle(second, ticket)
        free.append(windows.is_free(second + 1, GROUP, second + 4))
    assert free == [True] * 8 + [False] * 3, "of the 11 for answers there has to be room for three"
    assert windows.is_free(90.0, GROUP, 93.0)
    windows.enter(90.0, GROUP, Priority.INTERACTIVE)
    assert not windows.is_free(90.0, GROUP, 93.0), "a word waits"
    windows.pause(120.0, None)
    assert not windows.is_free(95.0, 5, 98.0), "the whole bot has to wait"
