"""Who asks, whether they may, and how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from bot.rules.operations.api_keys import Scope
from bot.rules.operations.api_rate_limit import REQUESTS, WINDOW, Window, after_request
from bot.web.api.bodies import MOST_NAME
from bot.web.problems import Problem, Wrong
from bot.work.cases.casework import agent_of
from bot.work.operations.api_keys import Caller, Doorkeeper
from bot.work.runtime.parts import Parts
from storage.cases.agents import Agent

bearer = HTTPBearer(auto_error=False, description="A key that `duebot key add` made.")
NEEDS_AGENT = "this key works as no agent; `duebot key add NAME --scopes desk --agent TELEGRAM_ID` makes one that does"
MOST_TOLD = 20  # names
POLICY = f'"key";q={REQUESTS};w={int(WINDOW.total_seconds())}'


class Access:
    """The door of the API: `needs(scope)` is what a route depends on."""

    def __init__(self, parts: Parts) -> None:
        self._clock = parts.clock
        self.doorkeeper = Doorkeeper(parts.db, parts.settings)
        self._windows: dict[str, Window] = {}  # by the key's name

    def needs(self, scope: Scope) -> Callable[..., Awaitable[Caller]]:
        async def caller(
            request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
        ) -> Caller:
            found = await self.doorkeeper.caller(given.credentials, self._clock.now()) if given else None
            if found is None:
                raise await self._nobody()
            request.state.caller = found
            self._count(request, found)
            if scope not in found.scopes:
                raise Problem("no-scope", f"the key {found.name!r} has not got the scope {scope}")
            _check_names(request)
            return found

        return caller

    async def check_again(self, request: Request) -> None:
        """Raises a problem if the key of a request that took its time was revoked meanwhile."""
        key = request.headers.get("authorization", "").partition(" ")[2].strip()
        if await self.doorkeeper.caller(key, self._clock.now()) is None:
            raise await self._nobody()

    async def require_open(self) -> None:
        """Raises a problem if there is no key at all."""
        if not await self.doorkeeper.is_open():
            raise Problem("api-off")

    async def _nobody(self) -> Problem:
        if not await self.doorkeeper.is_open():
            return Problem("api-off")
        return Problem("no-key", headers={"WWW-Authenticate": "Bearer"})

    def _count(self, request: Request, caller: Caller) -> None:
        now = self._clock.now()
        window = self._windows[caller.name] = after_request(self._windows.get(caller.name), now)
        seconds = window.seconds_left(now)
        request.state.limits = {"RateLimit-Policy": POLICY, "RateLimit": f'"key";r={window.left};t={seconds}'}
        if window.is_over_limit:
            raise Problem(
                "too-many",
                f"a key may make {REQUESTS} requests in {int(WINDOW.total_seconds())} seconds",
                headers={"Retry-After": str(seconds)},
            )


def _check_names(request: Request) -> None:
    """Raises a problem for names in a question that asks nothing, and for names that are there twice."""
    given = Counter(name for name, _ in request.query_params.multi_items())
    knows_none = not request.scope["route"].dependant.query_params  # the routes that know some say which they do not
    wrong = [Wrong(name[:MOST_NAME], "no such name; it is not known here") for name in given if knows_none]
    wrong += [Wrong(name[:MOST_NAME], "one value, not several") for name, times in given.items() if times > 1]
    if wrong:
        raise Problem("wrong-value", "some values are not as expected", wrong[:MOST_TOLD])


async def agent_of_key(parts: Parts, caller: Caller) -> Agent:
    """The agent as whom this key works; raises a problem if it works as nobody."""
    agent = None if caller.agent_id is None else await agent_of(parts.db, caller.agent_id)
    if agent is None:
        raise Problem("no-agent", NEEDS_AGENT)
    return agent
