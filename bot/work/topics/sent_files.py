"""Files that agents send from outside Telegram, on their way: from the database to the customer, and into the topic."""

from __future__ import annotations

import json
from dataclasses import replace

from bot.channels import Accepted, Outcome, Refused
from bot.channels.telegram_relay import Place, Relaying, text_content
from bot.channels.telegram_talk_files import FileAccepted
from storage.cases import cases
from storage.runtime.engine import Connection, Database
from storage.topics import kept_files, talk_files
from storage.topics.relays import Relay

FILE = "file"
"""The kind of a relay that is such a file."""


def file_content(caption: str, kept_file_id: int) -> str:
    """What such a relay has: a caption as other relays have their words, and the number of the file."""
    return json.dumps({**json.loads(text_content(caption)), "kept_file": kept_file_id}, ensure_ascii=False)


def _number(relay: Relay) -> int:
    return int(json.loads(relay.content)["kept_file"])


async def send_kept(db: Database, relaying: Relaying, relay: Relay, target: Place) -> Outcome:
    """Sends the file; if it is not here any more, the customer was forgotten."""
    async with relaying.few_files:
        async with db.read() as conn:
            kept = await kept_files.by_number(conn, _number(relay))
            content = await kept_files.content(conn, _number(relay)) if kept is not None else b""
        if kept is None:
            return Refused(True, "file_gone")
        file = replace(kept.file, caption=json.loads(relay.content)["text"])
        return await relaying.send_file(file, content, target)


async def end_kept(conn: Connection, relay: Relay, accepted: Accepted | None) -> None:
    """What became of it is known, so it is kept here no longer; the topic is shown the file, or told of it."""
    if isinstance(accepted, FileAccepted):
        await talk_files.arrived(conn, (relay.source_chat, relay.source_message), accepted.file)
    await kept_files.drop(conn, _number(relay))
    await cases.tell_event(conn, -relay.source_message)
