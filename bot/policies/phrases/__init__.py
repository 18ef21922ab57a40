"""What customers write, by intent: one file for each language."""
