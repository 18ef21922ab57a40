"""Messages about what was and what comes: a customer's own history."""
