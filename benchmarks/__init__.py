"""How fast duebot is, as ratios within one run: `python -m benchmarks NAME`. No test depends on any time in here."""
