"""The reasons of cases that a customer's own words open (contract, section 7)."""

from __future__ import annotations

from bot.rules.policy import desk_terms

ASKED = "asked"
DISTRESS = desk_terms.DISTRESS
HARDSHIP = "hardship"
WRONG_PERSON = "wrong_person"
