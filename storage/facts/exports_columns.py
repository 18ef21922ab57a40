"""The columns of each exported table, in order. They are apart from the queries, because `duebot export --help` needs
only the names."""

# A column that import files have, too, has the same name here, so that an export can be imported again.
CUSTOMERS = (
    *("customer_id", "name", "language", "time_zone", "phone", "email", "segment", "vulnerable"),
    *("zone", "facts_at", "stopped_at", "forgotten_at", "linked"),
)
NOTICES = (
    *("notice_id", "customer_id", "local_day", "state", "reason", "channel", "policy", "policy_version", "planned_at"),
    *("send_after", "expires_at", "attempts", "ended_at", "reference", "kind", "step_ids", "instalment_ids"),
)
CONTACTS = (
    *("contact_id", "customer_id", "at", "channel", "direction", "kind", "state", "reason", "notice_id", "case_id"),
    *("reference", "body"),
)
CASES = (
    *("case_id", "customer_id", "reason", "step_id", "policy_version", "due_since", "opened_at", "state", "owner_id"),
    *("owner", "claimed_at", "closed_at", "outcome"),
)
PROMISES = (
    *("hold_id", "customer_id", "instalment_id", "kind", "until", "amount", "currency", "set_at", "set_by"),
    *("reason", "ended_at", "ended_why", "case_id", "plan_id"),
)
PAYMENTS = (
    *("payment_id", "instalment_id", "account_id", "customer_id", "paid_on", "amount", "currency"),
    *("in_amount_paid", "facts_at"),
)
COLUMNS = {
    "customers": CUSTOMERS,
    "notices": NOTICES,
    "contacts": CONTACTS,
    "cases": CASES,
    "promises": PROMISES,
    "payments": PAYMENTS,
}
