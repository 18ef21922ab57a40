"""Benchmarks of duebot, as ratios within one run: `python -m benchmarks NAME`. No test depends on a time measured
here."""
