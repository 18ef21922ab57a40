"""What is done about the agents' group: topics, cards, relays, talk."""
