"""What is done about the running process: engine, inbox, write-retry, rate limits, parts."""
