"""Rules of the contact guarantee: the guard, its history, the audit."""
