"""What is stored about the agents' group: topics, cards, relays, talk."""
