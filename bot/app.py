"""The running program: builds the sides of a role, starts them, and stops them in order.

It only wires. Each side finds its work in the database, so any of them may be killed at any moment, and several
processes may share the roles.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TYPE_CHECKING

import structlog
from telegram.ext import ExtBot

from bot.channels.rate_limiter import Priority, RateLimiter
from bot.channels.telegram import TelegramChannel, build_bot
from bot.channels.telegram_forum import Forum
from bot.clock import Clock
from bot.loops import LOOK_EVERY_S, Loops
from bot.rounds import Round, Rounds, every
from bot.rules.policy.policy import Policy
from bot.settings import Role, Settings
from bot.sides.bot_side import BotSide
from bot.sides.housekeeping import CLEAN_EVERY_S, PRUNE_EVERY_S, clean, prune
from bot.sides.sender_side import SenderSide
from bot.sides.telegram_session import TelegramSession
from bot.work.cases.canned_replies import ReplyBook
from bot.work.customers.lesson_book import lessons_of
from bot.work.customers.phrase_book import PhraseBook
from bot.work.operations.monitoring import note_start
from bot.work.policy.policies import PoliciesInForce
from bot.work.reminders.channel_setup import make_channels
from bot.work.runtime.parts import BotParts, Parts
from bot.work.runtime.workers import Workers
from bot.work.topics.agent_groups import AgentGroups
from bot.work.topics.forbidden_phrases import forbidden_words
from bot.work.topics.group_rate import GroupPace
from storage.runtime.engine import Database
from storage.runtime.program_keys import with_webhook_secret
from storage.runtime.write_retry import persist

if TYPE_CHECKING:
    from bot.web.server import HttpSide

log = structlog.get_logger()

RENEW_EVERY_S = 60  # of the policy, if no planning does it
CACHE_MB = 2  # of SQLite, for each connection
THREADS = 128  # more than all channels but Telegram send messages at a time
STOP_WITHIN_S = 6.0  # for everything in flight together; the contract allows 10 s in total
# On SQLite a single role has a fixed share of the bot's rate, so that all roles together keep Telegram's limit. On
# PostgreSQL the processes share it by what each of them needs (`bot.work.runtime.workers`).
SHARE = {"all": 1.0, "sender": 0.8, "bot": 0.2, "web": 0.0}


class App:
    """One process of the program in one role. Call `start`, then `run_until` stopped, then `stop`.

    After `start` there are `parts` and the sides of the role; a side that the role does not have is None.
    """

    parts: Parts

    def __init__(
        self,
        settings: Settings,
        policy: Policy,
        clock: Clock,
        role: Role = "all",
        *,
        limiter: RateLimiter | None = None,
    ) -> None:
        self.settings = settings
        self.role = role
        self.clock = clock
        self.db = Database(settings.database_url.get_secret_value(), cache_mb=CACHE_MB)
        self.bot_side: BotSide | None = None
        self.sender_side: SenderSide | None = None
        self.web_side: HttpSide | None = None
        self._session: TelegramSession | None = None
        self._workers: Workers | None = None
        self._apart: Database | None = None
        self._policy = policy
        self._pacer = limiter
        self._loops = Loops(LOOK_EVERY_S)
        self._rounds = Rounds()
        self._started = False

    # --- Building ----------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        in_force = PoliciesInForce(self._policy, self.clock.now())
        if self.role == "web":
            self.parts = Parts(
                self.settings, self.clock, self.db, in_force, forbidden=forbidden_words(self.settings.guard_words)
            )
        else:
            self.parts = self._build_speaking(in_force)
        if self.role in ("all", "web"):
            self.web_side = _web_side(self.parts)

    def _build_speaking(self, in_force: PoliciesInForce) -> BotParts:
        """The sides that speak with people, and their shared parts."""
        settings = self.settings
        rate = max(1.0, settings.send_rate * SHARE[self.role]) if self.db.is_sqlite else settings.send_rate
        limiter = self._pacer or RateLimiter(per_second=rate, room=GroupPace(self.db, self.clock).room)
        bot = build_bot(settings.bot_token, settings.telegram_api, limiter)
        telegram = TelegramChannel(bot, paid_broadcast=settings.paid_broadcast)
        parts = BotParts(
            settings,
            self.clock,
            self.db,
            in_force,
            channel=telegram,
            channels=make_channels(settings, telegram, self.clock),
            groups=_groups(settings, bot) if self.role != "sender" else None,
            replies=ReplyBook(settings.replies),
            phrases=PhraseBook(settings.phrases),
            lessons=lessons_of(settings.learn),
            forbidden=forbidden_words(settings.guard_words),
            worker=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}",
        )
        self._session = TelegramSession(bot, self.db, self.clock)
        if not self.db.is_sqlite:
            # Connections of its own: it has to be heard of however busy the others are.
            self._apart = Database(settings.database_url.get_secret_value(), cache_mb=CACHE_MB)
        workers = Workers(self._apart or self.db, parts.worker, self.role, limiter, changed=parts.bells.wake)
        self._workers = workers
        if self.role in ("all", "bot"):
            self.bot_side = BotSide(bot, parts, self._loops, workers)
        if self.role in ("all", "sender"):
            self.sender_side = SenderSide(parts, self._loops, workers, rate)
        return parts

    # --- Start and stop ----------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Opens what the role needs and starts its loops. Raises `TelegramError` if the token is refused."""
        # Names are looked up in these threads. A mail server or a gateway whose name nobody answers for keeps as many
        # of them as it has messages; those that are left look up Telegram's.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "shared"))
        self.settings = await with_webhook_secret(self.db, self.settings)
        self._build()
        await persist(self._renew_policies)
        if self.web_side is not None:
            await self.web_side.start()
            self._apply_events(self.web_side)
        if self._session is not None:
            await self._session.open()
        if self._workers is not None:
            await self._workers.join()
        if not self.db.is_sqlite:
            self._loops.loop("bells", self._carry_bells, ended_at_once=True)
        if self.bot_side is not None:
            await self.bot_side.start()
        if self.sender_side is not None:
            self.sender_side.start()
        self._rounds.start(self._scheduled_rounds())
        self._started = True
        await persist(self._note_start)
        policy = self.parts.policies.current
        log.info("running", role=self.role, policy=policy.name, policy_version=policy.version, **self._about())

    def _apply_events(self, side: HttpSide) -> None:
        if self.settings.events_secrets:
            self._loops.loop("events", lambda: self._loops.whenever(side.events_have_work, side.apply_events))

    def _scheduled_rounds(self) -> list[Round]:
        """The role's scheduled rounds. On a new day a pack's rules may begin or end: if the role plans, planning
        handles this."""
        rounds: list[Round] = []
        if self.sender_side is not None:
            rounds += self.sender_side.rounds()
        else:
            rounds += [Round("renew policies", self._renew_policies, every(RENEW_EVERY_S))]
        if self.bot_side is not None:
            rounds += self.bot_side.rounds()
        if self.role != "web":
            rounds += [Round("housekeeping", partial(self._keep_house, clean), every(CLEAN_EVERY_S))]
            rounds += [Round("prune", partial(self._keep_house, prune), every(PRUNE_EVERY_S))]
        return rounds

    async def _keep_house(self, do: Callable[[Parts], Awaitable[None]]) -> None:
        """One process of each role does it for all."""
        if self._workers is not None and (self._workers.leads("bot") or self._workers.leads("sender")):
            await do(self.parts)

    async def _carry_bells(self) -> None:
        workers = self._workers  # a process without one only serves HTTP, and rings for others
        await self.parts.bells.carry(self.db, lambda: workers is None or workers.has_company)

    async def _renew_policies(self) -> None:
        await self.parts.in_force.renew(self.db, self.clock.now())

    async def _note_start(self) -> None:
        async with self.db.write() as conn:
            await note_start(conn, self.clock.now())

    def _about(self) -> dict[str, str]:
        """For the log: who the bot is, how it gets updates, which groups it serves, where it listens."""
        told: dict[str, str] = {}
        if isinstance(self.parts, BotParts):
            told["bot"] = f"@{self.parts.bot_username}"
        if self.bot_side is not None:
            told |= self.bot_side.about()
        if self.web_side is not None:
            told["listening"] = self.web_side.address
        return told

    async def run_until(self, stopped: asyncio.Event) -> None:
        """Runs until `stopped`; raises the error if one of the loops died."""
        waiting = asyncio.create_task(stopped.wait())
        running: set[asyncio.Task[object]] = {waiting, *self._loops.tasks}
        try:
            while not waiting.done():
                ended, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in ended:
                    task.result()
        finally:
            waiting.cancel()

    async def stop(self) -> None:
        """Accepts nothing new, lets running work finish, and closes everything."""
        self._loops.stop()
        self._rounds.stop()
        ends_at = asyncio.get_running_loop().time() + STOP_WITHIN_S
        serving = asyncio.create_task(self.web_side.stop()) if self.web_side is not None else None
        await asyncio.gather(self._loops.end(STOP_WITHIN_S), self._rounds.end(STOP_WITHIN_S))
        if self.bot_side is not None:
            await self.bot_side.stop(ends_at)
        if serving is not None:
            await serving
        if self._workers is not None:
            await self._workers.leave()
        if self._session is not None:
            await self._session.close()
        if self._apart is not None:
            await self._apart.close()
        await self.db.close()
        if self._started:
            log.info("stopped", role=self.role)

    def rounds_held(self) -> AbstractAsyncContextManager[None]:
        """While this is entered no scheduled round runs: none should see a clock that was moved, but not what follows
        from that."""
        return self._rounds.held()

    async def catch_up(self) -> None:
        """Does all work that is due now: for a clock that was moved."""
        assert self.bot_side is not None and self.sender_side is not None, "a clock is moved for all sides"
        await self.bot_side.inbox.settle()
        await self.sender_side.catch_up()
        await self.bot_side.catch_up()


def _groups(settings: Settings, bot: ExtBot[Priority]) -> AgentGroups | None:
    if not settings.agent_chats:
        return None
    return AgentGroups(settings.agent_chats, lambda chat_id: Forum(bot, chat_id))


def _web_side(parts: Parts) -> HttpSide:
    from bot.web.server import HttpSide  # a role without HTTP does not load the web framework

    return HttpSide(parts)
