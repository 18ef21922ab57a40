"""The part of a customer's story about links: which account was linked and when, what was asked about links, and how
they ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.rules.policy.sending_hours import zones
from bot.work.customers.linking import PAYLOAD_LASTS
from storage.facts.forgetting import NOBODY
from storage.outlook.customer_history import AnyRow, Known


def links_told(rows: Known, zone: str) -> Iterator[tuple[datetime, str]]:
    """Everything about this customer's links, not sorted. Times are in the customer's zone."""
    yield from _payloads(rows, zones(zone)[0])
    for request in rows.requests:
        yield from _request(request, rows.customer.customer_id)
    for link in rows.links:
        account = account_words(link.user_id)
        yield link.linked_at, f"linked to {account} ({link.way})"
        if link.ended_at is not None:
            yield link.ended_at, f"no longer linked to {account}"
    for change in rows.link_changes:
        yield change.at, _change(change)


def _payloads(rows: Known, zone: ZoneInfo) -> Iterator[tuple[datetime, str]]:
    for payload in rows.payloads:
        until = f"a one-time link was made, good until {payload.expires_at.astimezone(zone):%Y-%m-%d %H:%M}"
        yield payload.expires_at - PAYLOAD_LASTS, until
        if payload.used_at is not None:
            yield payload.used_at, f"the one-time link was opened by {account_words(payload.used_by)}"
    for failure in rows.failures:
        yield failure.at, f"{account_words(failure.user_id)} tried to link and could not"


def _request(request: AnyRow, customer_id: str) -> Iterator[tuple[datetime, str]]:
    asks, asked = account_words(request.user_id), account_words(request.asked_user_id)
    if request.kind == "consent":
        if request.customer_id != customer_id:
            return  # this concerns the other customer
        yield request.asked_at, f"{asks} asked to take over the link; {asked} was asked to agree"
    elif request.from_customer_id == customer_id:
        yield request.asked_at, f"{asks} opened a link of {request.customer_id} and was asked whether this one ends"
    else:
        was = f"which is linked to {request.from_customer_id}, asked to be linked and was asked whether that ends"
        yield request.asked_at, f"{asks}, {was}"
    if request.decided_at is not None:
        yield request.decided_at, f"{asked} {'agreed' if request.agreed else 'said no'}"


def _change(change: AnyRow) -> str:
    account = account_words(change.account)
    other = account_words(change.other_account) if change.other_account is not None else "another account"
    said = {
        "moved": f"the link ended: {account} speaks for {change.other_customer_id} now",
        "taken_over": f"the link moved from {account} to {other}",
        "by_number": f"{account} was linked by its phone number alone",
        "again": f"{account} was linked; it was another account before",
        "not_me": f"{account} said that it is not this customer's",
        "taken_back": f"the link of {account} was taken back by {other}, which had it before",
        "unlinked": f"an operator ended the link of {account}",
        "wrong_person": f"an agent found that {account} is somebody else's",
        "restored": f"the link of {account} is as it was before",
        "disputed": f"{account}, which had the link by its number before, says that the new one is not theirs",
    }
    words = said.get(change.kind, change.kind)
    return "; ".join([words, *_told(change)])


def _told(change: AnyRow) -> Iterator[str]:
    if change.account_told:
        told = {"accepted": "that account was told", "waiting": "that account is still to be told"}
        yield told.get(change.account_told, f"that account could not be told ({change.account_told})")
    if change.elsewhere:
        told = {
            "waiting": "the customer is still to be told elsewhere",
            "none": "there is no other channel to tell the customer by",
            "failed": "the customer could not be told elsewhere",
        }
        yield told.get(change.elsewhere, f"the customer was told by {change.elsewhere}")


def account_words(user_id: int) -> str:
    """A Telegram account by its number, or without it if the person was forgotten."""
    return "a Telegram account" if user_id == NOBODY else f"Telegram account {user_id}"
