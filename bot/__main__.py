"""`python -m bot` is `duebot`."""

from bot.cli import main

main()
