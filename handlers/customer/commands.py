"""What customers can say and press, by name: a command is registered here, and its plain words do the same."""

from __future__ import annotations

from handlers.customer import (
    calling_back,
    disputing,
    language,
    linking,
    money,
    paying,
    person,
    planning,
    promising,
    rating,
    settings,
    start,
    stopping,
)
from handlers.customer.speaking import Handler

COMMANDS: dict[str, Handler] = {
    "start": start.start,
    "help": start.show_help,
    "balance": money.balance,
    "due": money.due,
    "pay": paying.pay,
    "promise": promising.ask,
    "plan": planning.show,
    "dispute": disputing.ask,
    "agent": person.call,
    "policy": settings.show_policy,
    "settings": settings.show,
    "language": language.ask,
    "privacy": settings.show_privacy,
    "stop": stopping.stop,
}

PRESSES: dict[str, Handler] = {
    r"balance": money.balance,
    r"due": money.due,
    r"pay": paying.pay,
    r"promise": promising.ask,
    r"promise:(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})": promising.choose,
    r"promise:cancel": promising.cancel,
    r"plan": planning.show,
    r"plan:(?P<answer>yes|no):(?P<plan>[0-9]{1,15})": planning.decide,
    r"call": calling_back.ask,
    r"call:(?P<at>[0-9]{8}T[0-9]{4})": calling_back.choose,
    r"call:no": calling_back.cancel,
    r"dispute": disputing.ask,
    r"dispute:(?P<key>[0-9a-f]{16})": disputing.choose,
    r"policy": settings.show_policy,
    r"settings": settings.show,
    r"privacy": settings.show_privacy,
    r"help": start.show_help,
    r"language": language.ask,
    r"language:(?P<language>[A-Za-z-]+)": language.choose,
    r"agent": person.call,
    r"rate:(?P<case>[0-9]{1,15}):(?P<score>[1-5])": rating.rate,
    r"stop": stopping.stop,
    r"resume": stopping.resume,
    r"link:(?P<answer>yes|no):(?P<request>[0-9]{1,15})": linking.answer_question,
    r"notme:(?P<link>[0-9]{1,15})": linking.not_mine,
    r"notme:yes:(?P<link>[0-9]{1,15})": linking.not_mine_yes,
    r"notme:no": linking.not_mine_no,
}
