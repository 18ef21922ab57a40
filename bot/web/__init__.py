"""The HTTP side: Telegram's webhook, health, metrics."""
