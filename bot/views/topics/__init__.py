"""Texts about the agents' group: topics, cards, relays, talk."""
