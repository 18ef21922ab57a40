"""What an agent is asked about before it is sent: one file for each language."""
