"""Phone numbers: E.164 numbers from what wallets and Telegram write, and the older national forms of the same line."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import accumulate

import phonenumbers

MAX_TEXT = 40
FILLERS = re.compile(r"[\s().\-/‐-―−\u200b-\u200f\u202a-\u202e\u2060-\u2069]|\(0\)")
WRITTEN = re.compile(r"\+[0-9]{4,17}")
USUAL = re.compile(r"\+[1-9][0-9]{4,16}")
_NOTHING = "(?!)"  # a pattern that no text matches

# Country code: the old form of a mobile number before its country changed it, and the new form.
OLD_FORMS = {
    52: (re.compile(r"(?:0?1|04[45])([0-9]{10})"), r"\1"),  # Mexico, 2019: 1, 01, 044 and 045 were dropped
    55: (re.compile(r"([1-9][0-9])([6-9][0-9]{7})"), r"\g<1>9\2"),  # Brazil, 2012 to 2016: a 9 before eight digits
    229: (re.compile(r"([0-9]{8})"), r"01\1"),  # Benin, 2024
}
ARGENTINA = 54  # mobile lines have a 9 after it from abroad, and a 15 after the area code at home


def normalised(text: str) -> str | None:
    """`text` as E.164, or None if it is not a possible number with its country code.

    Spaces, hyphens, brackets, full-width digits and 00 for the plus are understood; a number without its country is
    not.
    """
    if len(text) > MAX_TEXT:
        return None
    if _is_e164(text):
        return text
    digits = (str(unicodedata.decimal(c)) if c.isdecimal() else c for c in unicodedata.normalize("NFKC", text))
    plain = FILLERS.sub("", "".join(digits).replace("(0)", ""))
    if plain.startswith("00"):
        plain = f"+{plain[2:]}"
    number = _parsed(plain)
    if number is None:
        return None
    number = _in_todays_form(number, plain)
    return _e164(number) if phonenumbers.is_possible_number(number) else None


def of_contact(phone: str) -> str | None:
    """The number of a contact from Telegram: it has its country code, with or without the plus."""
    return normalised(phone if phone.startswith(("+", "00")) else f"+{phone}")


def written_forms(phone: str) -> tuple[str, ...]:
    """The E.164 number `phone`, and the other forms a wallet may have for that line: Argentina's with and without the
    9."""
    country = f"+{ARGENTINA}"
    if not phone.startswith(country):
        return (phone,)
    national = phone.removeprefix(country)
    if len(national) == 11 and national.startswith("9"):
        return (phone, f"{country}{national[1:]}")
    return (phone, f"{country}9{national}") if len(national) == 10 else (phone,)


def country_of(phone: str) -> str | None:
    """The country (ISO 3166) of an E.164 number; None if it belongs to none, as that of a ship does."""
    number = _parsed(phone)
    country = None if number is None else phonenumbers.region_code_for_number(number)
    return country if country is not None and len(country) == 2 and country.isalpha() else None


def _is_e164(text: str) -> bool:
    """Whether it is an E.164 number just as the library would write it, found without parsing, as most numbers can be:
    where nothing of the number is a prefix, only its length decides whether it is possible."""
    if not USUAL.fullmatch(text):
        return False
    country = _country_code(text[1:4])
    national = text[1 + len(str(country)) :]
    return bool(country) and not _prefix(country).match(national) and _is_possible(country, len(national))


@cache  # of three digits
def _country_code(beginning: str) -> int:
    """The country code with which a number begins; 0 if it is none."""
    codes = map(int, accumulate(beginning))
    return next((code for code in codes if code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), 0)


@cache
def _prefix(country: int) -> re.Pattern[str]:
    """What a national number of this country begins with if there is more to think about."""
    if country in (ARGENTINA, *OLD_FORMS):
        return re.compile("")
    region = phonenumbers.region_code_for_country_code(country)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(country, region)
    prefix = metadata and metadata.national_prefix_for_parsing
    return re.compile(prefix or _NOTHING)


@cache
def _is_possible(country: int, length: int) -> bool:
    number = phonenumbers.PhoneNumber(country_code=country, national_number=10 ** (length - 1))
    return bool(phonenumbers.is_possible_number(number))


def _parsed(plain: str) -> phonenumbers.PhoneNumber | None:
    if not WRITTEN.fullmatch(plain):
        return None
    try:
        return phonenumbers.parse(plain)
    except phonenumbers.NumberParseException:
        return None


def _in_todays_form(number: phonenumbers.PhoneNumber, plain: str) -> phonenumbers.PhoneNumber:
    """The number itself, unless it is no longer valid and its older form can be converted."""
    country = number.country_code
    if country not in (ARGENTINA, *OLD_FORMS) or phonenumbers.is_valid_number(number):
        return number
    national = plain.removeprefix(f"+{country}")
    if country == ARGENTINA and national.startswith("9"):
        return _argentine_mobile(national[1:]) or number
    if country in OLD_FORMS:
        old, today = OLD_FORMS[country]
        found = old.fullmatch(national)
        newer = _parsed(f"+{country}{found.expand(today)}") if found else None
        if newer is not None and phonenumbers.is_possible_number(newer):
            return newer
    return number


def _argentine_mobile(national: str) -> phonenumbers.PhoneNumber | None:
    """A number that has both the 9 from abroad and the 0 or 15 used at home."""
    number = _parsed(f"+{ARGENTINA}{national}")
    if number is None or not phonenumbers.is_possible_number(number):
        return None
    digits = phonenumbers.national_significant_number(number)
    return number if digits.startswith("9") else _parsed(f"+{ARGENTINA}9{digits}")


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
