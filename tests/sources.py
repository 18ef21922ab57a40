"""The program's and the tests' own sources, for tests that read them."""

from __future__ import annotations

import ast
import gc


def parsed(source: str) -> ast.Module:
    """CPython 3.11 fails with "AST constructor recursion depth mismatch" if garbage is collected while it parses, and
    that ends something."""
    gc.disable()
    try:
        return ast.parse(source)
    finally:
        gc.enable()
