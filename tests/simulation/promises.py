"""The policies of the simulation, and what they promise, written a second time in plain numbers.

The numbers are written by hand, so that a fault in reading or tightening a policy is noticed, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

from bot.rules.policy.packs import read_pack, with_packs
from bot.rules.policy.policy import Policy, read_policy

CHANNELS = ("telegram", "email", "sms")
FIRST_VERSION = """
name = "simulated"
languages = ["en", "zh-Hans", "zh-Hant"]
grace_days = 3
minimum_amount = { USD = "5", TWD = "30" }
sending_hours = { from = "09:00", to = "20:00" }
max_per_day = 1
max_per_week = 3
facts_max_age = "36h"
guarantee = { sent_by_day = 1, seen_by_day = 7 }

[[step]]
id = "before-3"
day = -3
message = "upcoming"
channels = ["telegram", "email", "sms"]

[[step]]
id = "due"
day = 0
message = "due_today"
channels = ["telegram", "email"]

[[step]]
id = "after-1"
day = 1
message = "overdue"
channels = ["telegram", "email", "sms"]

[[step]]
id = "after-3"
day = 3
message = "overdue_again"
channels = ["telegram", "email", "sms"]

[[step]]
id = "after-5"
day = 5
escalate = "overdue"
"""
SEGMENTS = {
    "trusted": "grace_days = 5",
    "sundays": 'sending_hours = { from = "09:00", to = "20:00", rest_days = ["sun"] }',
    "cn": 'sending_hours = { from = "07:00", to = "23:00" }\npacks = ["cn"]',
    "us": 'grace_days = 2\nmax_per_week = 5\nsending_hours = { from = "07:00", to = "22:00" }\npacks = ["us"]',
}
# In the middle of the time somebody thinks that fewer messages would do, and that most debts need no person within ten
# days: then it is the guarantee that calls one for who gave no sign of life in a week.
SECOND_VERSION = (
    FIRST_VERSION.replace('id = "after-1"\nday = 1', 'id = "after-2"\nday = 2')
    .replace('id = "after-5"\nday = 5', 'id = "after-10"\nday = 10')
    .replace("max_per_week = 3", "max_per_week = 2")
    .replace("sent_by_day = 1", "sent_by_day = 2")
)
SHIPPED_EXPIRE = date(2027, 11, 30)  # both packs
CN_EXPIRES, US_EXPIRES = date(2028, 11, 30), date(2028, 3, 5)  # within the simulated weeks, and nobody looks at it

# The days past due on which each step may be told: its own, and those until the next step that it is still true on.
FIRST_STEPS = {"before-3": (-3, -1), "due": (0, 0), "after-1": (1, 2), "after-3": (3, 4)}
SECOND_STEPS = {"before-3": (-3, -1), "due": (0, 0), "after-2": (2, 2), "after-3": (3, 9)}
MINIMUMS = {"USD": 500, "TWD": 3000}


@dataclass(frozen=True)
class Promise:
    """What customers of a segment are promised. Days past due; `opens` and `closes` by their own clock."""

    opens: time = time(9)
    closes: time = time(20)
    rests_on_sunday: bool = False
    per_day: int = 1
    per_week: int = 3
    grace_days: int = 3
    sent_by_day: int = 1
    seen_by_day: int = 7
    silenced_from: date | None = None

    @property
    def person_from(self) -> int:
        return max(self.grace_days + 1, self.sent_by_day)

    def allows(self, zone: str, now: datetime, *, is_receipt: bool = False) -> bool:
        """Whether a message may arrive now, wherever of the candidate zones they are. A receipt may on any day."""
        if self.silenced_from is not None and now.date() >= self.silenced_from:
            return False
        here = [now.astimezone(ZoneInfo(name)) for name in zone.split("|")]
        if self.rests_on_sunday and not is_receipt and any(there.weekday() == 6 for there in here):
            return False
        return all(self.opens <= there.time() < self.closes for there in here)


FIRST: Mapping[str | None, Promise] = {
    None: Promise(),
    "trusted": Promise(grace_days=5),
    "sundays": Promise(rests_on_sunday=True),
    "cn": Promise(opens=time(8), closes=time(22)),
    "us": Promise(
        opens=time(8), closes=time(21), per_week=5, grace_days=2, silenced_from=US_EXPIRES + timedelta(days=1)
    ),
}
SECOND: Mapping[str | None, Promise] = {
    None: Promise(per_week=2, sent_by_day=2),
    "trusted": Promise(per_week=2, sent_by_day=2, grace_days=5),
    "sundays": Promise(per_week=2, sent_by_day=2, rests_on_sunday=True),
    "cn": Promise(per_week=2, sent_by_day=2, opens=time(8), closes=time(22)),
    "us": Promise(
        per_week=5,
        sent_by_day=2,
        grace_days=2,
        opens=time(8),
        closes=time(21),
        silenced_from=US_EXPIRES + timedelta(days=1),
    ),
}


def policies(segments: Sequence[str]) -> tuple[Policy, Policy]:
    """Both versions, with these segments. The pack of China holds all the time, that of the United States expires."""
    packs = files("bot.policies").joinpath("packs")
    shipped = {name: packs.joinpath(f"{name}.toml").read_text(encoding="utf-8") for name in ("cn", "us")}
    expires = {"cn": CN_EXPIRES, "us": US_EXPIRES}
    dated = {n: text.replace(SHIPPED_EXPIRE.isoformat(), expires[n].isoformat()) for n, text in shipped.items()}
    read = {name: read_pack(text, f"{name}.toml") for name, text in dated.items()}
    more = "".join(f"\n[segment.{name}]\n{SEGMENTS[name]}\n" for name in segments)
    texts = (FIRST_VERSION + more, SECOND_VERSION + more)
    first, second = (with_packs(read_policy(text, "simulated.toml"), read) for text in texts)
    return first, second
