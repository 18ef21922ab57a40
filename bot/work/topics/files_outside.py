"""Files that an agent sends to a customer from outside the topic: chosen first, sent then. What is chosen stays in the
database, so that the words that go with it can be looked at, and another process can send it.

Each function takes the agent, the case's number and the order in which it came, and returns what was done, or why it
was refused.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from bot.rules.cases import attachments
from bot.rules.cases.attachments import KeptFile
from bot.rules.cases.case import Case
from bot.rules.cases.case_events_words import FileSaid
from bot.rules.cases.talk_files import SentFile
from bot.work.acting import Acting, Refusal
from bot.work.acting_outside import CaseAction, NotDone, acting_outside, refusals_are_values
from bot.work.topics.messages_outside import checked, refuse_unreachable
from bot.work.topics.sent_files import FILE, file_content
from storage.cases import assignment
from storage.cases.agents import Agent
from storage.runtime.engine import Database
from storage.topics import kept_files, relays, talk_files

PIECE = 512 << 10


@refusals_are_values
async def may_choose(action: CaseAction) -> None:
    """Refuses what would be refused once the file is here: nobody waits for megabytes that are not kept."""
    async with acting_outside(action) as act:
        await refuse_unreachable(act)


@refusals_are_values
async def choose(action: CaseAction, name: str, path: Path) -> SentFile:
    """Keeps a file, in place of one that was chosen in the case before, until the agent sends it or takes it back."""
    file, digest = await asyncio.to_thread(_looked_at, name, path)
    async with acting_outside(action) as act:
        await refuse_unreachable(act)
        with path.open("rb") as content:
            pieces: Iterator[bytes] = iter(lambda: content.read(PIECE), b"")
            about = (action.case_id, action.agent.telegram_id, (file, digest), pieces)
            await kept_files.keep(act.conn, *about, action.now, attachments.MOST_UNSENT)
    return file


def _looked_at(name: str, path: Path) -> tuple[SentFile, str]:
    """What the file is by its contents, and its digest; refuses what is not sent."""
    size = path.stat().st_size
    if not size:
        raise Refusal(NotDone("empty_file"))
    if size > attachments.MOST_BYTES:
        raise Refusal(NotDone("large_file"))
    with path.open("rb") as content:
        head = content.read(attachments.HEAD_BYTES)
        content.seek(0)
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    kind = attachments.kind_of(head, _inside(path) if attachments.is_packed(head) else ())
    if kind is None:
        raise Refusal(NotDone("wrong_file"))
    return attachments.described(name, kind, size), digest


def _inside(path: Path) -> frozenset[str]:
    """The names of what is packed in a file; nothing is unpacked. None of a file in which there is too much."""
    if path.read_bytes().count(attachments.ENTRY) > attachments.MOST_ENTRIES:
        return frozenset()
    try:
        with ZipFile(path) as packed:
            return frozenset(packed.namelist())
    except (BadZipFile, ValueError, NotImplementedError, OSError):
        return frozenset()


async def chosen(db: Database, agent: Agent, case_id: int) -> KeptFile | None:
    """What the agent has chosen in the case and not sent yet."""
    async with db.read() as conn:
        return await kept_files.unsent(conn, case_id, agent.telegram_id)


@refusals_are_values
async def take_back(action: CaseAction) -> Case:
    """Drops what the agent has chosen."""
    async with acting_outside(action) as act:
        await kept_files.drop_unsent(act.conn, action.case_id, action.agent.telegram_id)
    return act.case


@refusals_are_values
async def say_with_file(action: CaseAction, number: int, text: str) -> Case:
    """Sends the file with this number and its caption, which may be empty, to the customer, as `messages_outside.say`
    sends words."""
    caption = checked(text, caption=True) if text.strip() else ""
    async with acting_outside(action) as act:
        await refuse_unreachable(act)
        kept = await kept_files.unsent(act.conn, action.case_id, action.agent.telegram_id)
        if kept is None or kept.kept_file_id != number:
            raise Refusal(NotDone("no_file"))
        await act.take()
        await _send(act, kept, caption)
    return act.case


async def _send(act: Acting, kept: KeptFile, caption: str) -> None:
    conn, case_id, file = act.conn, act.case.case_id, kept.file
    await act.note(FileSaid(file.name, file.size or 0, kept.digest, caption))
    content = file_content(caption, kept.kept_file_id)
    source = await relays.add_from_outside(conn, case_id, FILE, content, act.now, act.agent.telegram_id)
    if not await kept_files.say(conn, kept.kept_file_id, -source[1]):
        raise Refusal(NotDone("no_file"))
    await talk_files.keep(conn, case_id, source, replace(file, caption=caption))
    await assignment.worked(conn, case_id, act.now, answered=True)
