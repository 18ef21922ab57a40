"""Rules of reminders: planning, sending, the last check."""
