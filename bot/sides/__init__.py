"""The sides of the program, each an object of its own: the bot, the sender, and the web side, which is in `bot.web`.

A role has one of them, or all. `bot.app` builds those of its role, starts them and ends them; they do not know each
other, and leave each other work in the database.
"""
