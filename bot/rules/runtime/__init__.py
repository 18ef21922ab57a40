"""Rules of the running process: engine, inbox, write-retry, rate limits, parts."""
