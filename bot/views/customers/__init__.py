"""What is said about customers: linking, activity, settings, what they write."""
