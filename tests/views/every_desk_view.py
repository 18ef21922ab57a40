"""Every view that agents and supervisors read of cases, calls, troubles and words that wait, made of the same facts as
those of `every_view`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import get_args

from bot.message import Message
from bot.rules.cases.agent_notices import TOLD_IN_PRIVATE, CallBroke, CasesTaken
from bot.rules.cases.bulk_changes import Bulk, Fault, Filters, NotBulk
from bot.rules.cases.call_limits import RESULTS, Allowed, TooMany, Why
from bot.rules.cases.case import Due, DueKind, Mine, Queue, QueueRow
from bot.rules.cases.case_outcomes import OUTCOMES
from bot.rules.cases.contact_disclosure import Contact
from bot.rules.cases.live_queue import LiveQueue
from bot.rules.cases.scheduled_messages import UNSENT
from bot.rules.cases.snoozes import NoDay
from bot.rules.cases.urgency import Ground, Reason
from bot.rules.operations.desk_statistics import AgentFigures, Figures, Waiting
from bot.rules.operations.passkeys import PasskeyEvent
from bot.rules.operations.troubles import KINDS, Trouble
from bot.rules.policy.proposals import Proposal
from bot.rules.topics.message_screening import KINDS as FOUND_KINDS
from bot.rules.topics.message_screening import Found
from bot.views.cases import bulk_changes, contact_disclosure, desk_duty, desk_queue, ratings
from bot.views.cases import talk_with_agent as with_agent
from bot.views.cases.live_queue import live_queue
from bot.views.operations import alerts, desk_statistics, passkeys, policy_proposals
from bot.views.topics import held_words
from locales import Translator
from tests.views.view_facts import NOW, TODAY, case

DUE_KINDS: tuple[DueKind, ...] = ("first_answer", "next_action", "call_back")


def the_desk(t: Translator, word: str, count: int) -> Iterator[Message]:
    """What agents read of the queue, of turns and of time."""
    open_topic = replace(case(word), topic="open", chat_id=-1001234567890, thread_id=7, due_at=NOW)
    some = [replace(open_topic, due_kind=kind, owner_name=who) for kind in DUE_KINDS for who in (word, None)] * count
    grounds = tuple(Reason(ground, 10**6) for ground in get_args(Ground))
    rows = (QueueRow(open_topic, word, word, count, NOW, grounds),) * count
    mine = tuple(Mine(one, Due(NOW, kind)) for one, kind in zip(some, DUE_KINDS * count, strict=False))
    yield desk_queue.queue(t, Queue(rows[:10], rows[:5], mine[:10], count + 7, count, 1))
    yield desk_queue.queue(t, Queue(claimed_count=count))
    yield desk_queue.queue(t, Queue())
    yield desk_queue.claimed(t, 2**62, "https://t.me/c/1/2")
    yield desk_queue.others_wait(t, count)
    yield desk_duty.transferred(t, word)
    yield from (desk_duty.transfer_usage(t, names) for names in ([], [word] * 40))
    yield from (view(t, word) for view in (desk_duty.is_away, desk_duty.has_it_already))
    yield from (view(t) for view in (desk_duty.somebody_was_quicker, desk_duty.you_are_away))
    yield desk_duty.not_sent_while_away(t)
    yield from (desk_duty.away(t, held, timedelta(minutes=30)) for held in (0, count))
    yield from (desk_duty.back(t, held) for held in (0, count))
    yield desk_duty.snoozed(t, NOW, "Asia/Taipei")
    yield from (desk_duty.snooze_usage(t, why, 60, "2026-11-30 10:00") for why in ("past", "far", "unreadable"))
    yield desk_duty.agent_notices(t, [(about, open_topic) for about in TOLD_IN_PRIVATE] * count)
    more = [CallBroke(word, "limit"), CallBroke(word, "hours")]
    taken = [CasesTaken(do, count, to, word) for do in ("move", "hold") for to in (word, "")]
    yield desk_duty.agent_notices(t, [(detail, open_topic) for detail in (*more, *taken)])
    for view in (desk_duty.due_soon, desk_duty.due_soon_by_nobody, desk_duty.late):
        yield view(t, some, "Asia/Shanghai")


def the_troubles(t: Translator, word: str, count: int) -> Iterator[Message]:
    """What supervisors are told, each kind by itself and all in one message."""
    subjects = {"no_round": "planner", "channel_refuses": "email"}
    found = [
        Trouble(kind, subjects.get(kind, word), word, count, 100, at, TODAY) for kind in KINDS for at in (None, NOW)
    ]
    yield from (alerts.troubles(t, [trouble]) for trouble in found)
    yield alerts.troubles(t, found)
    yield alerts.all_well(t)
    proposed = Proposal(word, word, "", "", "", word[:500], 1, NOW, proposer=word, decider=word, reason=word[:500])
    for state in ("open", "approved", "refused"):
        yield from (policy_proposals.notice(t, replace(proposed, state=state), lines) for lines in (None, 1, count))
    for kind in get_args(PasskeyEvent):
        yield from (passkeys.told(t, kind, word, by, word) for by in (word, ""))


def calls_scores_and_figures(t: Translator, word: str, count: int) -> Iterator[Message]:
    """What is said of numbers, calls and scores, and what supervisors read."""
    verdicts = (Allowed(), Allowed(NOW), Allowed(never=True), *(TooMany(why, NOW) for why in get_args(Why)))
    for verdict in (*verdicts, TooMany("day", None)):
        for phone, email in ((word or None, word or None), (None, None)):
            yield contact_disclosure.revealed(
                t, count, word, Contact(phone, email, verdict, "Asia/Taipei", phone is None)
            )
    yield from (
        view(t)
        for view in (contact_disclosure.sent_in_private, contact_disclosure.not_now, contact_disclosure.call_usage)
    )
    yield contact_disclosure.open_the_bot(t, "duebot")
    for broke in ("limit", "hours", ""):
        yield from (contact_disclosure.call_written(t, result, broke) for result in RESULTS)
    yield ratings.question(t, 2**62)
    yield ratings.with_question(t, with_agent.case_closed(t), 2**62)
    yield from (view(t) for view in (ratings.thanks, ratings.words_kept, ratings.over))
    faults = get_args(Fault)
    yield from (bulk_changes.bulk_refused(t, NotBulk(fault, word)) for fault in faults)
    for each in (Bulk("move", Filters(), to=5), Bulk("move", Filters()), Bulk("hold", Filters(), days=7)):
        yield from (bulk_changes.asked(t, each, n, word, 2**62) for n in (0, 1, count))
        yield bulk_changes.done(t, each, count, word)
    missed = (bulk_changes.declined, bulk_changes.over, bulk_changes.done_before)
    yield from (view(t) for view in (*missed, desk_statistics.supervisors_only))
    yield desk_statistics.usage(t, 365)
    agents = tuple(AgentFigures(word, n % 2 == 0, n, n, n, n) for n in range(count))
    counts = Waiting(count, count, count, count, count, NOW)
    some = dict.fromkeys((*OUTCOMES, word), count)
    days = ((TODAY, count, count),)
    counted = Figures(count, counts, agents, 1, count, some, (count, 1), (1, count), {5: count}, count, days)
    yield desk_statistics.figures(t, counted, "Asia/Taipei")


def held_views(t: Translator, word: str) -> Iterator[Message]:
    """What agents read about words that wait, and about what waits in the group."""
    found = [Found(kind, word) for kind in FOUND_KINDS]
    yield held_words.asked(t, 2**62, 2**62, found)
    yield from (view(t) for view in (held_words.look_in_private, held_words.dropped, held_words.waits_no_more))
    yield held_words.anyway_usage(t)
    yield held_words.sent_anyway(t, 12)
    yield held_words.kept(t, NOW, "Asia/Taipei")
    yield held_words.no_time(t, NOW, "Asia/Taipei")
    yield from (held_words.usage(t, NoDay(why)) for why in ("unreadable", "past", "far"))
    yield held_words.waiting(t, (), "UTC")
    yield held_words.waiting(t, [(2**62, 12, NOW, word)] * 20, "UTC")
    yield from (held_words.unsent(t, 12, why) for why in (*UNSENT, word))
    yield live_queue(t, LiveQueue(NOW))
    rows = (QueueRow(case(word), word, word, 12, NOW),) * 10
    yield live_queue(t, LiveQueue(NOW, rows, (replace(case(word), owner_name=word, due_at=NOW),) * 60, 500, 60, 1, 60))
