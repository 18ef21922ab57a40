"""Decisions: pure functions of their arguments, dates included. No I/O; imports nothing else of ours."""
