"""Texts about cases: queue, urgency, assignment, deadlines, casework, canned replies, ratings, disclosure."""
