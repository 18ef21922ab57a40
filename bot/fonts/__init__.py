"""The font that charts are drawn with, so that a machine without fonts draws Chinese labels too."""

from __future__ import annotations

from importlib.resources import as_file, files

FAMILY = "Noto Sans SC"
FILE = "NotoSansSC-subset.ttf"


def font_path() -> str:
    """The path of the font's file. The program is installed as files, never as an archive."""
    with as_file(files(__name__).joinpath(FILE)) as path:
        return str(path)
