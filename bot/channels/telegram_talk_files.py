"""Files in messages: which one a message has, how one is sent that did not come from Telegram, and shown once more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from telegram import InputFile
from telegram import Message as Sent
from telegram.ext import ExtBot

from bot.channels import Accepted, Outcome, Refused
from bot.channels.rate_limiter import Priority
from bot.channels.telegram_calls import answering, in_thread, number_of, outcome
from bot.message import Message
from bot.rules.cases.talk_files import SentFile

WRITTEN_WITHIN_S = 60.0  # of 20 MB: 3 Mbit/s
FILES = ("photo", "animation", "video", "audio", "document", "voice", "video_note", "sticker")  # an animation is both
MOST_NAME = 200


def file_of(message: Sent) -> SentFile | None:
    """The file that a message has, a photo in its largest size; None if it has none."""
    for kind in FILES:
        if media := getattr(message, kind):
            file = media[-1] if isinstance(media, tuple) else media
            name, media_type = getattr(file, "file_name", None) or "", getattr(file, "mime_type", None) or ""
            about = (name[:MOST_NAME], media_type[:MOST_NAME], file.file_size)
            return SentFile(kind, file.file_id, *about, message.caption or "")
    return None


Where = tuple[int, int | None, int | None]
"""A chat, its topic if it has topics, and the message to reply to, if any."""


@dataclass(frozen=True, slots=True)
class FileAccepted(Accepted):
    """Telegram has the file; `file` says how to fetch it there. Where its answer does not say how, it is `Accepted`."""

    file: SentFile


async def send_file(
    bot: ExtBot[Priority], file: SentFile, content: bytes, where: Where, *, priority: Priority = Priority.INTERACTIVE
) -> Outcome:
    """Sends a file with its caption, which is not read as markup. A picture that Telegram does not take as a photo,
    because of its shape, goes as a document."""
    said = await _sent(bot, file.kind, file, content, where, priority)
    if isinstance(said, Refused) and file.kind == "photo" and said.for_good and not said.address_lost:
        return await _sent(bot, "document", file, content, where, priority)
    return said


async def _sent(
    bot: ExtBot[Priority], kind: str, file: SentFile, content: bytes, where: Where, priority: Priority
) -> Outcome:
    arrived: list[SentFile] = []

    def reference(sent: Sent) -> str:
        if (there := file_of(sent)) is not None:
            arrived.append(there)
        return number_of(sent)

    about: dict[str, Any] = {
        "caption": file.caption or None,
        "parse_mode": None,
        "message_thread_id": in_thread(where[1]),
        "reply_parameters": answering(where[2]),
        "write_timeout": WRITTEN_WITHIN_S,
        "rate_limit_args": priority,
    }
    if kind == "document":
        about |= {"disable_content_type_detection": True}  # a WebP would become a sticker
    send = bot.send_photo if kind == "photo" else bot.send_document
    said = await outcome(where[0], send(where[0], InputFile(content, filename=file.name), **about), reference)
    return FileAccepted(said.reference, arrived[0]) if isinstance(said, Accepted) and arrived else said


async def show_file(
    bot: ExtBot[Priority], file: SentFile, caption: Message, where: Where, priority: Priority
) -> Outcome:
    """Shows a file that Telegram has, with a caption of our own."""
    send = bot.send_photo if file.kind == "photo" else bot.send_document
    call = send(
        where[0],
        file.file_id,
        caption=caption.text,
        message_thread_id=in_thread(where[1]),
        reply_parameters=answering(where[2]),
        rate_limit_args=priority,
    )
    return await outcome(where[0], call, number_of)
