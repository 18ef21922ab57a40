"""Work on the running process: engine, inbox, write-retry, rate limits, parts."""
