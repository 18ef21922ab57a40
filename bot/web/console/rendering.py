"""Makes pages: Jinja2's templates with a translator, and the files that pages load.

A file's name has a digest of its contents, so that a browser may keep it for ever and has the new one after an update.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from pathlib import PurePosixPath

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from bot.views.lines import clipped
from bot.views.operations.numbers import number
from bot.web.console import static
from bot.work.operations.console_access import PATH
from locales import NAMES, Translator
from locales.languages import LANGUAGES

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
DIGEST_CHARS = 12


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file that pages load."""

    content: bytes
    media_type: str
    url: str


@cache
def static_files() -> Mapping[str, StaticFile]:
    """By the name in the address, which has the digest."""
    found: dict[str, StaticFile] = {}
    for source in files(static).iterdir():
        plain = PurePosixPath(source.name)
        if plain.suffix in TYPES:
            content = source.read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:DIGEST_CHARS]
            name = f"{plain.stem}.{digest}{plain.suffix}"
            found[name] = StaticFile(content, TYPES[plain.suffix], f"{PATH}/static/{name}")
    return found


def static_url(name: str) -> str:
    """The address of a file, such as `console.css`."""
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
    return next(file.url for known, file in static_files().items() if known.startswith(f"{stem}.") and suffix in known)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("bot.web.console", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        auto_reload=False,
    )
    environment.globals.update(
        static=static_url, path=PATH, languages=[(tag, NAMES[tag]) for tag in LANGUAGES], clipped=clipped
    )
    return environment


class Words:
    """A translator for templates: what it says is markup already."""

    def __init__(self, t: Translator) -> None:
        self._t = t

    def __call__(self, message: str, /, **values: object) -> Markup:
        return Markup(self._t(message, **values))  # noqa: S704  the translator escapes values

    def plain(self, message: str, /, **values: object) -> str:
        return self._t.plain(message, **values)

    def plural(self, one: str, many: str, n: int, /, **values: object) -> Markup:
        return Markup(self._t.plural(one, many, n, **values))  # noqa: S704


def markup(text: str) -> Markup:
    """A view's text, which is markup by duebot itself."""
    return Markup(text)  # noqa: S704


def page(t: Translator, template: str, values: Mapping[str, object], status: int = 200) -> HTMLResponse:
    """A page in the translator's language; `values` are what its template names."""
    made = _environment().get_template(template)
    about = {"t": Words(t), "lang": t.language, "tr": t, "markup": markup, "numbers": partial(number, t)}
    return HTMLResponse(made.render({**about, **values}), status)
