"""Work on the agents' group: topics, cards, relays, talk."""
