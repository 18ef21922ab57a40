"""A local Telegram: speaks the Bot API over HTTP to the bot and shows people's phones on a page.

For the demo and for tests; the bot under it is the same program as in production. Not for anything with real people.
"""

from bot.sandbox.demo import Action, Bill, Demo, Guide, Point, Step, Text, Till, Told, ToldEvents
from bot.sandbox.faults import Faults, Limits
from bot.sandbox.groups import Group, Topic
from bot.sandbox.messages import Message
from bot.sandbox.people import Person
from bot.sandbox.server import serve
from bot.sandbox.state import LocalTelegram, Request

__all__ = [
    "Action",
    "Bill",
    "Demo",
    "Faults",
    "Group",
    "Guide",
    "Limits",
    "LocalTelegram",
    "Message",
    "Person",
    "Point",
    "Request",
    "Step",
    "Text",
    "Till",
    "Told",
    "ToldEvents",
    "Topic",
    "serve",
]
