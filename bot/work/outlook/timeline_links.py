"""The part of a customer's story about links: which account was linked and when, what was asked about links, and how
they ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.rules.outlook.timeline_lines import Account, Line, Slug, line
from bot.work.customers.linking import PAYLOAD_LASTS
from storage.facts.forgetting import NOBODY
from storage.outlook.customer_history import AnyRow, Known


def links_told(rows: Known, zone: ZoneInfo) -> Iterator[tuple[datetime, Line]]:
    """Everything about this customer's links, not sorted. Times are in the customer's zone."""
    yield from _payloads(rows, zone)
    for request in rows.requests:
        yield from _request(request, rows.customer.customer_id)
    for link in rows.links:
        account = _account(link.user_id)
        yield link.linked_at, Line("linked", {"account": account}, aside=(line("by_way", way=Slug("way", link.way)),))
        if link.ended_at is not None:
            yield link.ended_at, line("link_ended", account=account)
    for change in rows.link_changes:
        yield change.at, _change(change)


def _payloads(rows: Known, zone: ZoneInfo) -> Iterator[tuple[datetime, Line]]:
    for payload in rows.payloads:
        made = line("payload_made", until=payload.expires_at.astimezone(zone))
        yield payload.expires_at - PAYLOAD_LASTS, made
        if payload.used_at is not None:
            yield payload.used_at, line("payload_used", account=_account(payload.used_by))
    for failure in rows.failures:
        yield failure.at, line("link_failed", account=_account(failure.user_id))


def _request(request: AnyRow, customer_id: str) -> Iterator[tuple[datetime, Line]]:
    asks, asked = _account(request.user_id), _account(request.asked_user_id)
    if request.kind == "consent":
        if request.customer_id != customer_id:
            return  # this concerns the other customer
        yield request.asked_at, line("link_consent", account=asks, asked=asked)
    elif request.from_customer_id == customer_id:
        yield request.asked_at, line("link_may_end", account=asks, customer=request.customer_id)
    else:
        yield request.asked_at, line("link_may_come", account=asks, customer=request.from_customer_id)
    if request.decided_at is not None:
        yield request.decided_at, line("link_agreed" if request.agreed else "link_refused", account=asked)


def _change(change: AnyRow) -> Line:
    other = _account(change.other_account) if change.other_account is not None else line("another_account")
    named = {"account": _account(change.account), "other": other, "customer": change.other_customer_id}
    return Line(f"link_{change.kind}", named, further=tuple(_told(change)))


def _told(change: AnyRow) -> Iterator[Line]:
    if change.account_told:
        told = {"accepted": line("account_told"), "waiting": line("account_to_be_told")}
        not_told = line("account_not_told", reason=Slug("refused", change.account_told))
        yield told.get(change.account_told, not_told)
    if change.elsewhere in ("waiting", "none", "failed"):
        yield line(f"elsewhere_{change.elsewhere}")
    elif change.elsewhere:
        yield line("elsewhere_told", channel=Slug("channel", change.elsewhere))


def _account(user_id: int) -> Account:
    return Account(None if user_id == NOBODY else user_id)
