"""What is done about the contact guarantee: the guard, its history, the audit."""
