"""`python -m locales.extract`: updates the template and the catalogs from the code. It translates nothing."""

from __future__ import annotations

import sys

from locales.catalogs import read_catalog, update
from locales.languages import FOLDER, LANGUAGES


def main() -> int:
    """Updates the files and prints what is still to be translated."""
    update(FOLDER.parent)
    for language in LANGUAGES:
        missing = [m for m in read_catalog(language) if m.id and not all(_strings(m.string))]
        sys.stdout.write(f"{language}: {len(missing)} to translate\n")
    return 0


def _strings(string: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (string,) if isinstance(string, str) else tuple(string)


if __name__ == "__main__":
    sys.exit(main())
