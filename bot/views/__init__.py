"""Views: turn facts into text and buttons, with a translator. Who gets a message, and when, is not decided here."""
