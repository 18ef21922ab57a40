"""The bot's side: receives updates and answers them, and serves the agents' desk.

`handlers` and `bot.work` say what is done; here is when.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import cast
from zoneinfo import ZoneInfo

from telegram.ext import Application, ContextTypes, ExtBot

from bot.channels.rate_limiter import Priority
from bot.channels.telegram_forum import Forum
from bot.channels.telegram_relay import Relaying
from bot.loops import Loops
from bot.rounds import Round, every
from bot.sides.command_menus import Face, show
from bot.sides.polling import poll
from bot.sides.telegram_session import retry_while_unreachable
from bot.sides.webhook import keep_webhook, set_webhook
from bot.work.cases.announced_calls import end_calls
from bot.work.cases.deadlines import Duty
from bot.work.cases.desk_upkeep import run_upkeep
from bot.work.cases.ratings import ASKED_WITHIN, ask_waiting
from bot.work.customers.link_news import Telling, tell_link_changes
from bot.work.facts.erasing import erase_in_telegram
from bot.work.operations.alerts import alarm
from bot.work.operations.monitoring import look
from bot.work.operations.passkey_notices import tell_of_passkeys
from bot.work.operations.proposal_notices import tell_of_proposals
from bot.work.reminders.channel_setup import channel_names
from bot.work.runtime.inbox_turns import Inbox
from bot.work.runtime.parts import BotParts
from bot.work.runtime.watchdog import Watchdog
from bot.work.runtime.workers import Workers
from bot.work.topics.desk import Desk
from bot.work.topics.scheduled_messages import send_due, tell_unsent
from bot.work.topics.topic_header import renew_cards_of_new_day
from bot.work.topics.topics import DeskParts
from handlers import all_handlers
from handlers.context import Context, WalletApplication, dispatch, say_sorry, say_too_fast
from handlers.matching import Matching
from storage.operations import rounds_due
from storage.runtime.engine import Connection
from storage.runtime.write_retry import persist

WATCH_EVERY_S = 60
DESK_UPKEEP_EVERY_S = 20
CLEAN_EVERY_S = 3600


class BotSide:
    """Call `start`, then run its loops and `rounds` until `stop`."""

    def __init__(self, bot: ExtBot[Priority], parts: BotParts, loops: Loops, workers: Workers) -> None:
        self._bot = bot
        self._parts = parts
        self._loops = loops
        self._workers = workers
        builder = Application.builder().bot(bot).updater(None).context_types(ContextTypes(context=Context))
        application = cast(WalletApplication, builder.build())  # the library does not say what is in its dicts
        application.bot_data["parts"] = parts
        matching = Matching(all_handlers(parts.groups))
        self.inbox = Inbox(
            parts.db,
            parts.clock,
            handle=lambda body: dispatch(application, matching, body),
            give_up=lambda body: say_sorry(application, body),
            too_fast=lambda lane: say_too_fast(application, lane),
            more=parts.inbox_has_work.wake,
            claims=workers.lanes,
        )
        self.desk = Desk(
            DeskParts(
                db=parts.db,
                clock=parts.clock,
                groups=parts.groups,
                relaying=Relaying(bot),
                channel=parts.channel,
                brand=parts.settings.brand,
                worker=parts.worker,
                policies=lambda: parts.policies,
            )
        )
        self._watchdog = Watchdog(self.inbox.is_handling)

    # --- Start and stop ----------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Starts to receive, to answer, and to serve the desk."""
        parts, loops = self._parts, self._loops
        if parts.groups is not None:
            await persist(partial(parts.groups.refresh, parts.db))
        self._watchdog.start()
        loops.loop("phrases", parts.phrases.load, ended_at_once=True)
        await self._receive()
        groups = [forum.chat_id for forum in parts.groups.all] if parts.groups is not None else []
        face = Face(self._bot, parts.settings.brand, groups)
        loops.once("menus and profile", lambda: show(face, parts.db, parts.clock.now()))
        serve_inbox = partial(loops.whenever, seldom=lambda: parts.bells.are_heard)
        loops.loop("inbox", lambda: serve_inbox(parts.inbox_has_work, self.inbox.serve))
        # It looks each second, because its work comes with time, too: an album is complete, a wait is over.
        loops.loop("desk", lambda: loops.whenever(parts.desk_has_work, self._serve_desk))

    async def _receive(self) -> None:
        """By webhook if there is a public address, else by long polling: Telegram is told which."""
        bot = self._bot
        if self._parts.settings.public_url:
            await set_webhook(bot, self._parts)
        else:
            await retry_while_unreachable(bot.delete_webhook)
            polling = partial(poll, bot, self._parts, self._loops, self.inbox.take_in)
            self._loops.loop("polling", lambda: self._workers.while_leading("bot", polling), ended_at_once=True)

    def rounds(self) -> list[Round]:
        """Its scheduled rounds, which one bot at a time makes for all."""
        kept = [Round("keep the webhook", partial(keep_webhook, self._bot, self._parts), every(WATCH_EVERY_S))]
        rounds = [
            *(kept if self._parts.settings.public_url else []),
            Round("watch", self.watch, every(WATCH_EVERY_S)),
            Round("attend", self.keep_desk, every(DESK_UPKEEP_EVERY_S)),
            Round("look after talks", self.finish_talks, every(WATCH_EVERY_S)),
            Round("erase", self.erase, every(WATCH_EVERY_S)),
            Round("clean the inbox", lambda: persist(self.inbox.clean), every(CLEAN_EVERY_S)),
        ]
        return [replace(each, do=partial(self._if_leading, each.do)) for each in rounds]

    async def _if_leading(self, do: Callable[[], Awaitable[None]]) -> None:
        if self._workers.leads("bot"):
            await do()

    async def _serve_desk(self) -> None:
        await self._if_leading(self.desk.serve)

    def about(self) -> dict[str, str]:
        """For the log: how it gets updates, and which groups it serves."""
        settings = self._parts.settings
        return {
            "updates": f"webhook at {settings.public_url}" if settings.public_url else "long polling",
            "agents": ", ".join(map(str, settings.agent_chats)) or "no group",
        }

    async def stop(self, ends_at: float) -> None:
        """Lets running work finish, until `ends_at` by the loop's time."""
        for part in (self.inbox, self.desk):
            await part.stop(within_s=max(0.0, ends_at - asyncio.get_running_loop().time()))
        self._watchdog.stop()

    # --- Rounds ------------------------------------------------------------------------------------------------------

    async def watch(self) -> None:
        """Looks for troubles that keep the program from its promise, and tells the supervisors."""
        parts, now = self._parts, self._parts.clock.now()
        channels = channel_names(parts.settings)
        found = await persist(lambda: look(parts.db, parts.policies, parts.settings, channels, now))
        await alarm(parts.db, parts.channel, found, now)

    async def keep_desk(self) -> None:
        """A round of desk upkeep: order, leases, snoozes, and what is due."""
        parts, now = self._parts, self._parts.clock.now()
        forum = parts.groups.current if parts.groups is not None else None
        duty = Duty(parts.db, parts.policies.current.desk, parts.channel, forum)
        await persist(lambda: run_upkeep(duty, now))
        may_be = await self._what_may_be(lambda conn: rounds_due.beside_upkeep(conn, now))
        if "calls" in may_be:
            await end_calls(duty, parts.settings.brand, now)
        if "later" in may_be:
            await persist(lambda: send_due(parts.db, parts.screening, now))
        if may_be & {"later", "unsent"}:
            await tell_unsent(parts.db, parts.channel)
        if "proposals" in may_be:
            await tell_of_proposals(parts.db, parts.channel)
        if "passkeys" in may_be:
            await tell_of_passkeys(parts.db, parts.channel, ZoneInfo(parts.policies.current.desk.time_zone))
        parts.desk_has_work.set()

    async def finish_talks(self) -> None:
        """Asks customers of closed cases how it went, and renews the cards of customers whose day has changed."""
        parts, now = self._parts, self._parts.clock.now()
        if await persist(lambda: renew_cards_of_new_day(parts.db, now)):
            parts.desk_has_work.set()
        may_be = await self._what_may_be(lambda conn: rounds_due.after_talks(conn, now - ASKED_WITHIN))
        if "ratings" in may_be:
            await ask_waiting(parts.db, parts.channel, parts.policies.current, now)
        if "links" not in may_be:
            return
        telling = Telling(parts.db, parts.channel, parts.channels, parts.policies.current, parts.settings.brand)
        await tell_link_changes(telling, now)

    async def erase(self) -> None:
        """Deletes what Telegram still has about forgotten customers."""
        if await self._what_may_be(rounds_due.to_erase):
            await erase_in_telegram(self._parts.db, lambda chat_id: Forum(self._bot, chat_id), self._parts.clock.now())

    async def _what_may_be(self, look: Callable[[Connection], Awaitable[frozenset[str]]]) -> frozenset[str]:
        """What a round may find: mostly nothing, and then it does no more."""

        async def read() -> frozenset[str]:
            async with self._parts.db.read() as conn:
                return await look(conn)

        return await persist(read)

    async def catch_up(self) -> None:
        """Runs every round that follows planning and sending: for a clock that was moved. The watch comes last, so that
        it sees what the others have done."""
        await self.keep_desk()
        await self.finish_talks()
        await self.desk.settle()
        await self.erase()
        await self.watch()
