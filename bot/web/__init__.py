"""The HTTP side: Telegram's webhook, ending reminders from a mail, health, metrics."""


class AddressTaken(OSError):
    """DUEBOT_LISTEN cannot be listened at."""
