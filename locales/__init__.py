"""The languages of messages: choosing one, catalogs, and CLDR's formats. The messages themselves are in `bot.views`."""

from locales.languages import LANGUAGES, NAMES, match_language
from locales.translator import Html, Translator, clean, escape, translator

__all__ = ["LANGUAGES", "NAMES", "Html", "Translator", "clean", "escape", "match_language", "translator"]
