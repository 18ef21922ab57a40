"""What is said: from facts to text and buttons, given a translator. Who hears it, and when, is not decided here."""
