"""Rules of the agents' group: topics, cards, relays, talk."""
