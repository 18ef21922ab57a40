"""Work on customers: linking, activity, settings, their messages."""
