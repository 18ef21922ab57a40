"""Statements that are made once and run many times, with the names of what each run gives them.

To make one of the planner's statements takes ten times as long as to run it, and all that time nobody is answered.
"""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import Date, bindparam

from storage.schema import Instant

# For each that is asked for with other arguments another one is kept: arguments are shapes, never days or people.
prepared = lru_cache(maxsize=512)

NOW = bindparam("its_now", type_=Instant())
TODAY = bindparam("its_today", type_=Date())
DAY = bindparam("its_day", type_=Date())
