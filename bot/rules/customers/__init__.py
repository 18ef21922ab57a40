"""What is decided about customers: linking, activity, settings, what they write."""
