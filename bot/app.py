"""The running program: builds the parts for a role, runs them, and ends them in order.

This is the only place that knows all the parts. Each of them looks for its work in the database, so that any of them
may be killed at any moment, and several processes may share the roles.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from telegram import BotCommandScope, BotCommandScopeAllPrivateChats, BotCommandScopeChat
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError
from telegram.ext import Application, ContextTypes, ExtBot

from bot.channels.rate_limiter import Pacer, flood_wait_s
from bot.channels.telegram import TelegramChannel, build_bot
from bot.channels.telegram_forum import Forum
from bot.channels.telegram_intake import fetch
from bot.channels.telegram_relay import Relaying
from bot.clock import Clock
from bot.loops import Loops
from bot.rules.policy.policy import Policy
from bot.settings import Role, Settings
from bot.views.menu import agent_command_list, command_list
from bot.work.cases import casework
from bot.work.cases.canned_replies import ReplyBook
from bot.work.cases.deadlines import Duty
from bot.work.cases.desk_upkeep import attend
from bot.work.cases.ratings import ask_waiting
from bot.work.customers.link_news import Telling, tell_link_changes
from bot.work.facts.erasing import erase_in_telegram
from bot.work.facts.forgetting import overwrite_what_is_due
from bot.work.operations.alerts import alarm
from bot.work.operations.clock_steps import mind_the_clock
from bot.work.operations.monitoring import look, note_start
from bot.work.policy.policies import PolicyBook, open_book
from bot.work.reminders import sending
from bot.work.reminders.channel_setup import channel_names, make_channels
from bot.work.runtime import planning_round
from bot.work.runtime.inbox_turns import KEPT_FOR, Inbox
from bot.work.runtime.intake import ALLOWED_UPDATES, polled, write_down
from bot.work.runtime.parts import Parts
from bot.work.runtime.watchdog import Watchdog
from bot.work.topics.agent_groups import AgentGroups
from bot.work.topics.desk import Desk
from bot.work.topics.group_rate import GroupPace
from bot.work.topics.topic_header import turn_cards
from bot.work.topics.topics import DeskParts
from handlers import all_handlers
from handlers.context import Context, dispatch, say_sorry, say_too_fast
from locales import translator
from locales.languages import SPOKEN
from storage.customers import people
from storage.runtime.app_state import planning_stamp, write_mark
from storage.runtime.engine import Database
from storage.runtime.program_keys import with_webhook_secret
from storage.runtime.write_retry import persist

if TYPE_CHECKING:
    from bot.web.server import HttpSide

log = structlog.get_logger()

PLAN_EVERY_S = 60  # time passes: a new hour, a new day
LOOK_FOR_NEWS_S = 2  # facts, links: planned at once
CLEAN_EVERY_S = 3600
WATCH_EVERY_S = 60
ATTEND_EVERY_S = 20
TICK_EVERY = timedelta(seconds=10)  # a sender's sign of life
LOOK_EVERY_S = 1.0  # for work that another process put into the database
POLL_TIMEOUT_S = 25
STOP_WITHIN_S = 6.0  # for all that is in flight together; the contract gives 10 s in all
# A role by itself gets its share of the bot's rate, so that all of them together keep Telegram's.
SHARE = {"all": 1.0, "sender": 0.8, "bot": 0.2, "web": 0.0}


class App:
    """One process of the program in one role. `start`, then `run_until` stopped, then `stop`."""

    def __init__(
        self, settings: Settings, policy: Policy, clock: Clock, role: Role = "all", *, pacer: Pacer | None = None
    ) -> None:
        self.settings = settings
        self.role = role
        self._policy = policy
        self.clock = clock
        self.db = Database(settings.database_url.get_secret_value())
        self._loops = Loops(LOOK_EVERY_S)
        self._started = False
        self._planning = asyncio.Lock()
        self._planned = ""  # what was known at the last round of planning
        self._ticked_at: datetime | None = None
        self._rate = max(1.0, settings.send_rate * SHARE[role])
        pacer = pacer or Pacer(per_second=self._rate, room=GroupPace(self.db, clock).room)
        self.bot = build_bot(settings.bot_token, settings.telegram_api, pacer) if role != "web" else None
        telegram = TelegramChannel(self.bot, paid_broadcast=settings.paid_broadcast) if self.bot else None
        self.parts = Parts(
            settings=settings,
            clock=clock,
            db=self.db,
            policies=PolicyBook(policy).as_of(clock.now()),
            channels=make_channels(settings, telegram, clock) if telegram else {},
            channel=telegram,
            replies=ReplyBook(settings.replies),
            worker=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}",
        )
        self._batch = max(1, min(100, int(self._rate)))
        self.inbox: Inbox | None = None
        self._watchdog: Watchdog | None = None
        self.desk: Desk | None = None
        self.http: HttpSide | None = None

    # --- Beginning and end -------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Opens what the role needs and starts its loops. Raises `TelegramError` for a token that is refused."""
        self.settings = self.parts.settings = await with_webhook_secret(self.db, self.settings, self.clock.now())
        if self.role in ("all", "web"):
            self.http = _http_side(self.parts)
            await self.http.start()
        if self.bot is not None:
            await self._open_bot(self.bot)
        if self.role in ("all", "bot"):
            assert self.bot is not None
            await self._start_bot(self.bot)
        if self.role in ("all", "sender"):
            self._start_sender()
        self._schedule()
        self._started = True
        await persist(self._note_start)
        policy = self.parts.policies.current
        log.info("running", role=self.role, policy=policy.name, policy_version=policy.version, **self._where())

    async def _note_start(self) -> None:
        async with self.db.write() as conn:
            await note_start(conn, self.clock.now())

    def _where(self) -> dict[str, Any]:
        """Who the bot is, how updates come to it, where it listens, and which groups it serves: for the log."""
        told: dict[str, Any] = {}
        if self.bot is not None:
            told["bot"] = f"@{self.bot.username}"
        if self.role in ("all", "bot"):
            told["updates"] = f"webhook at {self.settings.public_url}" if self.settings.public_url else "long polling"
            told["agents"] = ", ".join(map(str, self.settings.agent_chats)) or "no group"
        if self.http is not None:
            told["listening"] = self.http.address
        return told

    async def run_until(self, stopped: asyncio.Event) -> None:
        """Runs until `stopped`; raises what one of the loops died of."""
        waiting = asyncio.create_task(stopped.wait())
        running: set[asyncio.Task[Any]] = {waiting, *self._loops.tasks}
        try:
            while not waiting.done():
                ended, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in ended:
                    task.result()
        finally:
            waiting.cancel()

    async def stop(self) -> None:
        """Takes in nothing new, lets what is in flight come to its end, and closes everything."""
        self._loops.stop()
        ends_at = asyncio.get_running_loop().time() + STOP_WITHIN_S
        self.parts.inbox_has_work.set()
        self.parts.desk_has_work.set()
        serving = asyncio.create_task(self.http.stop()) if self.http is not None else None
        await self._loops.end(STOP_WITHIN_S)
        for part in (self.inbox, self.desk):
            if part is not None:
                await part.stop(within_s=max(0.0, ends_at - asyncio.get_running_loop().time()))
        if self._watchdog is not None:
            self._watchdog.stop()
        if serving is not None:
            await serving
        if self.bot is not None:
            with contextlib.suppress(TelegramError):
                await self.bot.shutdown()
        await self.db.close()
        if self._started:
            log.info("stopped", role=self.role)

    async def _open_bot(self, bot: ExtBot[Any]) -> None:
        """Asks Telegram who the bot is, for as long as Telegram cannot be reached; a refused token ends the program."""
        await self._insist(bot.initialize)
        self.parts.bot_username = bot.username

        async def write() -> None:
            async with self.db.write() as conn:
                await write_mark(conn, "bot_username", bot.username, self.clock.now())

        await persist(write)

    async def _insist(self, call: Callable[[], Awaitable[object]]) -> None:
        """Makes a call that has to be made, for as long as Telegram cannot be reached or asks to wait."""
        wait_s = 1.0
        while True:
            try:
                await call()
            except BadRequest:  # a NetworkError to the library, and none that waiting cures
                raise
            except (NetworkError, RetryAfter) as error:
                pause_s = flood_wait_s(error) if isinstance(error, RetryAfter) else wait_s
                log.warning("Telegram cannot be reached, waiting", error=type(error).__name__, wait_s=pause_s)
                await asyncio.sleep(pause_s)
                wait_s = min(30.0, wait_s * 2)
            else:
                return

    # --- The bot: receiving, answering, the agents' desk -------------------------------------------------------------

    async def _start_bot(self, bot: ExtBot[Any]) -> None:
        settings = self.settings
        application: Application[Any, Any, Any, Any, Any, Any] = (
            Application.builder().bot(bot).updater(None).context_types(ContextTypes(context=Context)).build()
        )
        application.bot_data["parts"] = self.parts
        if settings.agent_chats:
            self.parts.groups = AgentGroups(settings.agent_chats, lambda chat_id: Forum(bot, chat_id))
            await persist(partial(self.parts.groups.refresh, self.db))
        application.add_handlers(all_handlers(self.parts.groups))
        self.inbox = Inbox(
            self.db,
            self.clock,
            handle=lambda body: dispatch(application, body),
            give_up=lambda body: say_sorry(application, body),
            too_fast=lambda lane: say_too_fast(application, lane),
            more=self.parts.inbox_has_work.set,
        )
        self._watchdog = Watchdog(self.inbox.is_handling)
        self._watchdog.start()
        assert self.parts.channel is not None
        self.desk = Desk(
            DeskParts(
                db=self.db,
                clock=self.clock,
                groups=self.parts.groups,
                relaying=Relaying(bot),
                channel=self.parts.channel,
                brand=settings.brand,
                worker=self.parts.worker,
                policies=lambda: self.parts.policies,
            )
        )
        if settings.public_url:
            assert settings.webhook_secret is not None
            secret = settings.webhook_secret.get_secret_value()
            address = f"{settings.public_url}/telegram/webhook"
            await self._insist(lambda: bot.set_webhook(address, secret_token=secret, allowed_updates=ALLOWED_UPDATES))
        else:
            await self._insist(bot.delete_webhook)
            self._loops.loop("polling", lambda: self._poll(bot), ended_at_once=True)
        self._loops.loop("command menus", lambda: self._show_commands(bot), ended_at_once=True)
        self._loops.loop("inbox", lambda: self._loops.whenever(self.parts.inbox_has_work, self._inbox_round))
        self._loops.loop("desk", lambda: self._loops.whenever(self.parts.desk_has_work, self._desk_round))

    async def _show_commands(self, bot: ExtBot[Any]) -> None:
        """The command menus: English for all, Chinese for whoever's Telegram speaks it, and the agents' own. One that
        Telegram refuses, for a group that the bot is not in, keeps no other back."""
        groups = [forum.chat_id for forum in self.parts.groups.all] if self.parts.groups else []
        for language, code in ((tag, code) for tag, spoken in SPOKEN.items() for code in spoken.menu_codes):
            t = translator(language)
            menus: list[tuple[Any, BotCommandScope]] = [(command_list(t), BotCommandScopeAllPrivateChats())]
            menus += [(agent_command_list(t), BotCommandScopeChat(chat_id)) for chat_id in groups]
            for commands, scope in menus:
                try:
                    await self._insist(partial(bot.set_my_commands, commands, scope, code))
                except TelegramError as error:
                    log.warning("a command menu could not be set", scope=scope.type, error=type(error).__name__)

    async def _poll(self, bot: ExtBot[Any]) -> None:
        """Long polling. Telegram is told that updates were received only once they are written down."""
        offset: int | None = None
        wait_s = 1.0
        while not self._loops.stopping:
            try:
                given = await fetch(bot, offset, POLL_TIMEOUT_S, ALLOWED_UPDATES)
            except TelegramError as error:
                log.warning("no updates from Telegram, waiting", error=type(error).__name__, wait_s=wait_s)
                await asyncio.sleep(wait_s)
                wait_s = min(30.0, wait_s * 2)
                continue
            if not given:
                wait_s = 1.0
                continue
            batch = [polled(update) for update in given]
            await write_down(self.db, batch, self.clock)
            self.parts.inbox_has_work.set()
            last = max(update.update_id for update in batch)
            if last >= 0:
                offset, wait_s = last + 1, 1.0
            else:  # nothing of it has a number that could be confirmed, so it comes again
                await asyncio.sleep(wait_s)
                wait_s = min(30.0, wait_s * 2)

    async def _inbox_round(self) -> None:
        assert self.inbox is not None
        await self.inbox.serve()

    async def _desk_round(self) -> None:
        assert self.desk is not None
        await self.desk.serve()

    # --- The sender: planning and reminders --------------------------------------------------------------------------

    def _start_sender(self) -> None:
        self._loops.loop("first plan", self._plan)
        self._loops.loop("sending", self._send)

    async def _plan(self) -> None:
        """One round of planning. A database that is away for a while only makes it late."""

        async def write() -> None:
            now = self.clock.now()
            if (ahead := await mind_the_clock(self.db, now)) is not None:
                log.warning(
                    "the clock was set back; what lay in the future was mended", by_s=int(ahead.total_seconds())
                )
            async with self.db.read() as conn:
                self._planned = await planning_stamp(conn)
            self.parts.policies = await open_book(self.db, self._policy, now)
            done = await planning_round.plan(
                self.db, self.parts.policies, now, channels=self.parts.channels, rate=self._rate
            )
            async with self.db.write() as conn:
                await write_mark(conn, "tick.planner", "", now)
            if done:
                log.info("planned", notices=done.notices, opened=done.cases_opened, closed=done.cases_closed)
                self.parts.desk_has_work.set()

        async with self._planning:
            await persist(write)

    async def _plan_news(self) -> None:
        """Plans at once where facts came in, somebody was linked, or a channel died."""

        async def look() -> str:
            async with self.db.read() as conn:
                return await planning_stamp(conn)

        if not self._planning.locked() and await persist(look) != self._planned:
            await self._plan()

    async def _renew_policies(self) -> None:
        """A new day may bring a pack's rules into force, or end its time. Where there is planning, that does it."""
        self.parts.policies = self.parts.policies.as_of(self.clock.now())

    async def _clean(self) -> None:
        """Drops what nobody needs any more."""

        async def drop() -> None:
            if self.inbox is not None:
                await self.inbox.clean()
            await casework.forget_claims_before(self.db, self.clock.now() - KEPT_FOR)
            async with self.db.write() as conn:
                await people.drop_failures_before(conn, self.clock.now() - timedelta(days=1))

        await persist(drop)  # the next round is in an hour
        await persist(lambda: overwrite_what_is_due(self.db, self.clock.now()))

    async def _send(self) -> None:
        """Sends what is due, batch after batch. A batch is what the rate lets out in about a second, so that hardly
        any time lies between the last check of a message and its leaving."""
        while not self._loops.stopping:
            sent = await persist(self.send_once)
            if sent.accepted < sent.claimed:
                self.parts.desk_has_work.set()
            await self._rest(sent.pause_s or (0.0 if sent.claimed else LOOK_EVERY_S))

    async def send_once(self) -> sending.Sent:
        parts, now = self.parts, self.clock.now()
        await self._tick(now)
        sender = sending.Sender(self.db, parts.policies, parts.settings, parts.channels, parts.worker)
        return await sending.send_due(sender, now, self._batch)

    async def _rest(self, seconds: float) -> None:
        """Pauses. Whoever has to wait for long, as Telegram may ask, still gives signs of life."""
        ends_at = asyncio.get_running_loop().time() + seconds
        while not self._loops.stopping and (left_s := ends_at - asyncio.get_running_loop().time()) > 0:
            await self._loops.pause(min(left_s, TICK_EVERY.total_seconds()))
            await persist(lambda: self._tick(self.clock.now()))

    async def _tick(self, now: datetime) -> None:
        if self._ticked_at is None or abs(now - self._ticked_at) >= TICK_EVERY:
            async with self.db.write() as conn:
                await write_mark(conn, "tick.sender", "", now)
            self._ticked_at = now

    async def watch(self) -> None:
        """Looks for what keeps the program from its promise, and tells the supervisors."""
        parts, now = self.parts, self.clock.now()
        assert parts.channel is not None
        channels = channel_names(parts.settings)
        found = await persist(lambda: look(self.db, parts.policies, parts.settings, channels, now))
        await alarm(self.db, parts.channel, found, now)

    async def attend(self) -> None:
        """Attends to the agents' desk: order, leases, rests, and what is due."""
        parts, now = self.parts, self.clock.now()
        assert parts.channel is not None
        forum = parts.groups.current if parts.groups else None
        duty = Duty(self.db, parts.policies.current.desk, parts.channel, forum)
        await persist(lambda: attend(duty, now))
        parts.desk_has_work.set()

    async def look_after_talks(self) -> None:
        """Asks whose case is over how it went, and has the cards written anew whose customers' day has turned."""
        parts, now = self.parts, self.clock.now()
        assert parts.channel is not None
        if await persist(lambda: turn_cards(self.db, now)):
            parts.desk_has_work.set()
        await ask_waiting(self.db, parts.channel, parts.policies.current, now)
        its = Telling(self.db, parts.channel, parts.channels, parts.policies.current, parts.settings.brand)
        await tell_link_changes(its, now)

    async def erase(self) -> None:
        """Has Telegram delete what stands there of forgotten customers."""
        assert self.bot is not None
        bot = self.bot
        await erase_in_telegram(self.db, lambda chat_id: Forum(bot, chat_id), self.clock.now())

    async def catch_up(self) -> None:
        """Does all that is to be done at this moment: for a clock that was moved."""
        assert self.desk is not None and self.inbox is not None
        await self.inbox.settle()
        await self._plan()
        refused = 0
        while (sent := await self.send_once()).claimed:
            refused += sent.claimed - sent.accepted
        if refused:
            await self._plan()
        await self.attend()
        await self.look_after_talks()
        await self.desk.settle()
        await self.erase()

    # --- Rounds and loops --------------------------------------------------------------------------------------------

    def _schedule(self) -> None:
        """Starts the rounds that the role makes by the clock."""
        rounds: list[tuple[Callable[[], Awaitable[None]], int]] = []
        if self.role in ("all", "sender"):
            rounds += [(self._plan, PLAN_EVERY_S), (self._plan_news, LOOK_FOR_NEWS_S)]
        else:
            rounds += [(self._renew_policies, PLAN_EVERY_S)]
        if self.role in ("all", "bot"):
            rounds += [(self.watch, WATCH_EVERY_S), (self.attend, ATTEND_EVERY_S)]
            rounds += [(self.look_after_talks, WATCH_EVERY_S), (self.erase, WATCH_EVERY_S)]
        if self.role != "web":
            rounds += [(self._clean, CLEAN_EVERY_S)]
        self._loops.start(rounds)


def _http_side(parts: Parts) -> HttpSide:
    from bot.web.server import HttpSide  # a role that serves nothing carries no web framework

    return HttpSide(parts)
