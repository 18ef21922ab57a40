"""The wallet's link to pay one instalment."""

from __future__ import annotations

from urllib.parse import quote


def pay_link(template: str, customer_id: str, instalment_id: str) -> str:
    """The link to pay one instalment, or an empty text if none is configured. Ids are escaped, because they come from a
    file."""
    return template.format(customer_id=quote(customer_id, safe=""), instalment_id=quote(instalment_id, safe=""))
