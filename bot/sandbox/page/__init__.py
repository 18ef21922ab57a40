"""The page's own files (HTML, CSS, JavaScript), served as they are; no build step, nothing from outside."""

from pathlib import Path

FOLDER = Path(__file__).parent
