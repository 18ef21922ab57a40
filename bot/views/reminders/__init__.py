"""Texts about reminders: planning, sending, the last check."""
