"""The HTTP side: Telegram's webhook, ending reminders from a mail, health, metrics."""


class AddressTaken(OSError):
    """The address in DUEBOT_LISTEN cannot be used."""
