"""What is done about customers: linking, activity, settings, what they write."""
