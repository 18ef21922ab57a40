"""The sides of the program, each its own object: the bot, the sender, and the web side, which is in `bot.web`.

A role has one of them, or all. `bot.app` builds the sides of its role, starts and stops them. They do not know each
other, and pass work on through the database.
"""
