"""Texts about agreements: promises, plans, disputes, holds, call-backs, and their outcomes."""
