"""Words for slugs that agents read: reasons, outcomes, channels, states of a notice."""

from __future__ import annotations

from bot.rules.case_reasons import CaseReason
from bot.rules.cases.case_outcomes import OUTCOMES
from bot.views.channels import WORDS
from locales import NAMES, Translator, clean, match_language


def reason_words(t: Translator, reason: str) -> str:
    """Why there is a case; an unknown slug of a policy as words."""
    known: dict[str, str] = {
        CaseReason.OVERDUE: t.plain("payment overdue"),
        CaseReason.ASKED: t.plain("asked for a person"),
        CaseReason.UNREACHABLE: t.plain("cannot be reached"),
        CaseReason.NOT_REACHED: t.plain("not reached so far"),
        CaseReason.NO_SIGN_OF_LIFE: t.plain("no response so far"),
        CaseReason.BROKEN_PROMISE: t.plain("promise not kept"),
        CaseReason.DISPUTE: t.plain("says it is not right"),
        CaseReason.DISTRESS: t.plain("may be in danger"),
        CaseReason.HARDSHIP: t.plain("says they cannot pay"),
        CaseReason.WRONG_PERSON: t.plain("perhaps the wrong person"),
    }
    return known.get(reason) or _spelt(reason)


def outcome_words(t: Translator, outcome: str) -> str:
    """How a case was closed."""
    known: dict[str, str] = dict(
        zip(
            OUTCOMES,
            (
                t.plain("paid"),
                t.plain("promised to pay"),
                t.plain("plan agreed"),
                t.plain("disputes it"),
                t.plain("in hardship"),
                t.plain("not reached"),
                t.plain("wrong person"),
                t.plain("something else"),
            ),
            strict=True,
        )
    )
    by_itself = {
        "part_paid": t.plain("paid in part, the rest not owed"),
        "waived": t.plain("waived"),
        "corrected": t.plain("amount corrected"),
        "moved": t.plain("due date moved"),
        "taken_off": t.plain("no longer theirs"),
        "nothing_owed": t.plain("nothing owed any more"),
    }
    return known.get(outcome) or by_itself.get(outcome) or _spelt(outcome)


def notice_state_words(t: Translator, state: str) -> str:
    """The state of a reminder."""
    known = {
        "planned": t.plain("planned"),
        "claimed": t.plain("being sent"),
        "accepted": t.plain("sent"),
        "not_sent": t.plain("not sent"),
    }
    return known.get(state) or _spelt(state)


def notice_reason_words(t: Translator, reason: str) -> str:
    """Why a reminder was not sent, or waits."""
    known = {
        "paid": t.plain("paid meanwhile"),
        "waived": t.plain("waived by the wallet"),
        "corrected": t.plain("amount corrected by the wallet"),
        "taken_off": t.plain("no longer this customer’s"),
        "no_longer_owed": t.plain("no longer owed"),
        "disputed": t.plain("disputed or on hold"),
        "due_date_moved": t.plain("due date has moved"),
        "no_longer_true": t.plain("no longer timely"),
        "nothing_to_tell": t.plain("nothing left to say"),
        "below_minimum": t.plain("too small an amount"),
        "outside_hours": t.plain("waits for sending hours"),
        "hours_ended": t.plain("sending hours were over"),
        "clock_back": t.plain("the clock was wrong"),
        "no_hours": t.plain("no sending hours"),
        "day_cap": t.plain("enough for that day"),
        "week_cap": t.plain("enough for that week"),
        "stopped": t.plain("reminders turned off"),
        "paused": t.plain("reminders pause"),
        "overdue": t.plain("something is overdue"),
        "in_distress": t.plain("may be in danger"),
        "with_person": t.plain("is with a person"),
        "asked_lately": t.plain("was asked not long ago"),
        "survey_over": t.plain("the survey was over"),
        "not_wanted": t.plain("wants fewer reminders"),
        "chosen_hour": t.plain("waits for the hour they chose"),
        "forgotten": t.plain("erased at the customer’s wish"),
        "no_channel": t.plain("no way to reach them"),
        "not_linked": t.plain("not linked to Telegram"),
        "blocked": t.plain("has blocked the bot"),
        "deactivated": t.plain("Telegram account deleted"),
        "cannot_initiate": t.plain("never opened the bot"),
        "chat_not_found": t.plain("chat not found"),
        "in_doubt": t.plain("perhaps arrived"),
        "on_hold": t.plain("disputed or on hold"),
        "no_channel_left": t.plain("no way to reach them"),
        "bounced": t.plain("e-mail came back"),
        "bad_address": t.plain("address cannot be right"),
        "wrong_number": t.plain("the number is somebody else’s"),
        "wrong_person": t.plain("reaches somebody else"),
        "no_address": t.plain("no address"),
        "rejected": t.plain("was not accepted"),
        "deferred": t.plain("waits to be accepted"),
        "claim_lost": t.plain("did not go out"),
        "held_back": t.plain("did not go out"),
        "pack_expired": t.plain("rules of the jurisdiction have expired"),
        "no_encryption": t.plain("the mail server offers no encryption"),
    }
    return known.get(reason) or _spelt(reason)


def channel_words(t: Translator, channel: str) -> str:
    """The name of a message's channel."""
    words = WORDS.get(channel)
    return _spelt(channel) if words is None else words.name(t)


def answer_words(t: Translator, kind: str) -> str:
    """What a customer did."""
    known = {
        "word": t.plain("wrote"),
        "press": t.plain("pressed"),
        "command": t.plain("command"),
        "media": t.plain("sent a picture, voice or file"),
        "forwarded": t.plain("forwarded what somebody else wrote"),
        "blocked": t.plain("blocked the bot"),
        "unblocked": t.plain("let the bot in again"),
        "linked": t.plain("linked Telegram"),
        "unsubscribed": t.plain("turned reminders off"),
    }
    return known.get(kind) or _spelt(kind)


def language_words(t: Translator, language: str | None) -> str:
    """The customer's language, in that language."""
    if not language:
        return t.plain("not known")
    ours = match_language(language)
    return NAMES[ours] if ours else clean(language)[:20]


def _spelt(slug: str) -> str:
    """A slug without words here, made readable."""
    return clean(slug.replace("_", " ").replace("-", " "))[:60] or "–"
