"""What is decided about the running process: engine, inbox, write-retry, rate limits, parts."""
