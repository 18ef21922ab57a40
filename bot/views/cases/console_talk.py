"""The talk of a case on its page in the console: messages, notes, events and files, line by line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from bot.rules.cases import case_events as events
from bot.rules.cases.case import CaseCard
from bot.rules.cases.case_thread import CaseThread, Line
from bot.rules.cases.talk_files import TalkFile, media_type_of
from bot.rules.policy.sending_hours import zones
from bot.views.cases.desk_words import answer_words, channel_words, notice_reason_words
from bot.views.cases.event_lines import event_line
from bot.views.cases.presses import press_words
from bot.views.lines import clipped
from locales import Html, Translator, escape

MOST_BRIEF = 90  # characters of a message by the bot that are shown at first


@dataclass(frozen=True, slots=True)
class FileView:
    """A file of a line. `shows_as` is img, audio or video, empty for what can only be saved; `is_there` if it can be
    fetched from Telegram."""

    talk_file_id: int
    what: str
    name: str
    size: str
    shows_as: str
    is_there: bool = True


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of the talk. `side` is customer, agent, bot, note or event; `text` is markup; `about` says how and
    through what it went; `is_failed` that it did not arrive. Of the bot's own messages `brief` is the beginning."""

    side: str
    day: str  # where a new day begins, else empty
    when: str
    who: str
    text: Html
    about: str
    is_failed: bool = False
    is_waiting: bool = False
    brief: str = ""
    files: tuple[FileView, ...] = ()


def lines(t: Translator, seen: CaseThread, zone: ZoneInfo) -> list[LineView]:
    shown: list[LineView] = []
    last: date | None = None
    for line in seen.lines:
        day = line.at.astimezone(zone).date()
        heading, last = (t.day(day) if day != last else ""), day
        shown.append(_line(t, line, seen.card, zone, heading))
    return shown


def _line(t: Translator, line: Line, card: CaseCard, zone: ZoneInfo, day: str) -> LineView:
    return replace(_said(t, line, card, zone, day), files=tuple(_file(t, one) for one in line.files))


def _file(t: Translator, one: TalkFile) -> FileView:
    known = {
        "photo": t.plain("Picture"),
        "voice": t.plain("Voice message"),
        "audio": t.plain("Sound"),
        "video": t.plain("Video"),
        "animation": t.plain("Video"),
        "video_note": t.plain("Video"),
        "sticker": t.plain("Sticker"),
    }
    media = media_type_of(one.file).partition("/")[0]
    shows_as = {"image": "img", "audio": "audio", "video": "video"}.get(media, "")
    what = known.get(one.file.kind) or t.plain("File")
    size = file_size(t, one.file.size) if one.file.size else ""
    is_there = bool(one.file.file_id)
    name = clipped(one.file.name, MOST_BRIEF)
    return FileView(one.talk_file_id, what, name, size, shows_as if is_there else "", is_there)


def file_size(t: Translator, size: int) -> str:
    if size < 1_000_000:
        return t.plain("{n} KB", n=max(1, round(size / 1000)))
    return t.plain("{n} MB", n=round(size / 1_000_000, 1))


def _said(t: Translator, line: Line, card: CaseCard, zone: ZoneInfo, day: str) -> LineView:
    when = t.clock(line.at, zone)
    if line.event is not None:
        if isinstance(line.event, events.Note):
            return LineView("note", day, when, line.name, escape_lines(line.event.text), t.plain("note, stays inside"))
        return LineView("event", day, when, line.name, _happened(t, line, card, zone), "")
    if line.side == "customer":
        name = card.facts.customer.name or card.case.customer_id
        return LineView("customer", day, when, name, _their_words(t, line), _through(t, line))
    who = line.name or (t.plain("Agent") if line.side == "agent" else t.plain("Bot"))
    body = line.body or "\n".join(one.file.caption for one in line.files if one.file.caption)
    unknown = Html("") if line.files else escape(t.plain("(words that were not kept)"))
    text = escape_lines(body) if body else unknown
    about, failed = _outcome(t, line)
    brief = " · ".join(part for part in (line.body or "").splitlines() if part.strip()) if line.side == "bot" else ""
    coming = line.state in ("waiting", "attempted")
    return LineView(line.side, day, when, who, text, about, failed, coming, clipped(brief, MOST_BRIEF))


def _their_words(t: Translator, line: Line) -> Html:
    """What the customer wrote, or what they did instead."""
    if line.body and (line.kind == "word" or line.files):
        return escape_lines(line.body)
    if line.files:
        return Html("")
    did = answer_words(t, line.kind)
    if line.kind == "press":
        pressed = press_words(t, line.body or "")
        return t("<i>{did}: {what}</i>", did=did, what=pressed) if pressed else t("<i>pressed a button</i>")
    if line.body and line.kind != "linked":
        return t("<i>{did}: {what}</i>", did=did, what=line.body)
    return t("<i>{did}</i>", did=did)


def _through(t: Translator, line: Line) -> str:
    return "" if line.channel == "telegram" else channel_words(t, line.channel)


def _outcome(t: Translator, line: Line) -> tuple[str, bool]:
    """How a message went, and whether it failed."""
    channel = channel_words(t, line.channel)
    if line.state == "waiting":
        return t.plain("on its way"), False
    if line.state == "refused":
        why = notice_reason_words(t, line.reason) if line.reason else ""
        failed = t.plain("did not arrive ({why})", why=why) if why else t.plain("did not arrive")
        return f"{channel} · {failed}", True
    if line.state == "attempted":
        return f"{channel} · {t.plain('being sent')}", False
    return channel, False


def _happened(t: Translator, line: Line, card: CaseCard, zone: ZoneInfo) -> Html:
    """What happened, as a sentence; the time until which a case rests is on the customer's clock, as in its form."""
    if isinstance(line.event, events.Snoozed):
        return Html(event_line(t, line.event, line.name, zone=zones(card.facts.customer.zone)[0]).text)
    return event_words(t, line, zone)


def event_words(t: Translator, line: Line, zone: ZoneInfo) -> Html:
    """What happened, as a sentence; times are on the page's clock, which is in `zone`."""
    assert line.event is not None, "a line of an event has one"
    if line.event.kind == events.Revealed.kind:  # a topic is told only of what was shown outside it
        return t("{name} asked for phone and e-mail.", name=line.name or t.plain("An agent"))
    if isinstance(line.event, events.Snoozed):
        return t("This case rests until {when}.", when=t.moment(line.event.until, zone))
    return Html(event_line(t, line.event, line.name).text)


def escape_lines(text: str) -> Html:
    """Somebody's words with their line breaks."""
    return Html("\n".join(escape(line) for line in text.splitlines()))
