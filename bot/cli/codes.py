"""The exit codes of commands."""

NOT_SO, WRONG_USE = 1, 2  # what was asked does not hold; it was asked wrongly
