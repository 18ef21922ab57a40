"""The kinds of events that a case's history has: a closed list, so that each has words for whoever reads it.

In a topic `bot.views.cases.desk` says them, in a customer's story `bot.work.outlook.customer_timeline`.
"""

from __future__ import annotations

# What the bot does to a topic's head, and what is not told yet, says nothing of the customer.
HOUSEKEEPING = frozenset({"named", "pinned", "not_pinned", "coming_in"})

KINDS = HOUSEKEEPING | {
    # How it began, and how it ended.
    *("opened", "again", "asked", "words", "paid", "settled", "closed", "forgotten"),
    # Who has it, and when it rests.
    *("claimed", "released", "transferred", "lease_over", "away_over", "owner_gone", "due_soon", "topic_anew"),
    *("snoozed", "snooze_over", "snooze_off", "woken"),
    # The talk.
    *("note", "introduced", "parted", "told_hours", "undelivered", "not_passed_on", "blocked", "unblocked", "used"),
    # Who speaks for the customer.
    *("link_asked", "link_leaving", "link_left", "link_new", "link_over", "link_back", "link_disputed"),
    # The phone.
    *("revealed", "not_revealed", "called", "call_too_many", "call_chosen", "call_cancelled", "call_back"),
    # What was agreed, and what came of it.
    *("promised", "promise_moved", "promise_cancelled", "promise_agreed", "promise_withdrawn"),
    *("promise_kept", "promise_broken", "promise_not_needed"),
    *("plan_proposed", "plan_agreed", "plan_declined", "plan_unanswered", "plan_withdrawn", "plan_paid"),
    *("plan_kept", "plan_broken", "plan_not_needed"),
    *("hold_set", "hold_withdrawn", "disputed", "dispute_noted", "came_in"),
}
