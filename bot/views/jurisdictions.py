"""What a pack's jurisdiction is called within a sentence."""

from __future__ import annotations

from locales import Translator


def place_name(t: Translator, pack: str, jurisdiction: str) -> str:
    """The jurisdiction of a pack; in the pack's own words if it did not come with duebot."""
    known = {
        "cn": t.plain("mainland China"),
        "hk": t.plain("Hong Kong"),
        "sg": t.plain("Singapore"),
        "uk": t.plain("the United Kingdom"),
        "us": t.plain("the United States"),
    }
    return known.get(pack, jurisdiction)
