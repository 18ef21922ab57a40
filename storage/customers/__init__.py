"""What is stored about customers: linking, activity, settings, what they write."""
