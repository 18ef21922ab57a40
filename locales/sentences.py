"""Finds the sentences in Python code and in Jinja2's templates for Babel, with the syntax tree: Babel’s own reader
misses calls inside calls, such as `t("For example: {example}", example=t("…"))`."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from typing import IO

from jinja2 import Environment, nodes

Found = tuple[int, str, tuple[str | None, ...], list[str]]


def sentences(
    source: IO[bytes], keywords: Mapping[str, object], comment_tags: Collection[str], options: Mapping[str, object]
) -> Iterator[Found]:
    """Each call of one of the `keywords`, found by its name alone, with its texts (a Babel extraction method).

    Raises ValueError if the first argument is not a literal text: a text that is built at run time cannot be
    translated.
    """
    for node in ast.walk(ast.parse(source.read())):
        if isinstance(node, ast.Call) and node.args and _name(node.func) in keywords:
            texts = tuple(_text(argument) for argument in node.args)
            if texts[0] is None:
                file = getattr(source, "name", "the code")
                raise ValueError(
                    f"{file}:{node.lineno}: {_name(node.func)}() takes a text written out, to be translated"
                )
            yield node.lineno, _name(node.func), texts, []


def templates(
    source: IO[bytes], keywords: Mapping[str, object], comment_tags: Collection[str], options: Mapping[str, object]
) -> Iterator[Found]:
    """The same of a template, where they are calls as well: `{{ t("…") }}`, `{{ t.plural("…", "…", n) }}`."""
    for call in Environment(autoescape=True).parse(source.read().decode("utf-8")).find_all(nodes.Call):
        name = call.node.attr if isinstance(call.node, nodes.Getattr) else getattr(call.node, "name", "")
        if name not in keywords or not call.args:
            continue
        texts = tuple(
            each.value if isinstance(each, nodes.Const) and isinstance(each.value, str) else None for each in call.args
        )
        if texts[0] is None:
            raise ValueError(f"a template, line {call.lineno}: {name}() takes a text written out, to be translated")
        yield call.lineno, name, texts, []


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _text(argument: ast.expr) -> str | None:
    """The text of a literal; adjacent pieces are joined. None for anything else."""
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    return None
