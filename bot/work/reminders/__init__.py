"""Work on reminders: planning, sending, the last check."""
