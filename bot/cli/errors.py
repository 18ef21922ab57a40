"""What a command says about an error: one line with what is wrong, where, and how to fix it.

A database error never shows its statement, a value, or a link to other documentation.
"""

from __future__ import annotations

from bot.cli.codes import NOT_SO, WRONG_USE


def error_line(error: Exception) -> tuple[str, int] | None:
    """The line and the exit code; None for a bug of the program, which is shown in full, and for a closed output
    pipe."""
    if isinstance(error, BrokenPipeError):
        return None
    if (told := _wrong_use(error)) is not None:
        return told, WRONG_USE
    if (told := _does_not_work(error)) is not None:
        return told, NOT_SO
    return None


def _wrong_use(error: Exception) -> str | None:
    """The text for a setting or a policy that cannot be used."""
    # Before SQLAlchemy is loaded, which none of these errors needs.
    from bot.policies import PolicyNotFound
    from bot.rules.customers.lesson_file import LessonsFaulty
    from bot.rules.customers.phrases import PhrasesFaulty
    from bot.rules.policy.policy import PolicyFaulty
    from bot.rules.topics.forbidden_phrases import GuardWordsFaulty
    from bot.settings import WrongSettings

    if isinstance(error, WrongSettings | PolicyFaulty):
        return str(error)
    if isinstance(error, PolicyNotFound):
        return f"DUEBOT_POLICY: {error}"
    if isinstance(error, PhrasesFaulty):
        return "\n".join(f"DUEBOT_PHRASES: {fault}" for fault in error.faults)
    if isinstance(error, GuardWordsFaulty):
        return "\n".join(f"DUEBOT_GUARD_WORDS: {fault}" for fault in error.faults)
    if isinstance(error, LessonsFaulty):
        return "\n".join(f"DUEBOT_LEARN: {fault}" for fault in error.faults)
    from storage.runtime.engine import NotADatabase
    from storage.runtime.migrate import DatabaseIsBehind
    from storage.runtime.pooling import PooledByTransaction

    if isinstance(error, DatabaseIsBehind | PooledByTransaction):
        return str(error)
    return f"DUEBOT_DATABASE_URL: {error}" if isinstance(error, NotADatabase) else None


def _does_not_work(error: Exception) -> str | None:
    """The text for a database, an address or a Telegram that does not work."""
    from bot.web import AddressTaken
    from storage.runtime.migrate import DatabaseIsNewer

    if isinstance(error, DatabaseIsNewer | AddressTaken):
        return str(error)
    from storage.runtime.run_lock import AlreadyRuns

    if isinstance(error, AlreadyRuns):
        return f"DUEBOT_DATABASE_URL: {error}"
    if (told := _database_words(error)) is not None:
        return f"DUEBOT_DATABASE_URL: {told}"
    from telegram.error import TelegramError

    return f"Telegram: {error.message}" if isinstance(error, TelegramError) else None


def _database_words(error: Exception) -> str | None:
    from bot.settings import load_settings
    from bot.work.operations.database_words import words_of
    from storage.runtime.engine import Database

    return words_of(Database(load_settings().database_url.get_secret_value()), error)
