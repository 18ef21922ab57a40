"""What is decided: pure functions of their arguments, dates included. No I/O, nothing of ours imported."""
