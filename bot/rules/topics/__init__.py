"""What is decided about the agents' group: topics, cards, relays, talk."""
