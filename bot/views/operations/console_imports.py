"""What the console says of imports of files."""

from __future__ import annotations

from collections.abc import Mapping

from bot.views.lines import clipped
from locales import Html, Translator


def kind_words(t: Translator) -> Mapping[str, str]:
    """The four kinds of files."""
    return {
        "customers": t.plain("customers"),
        "accounts": t.plain("accounts"),
        "instalments": t.plain("instalments"),
        "payments": t.plain("payments"),
    }


def imported(t: Translator, name: str, rows: int, refused: int) -> Html:
    """A file from a browser was imported."""
    went_in = t.plural("{name}: {n} row was read.", "{name}: {n} rows were read.", rows, name=clipped(name, 60))
    if not refused:
        return t.sentences(went_in, t("All of them are in."))
    return t.sentences(
        went_in,
        t.plural("{n} was refused, in whole or in part.", "{n} were refused, in whole or in part.", refused),
    )


def not_imported(t: Translator, name: str, error: str) -> Html:
    """`error` is in English, as operators read it."""
    return t("{name} was not imported: {error}", name=clipped(name, 60), error=clipped(error, 300))


def too_large(t: Translator, megabytes: int) -> Html:
    return t("This file has more than {n} MB. Please have an operator import it with “duebot import”.", n=megabytes)


def nothing_given(t: Translator) -> Html:
    return t("There was nothing to import. Please choose a file, or paste its rows.")
