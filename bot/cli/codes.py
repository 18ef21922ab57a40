"""The exit codes of commands."""

NOT_SO, WRONG_USE = 1, 2  # the answer is no, or it failed; the command was used wrongly
