"""What is stored about the contact guarantee: the guard, its history, the audit."""
