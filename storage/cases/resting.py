"""What is written to a case when it begins to rest, and when it ends that; `RESTS` is in `storage.cases.cases`.

A case is snoozed by an agent, an agreement or a call, and rests until that is ended, also when its instant has passed:
what has to be done then is done in a round (`bot.work.cases.desk_upkeep`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, true


def resting(until: datetime | BindParameter[datetime]) -> dict[str, Any]:
    """For a case that rests from now on: nobody was told of what is due afterwards."""
    return {"snoozed_until": until, "due_told": "", "card_stale": true()}


RESTS_NO_MORE: Mapping[str, Any] = {"snoozed_until": None, "due_kind": None, "due_told": "", "card_stale": true()}
"""For a case that no longer rests: what is due next has to be worked out."""
