"""Rules of customers: linking, activity, settings, their messages."""
