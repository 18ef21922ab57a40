"""Hooks: where signed events go. `hook_sending` sends them; triggers write them (`storage.tables.event_triggers`).

A hook is signed for by `DUEBOT_EVENTS_SECRET`, or by a secret of its own: with the former its receiver could also write
events that the wallet sends.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.rules.operations.hook_addresses import WrongAddress, check_url, where_to
from bot.rules.operations.outgoing_events import parse_kinds
from bot.settings import Settings
from bot.work.operations.findings import Finding, bad, doubtful, good
from storage.operations import hooks, operation_events, outgoing_events
from storage.operations.hooks import Backlog, Hook
from storage.runtime.engine import Database

MOST_HOOKS = 20
BOTH_SIGN_FOR = timedelta(days=1)  # after a hook's own secret was changed
LATE_AFTER = timedelta(hours=1)
DELIVERED_KEPT_FOR, PARKED_KEPT_FOR = timedelta(days=7), timedelta(days=30)


class WrongHook(ValueError):
    """The hook cannot be set as asked; the message says what was given and what was expected."""


class NoSuchHook(LookupError):
    """There is no hook of that address or number."""

    def __str__(self) -> str:
        return f"there is no hook {str(self.args[0])[:80]!r}; `duebot hook list` shows which there are"


@dataclass(frozen=True, slots=True)
class SetHook:
    """A hook that was set; `secret` is its own if that is new, and is shown this once."""

    hook: Hook
    is_new: bool
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Listed:
    """A hook, and what it has not got yet."""

    hook: Hook
    backlog: Backlog

    def as_json(self) -> dict[str, object]:
        hook, backlog = self.hook, self.backlog
        return {
            "hook": hook.hook_id,
            "url": hook.url,
            "events": hook.events.split(","),
            "own_secret": bool(hook.secrets),
            "made_at": hook.made_at.isoformat(),
            "delivered_at": hook.delivered_at.isoformat() if hook.delivered_at else None,
            "ended_at": hook.ended_at.isoformat() if hook.ended_at else None,
            "waiting": backlog.waiting,
            "waits_since": backlog.waits_since.isoformat() if backlog.waits_since else None,
            "parked": backlog.parked,
            "reason": backlog.reason,
        }


async def add_hook(
    db: Database, settings: Settings, url: str, kinds: str, now: datetime, *, own_secret: bool = False
) -> SetHook:
    """Sets where events go. A hook that is there already gets these kinds from now on, and is asked again if it had
    ended. Raises `WrongHook`."""
    try:
        check_url(url, settings.hooks_allowed)
    except WrongAddress as wrong:
        raise WrongHook(f"URL: {wrong}") from None
    events = parse_kinds(kinds)
    secret = _made_secret() if own_secret or not settings.events_secrets else None
    async with db.write() as conn:
        if (known := await hooks.find(conn, url, now)) is not None:
            await hooks.change(conn, known.hook_id, events=events, ended_at=None)
            if own_secret and not known.secrets:
                await hooks.change(conn, known.hook_id, secret=secret)
            changed = await hooks.find(conn, url, now)
            assert changed is not None, "it was there a moment ago"
            await operation_events.note(conn, "hook_changed", where_to(url), now, detail=events)
            return SetHook(changed, False, secret if own_secret and not known.secrets else None)
        if len(await hooks.all_hooks(conn, now)) >= MOST_HOOKS:
            raise WrongHook(f"there are {MOST_HOOKS} hooks already, which is the most; `duebot hook remove` ends one")
        made = await hooks.add(conn, url, events, secrets.token_hex(6), secret, now)
        await operation_events.note(conn, "hook_added", where_to(url), now, detail=events)
    return SetHook(made, True, secret)


async def list_hooks(db: Database, now: datetime) -> list[Listed]:
    async with db.read() as conn:
        known, behind = await hooks.all_hooks(conn, now), await hooks.backlogs(conn)
    return [Listed(hook, behind.get(hook.hook_id, Backlog())) for hook in known]


async def remove_hook(db: Database, name: str, now: datetime) -> int:
    """Ends a hook at once. Returns how many events it did not get. Raises `NoSuchHook`."""
    async with db.write() as conn:
        hook = await hooks.find(conn, name, now)
        if hook is None:
            raise NoSuchHook(name)
        await operation_events.note(conn, "hook_removed", where_to(hook.url), now)
        return await hooks.remove(conn, hook.hook_id)


async def replay_hook(
    db: Database, name: str, since: datetime | None, now: datetime, *, actor_id: int | None = None
) -> int:
    """Sends parked events again, and (`since`) all that happened from then on and are still kept. A hook that had ended
    is asked again. `actor_id`: the supervisor who asked; None: an operator. Returns how many. Raises `NoSuchHook`."""
    async with db.write() as conn:
        hook = await hooks.find(conn, name, now)
        if hook is None:
            raise NoSuchHook(name)
        await hooks.change(conn, hook.hook_id, ended_at=None)
        count = await outgoing_events.replay(conn, hook.hook_id, since, now)
        await operation_events.note(
            conn, "hook_replayed", where_to(hook.url), now, detail=str(count), actor_id=actor_id
        )
        return count


async def rotate_secret(db: Database, name: str, now: datetime) -> str:
    """A new secret of the hook's own; an older one of its own signs beside it for a day. Raises `NoSuchHook`."""
    secret = _made_secret()
    async with db.write() as conn:
        hook = await hooks.find(conn, name, now)
        if hook is None:
            raise NoSuchHook(name)
        older = hook.secrets[0] if hook.secrets else None
        await hooks.change(
            conn, hook.hook_id, secret=secret, older_secret=older, older_until=now + BOTH_SIGN_FOR if older else None
        )
        await operation_events.note(conn, "hook_rotated", where_to(hook.url), now)
    return secret


async def drop_old_events(db: Database, now: datetime) -> None:
    """Deletes events that were delivered a week ago, those that were parked a month ago, and strays."""
    async with db.write() as conn:
        await outgoing_events.drop_strays(conn)
    for state, kept_for in (("delivered", DELIVERED_KEPT_FOR), ("parked", PARKED_KEPT_FOR)):
        dropped = 1
        while dropped:
            async with db.write() as conn:
                dropped = await outgoing_events.drop_ended(conn, state, now - kept_for)


async def examine_hooks(db: Database, settings: Settings, now: datetime) -> list[Finding]:
    """Whether each hook gets its events."""
    return [_examined(each, settings, now) for each in await list_hooks(db, now)]


def _examined(listed: Listed, settings: Settings, now: datetime) -> Finding:
    hook, backlog = listed.hook, listed.backlog
    name = f"hook {hook.hook_id}"
    again = f"`duebot hook replay {hook.hook_id}` sends them again; `duebot hook list` says why"
    try:
        check_url(hook.url, settings.hooks_allowed)
    except WrongAddress as wrong:
        return bad("events", f"{name} gets nothing: {wrong}", "set DUEBOT_HOOK_HOSTS, or remove the hook")
    if not hook.secrets and not settings.events_secrets:
        mend = f"set DUEBOT_EVENTS_SECRET, or give it one of its own: `duebot hook rotate {hook.hook_id}`"
        return bad("events", f"{name} gets nothing: there is no secret to sign with", mend)
    if hook.ended_at is not None:
        return doubtful("events", f"{name} has ended: its receiver answered 410 (gone)", again)
    if backlog.parked:
        return doubtful("events", f"{name}: {backlog.parked} events are parked, the last: {backlog.reason}", again)
    if backlog.waits_since is not None and now - backlog.waits_since > LATE_AFTER:
        minutes = int((now - backlog.waits_since).total_seconds() // 60)
        words = f"{name}: {backlog.waiting} events wait, the first for {minutes} minutes"
        return doubtful("events", words, "see whether its receiver runs; they are sent again for three days")
    return good("events", f"{name} has got all of its events but {backlog.waiting}")


def _made_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
