"""duebot: reminders, answers and the desk of a digital wallet."""

from bot.unused_libraries import leave_unloaded

leave_unloaded()  # before anything is imported that would load them
