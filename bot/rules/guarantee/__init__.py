"""What is decided about the contact guarantee: the guard, its history, the audit."""
