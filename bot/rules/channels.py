"""The channels that there are: their names, what an operator sets them up by, and where their addresses come from.

A channel is registered here, in one line: its setting follows from it. How it sends is in the file of its name in
`bot/channels`, what is said of it in that of `bot/views/channels`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LINK = "link"
CUSTOMER_ID = "customer_id"
PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to reach customers. `title` is its name in what operators read. `address` is the column of a customer's
    row that has the address, which the wallet says; or `link`, the account that was linked; or `customer_id`, where
    the other side knows customers by their ids. `setting` is the name of the setting that sets it up, an address of the
    kind `url`; without one it always is."""

    name: str
    title: str
    address: str
    setting: str = ""
    url: Literal["smtp", "gateway"] = "gateway"

    @property
    def from_wallet(self) -> bool:
        """Whether its addresses come with the wallet's files, so that a new one may be tried."""
        return self.address not in (LINK, CUSTOMER_ID)


CHANNELS = (
    Channel("telegram", "Telegram", LINK),
    Channel("email", "e-mail", "email", "smtp_url", "smtp"),
    Channel("sms", "SMS", PHONE, "sms_url"),
    Channel("push", "push", CUSTOMER_ID, "push_url"),
)
"""In the order in which they are offered and counted."""

NAMES = tuple(channel.name for channel in CHANNELS)
BY_NAME = {channel.name: channel for channel in CHANNELS}
FROM_WALLET = tuple(channel for channel in CHANNELS if channel.from_wallet)
BY_PHONE = tuple(channel.name for channel in CHANNELS if channel.address == PHONE)
BY_CUSTOMER_ID = tuple(channel.name for channel in CHANNELS if channel.address == CUSTOMER_ID)
