"""Texts about customers: linking, activity, settings, their messages."""
