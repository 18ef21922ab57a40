"""What is said about reminders: planning, sending, the last check."""
