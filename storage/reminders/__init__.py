"""What is stored about reminders: planning, sending, the last check."""
