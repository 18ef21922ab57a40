"""What is said about the agents' group: topics, cards, relays, talk."""
