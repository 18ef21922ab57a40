"""What is done about reminders: planning, sending, the last check."""
