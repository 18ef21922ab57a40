"""What is decided about reminders: planning, sending, the last check."""
