"""What the import rules cannot say of the house: how large its files are, who speaks HTTP."""

from __future__ import annotations

import ast
import tomllib
from functools import cache
from pathlib import Path

import httpx
import pytest
from _pytest.mark import KeywordMatcher
from _pytest.mark.expression import Expression

from bot.channels.rate_limiter import RateLimiter
from bot.channels.telegram import build_bot
from tests.sources import parsed

ROOT = Path(__file__).parents[1]
PROGRAM = [path for room in ("bot", "handlers", "locales", "storage") for path in sorted((ROOT / room).rglob("*.py"))]
ALL = PROGRAM + [path for room in ("benchmarks", "docs", "tests") for path in sorted((ROOT / room).rglob("*.py"))]
MOST_LINES = 400


@cache
def text_of(path: Path) -> str:
    return path.read_text("utf-8")


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(parsed(text_of(path))))


def files_with(*words: str) -> list[Path]:
    """The program's files that have all these words somewhere: only these are parsed, as all take over a second."""
    return [path for path in PROGRAM if all(word in text_of(path) for word in words)]


def test_no_file_is_too_long_to_be_read() -> None:
    long = {str(path.relative_to(ROOT)): text_of(path).count("\n") for path in ALL}
    assert {name: lines for name, lines in long.items() if lines > MOST_LINES} == {}


# --- Statements have SQLAlchemy's types ------------------------------------------------------------------------------

ANY_INDEED = {
    "storage/runtime/customer_sets.py",  # what the compiler hands to a construct of our own
    "storage/runtime/partial_index_types.py",  # what a column is compared with may be anything
    "storage/runtime/sqlite_trips.py",  # functions of the driver and of SQLAlchemy's dialect, done in fewer steps
    "storage/runtime/program_state.py",  # one of several columns, each of its own type
}


def test_no_function_of_the_storage_takes_or_gives_just_anything() -> None:
    loose = {
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in files_with("Any")
        if path.is_relative_to(ROOT / "storage") and str(path.relative_to(ROOT)) not in ANY_INDEED
        for node in nodes_of(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for said in (node.returns, *(each.annotation for each in (*node.args.args, *node.args.kwonlyargs)))
        if isinstance(said, ast.Name) and said.id == "Any"
    }
    assert not {name for name in loose if "migrations" not in name and not name.endswith("_never_make")}


# --- `Any` outside the storage ---------------------------------------------------------------------------------------

# Where a value may be anything, and why. All else has its type; `object` is for what is only passed on or printed.
OTHERS_PAYLOADS = {
    "bot/sandbox": "what a program sends to the local Telegram, right or wrong, and the JSON that it answers with",
    "bot/channels": "the JSON of the Bot API, and the arguments of the library's calls, which the limiter passes on",
    "bot/work/runtime": "updates of Telegram as JSON, before anybody has parsed them",
    "handlers/context.py": "the same",
    "bot/work/facts": "cells of the wallet's files by column; the column says which type (`import_values`)",
    "bot/rules/toml_lines.py": "TOML that somebody wrote; each reader checks what it takes",
    "bot/rules/customers/helplines.py": "the same",
    "bot/settings.py": "fields that pydantic checks, and its errors",
    "bot/rules/cases/event_base.py": "pydantic's adapter of whichever event",
    "bot/views/agreements/agreement_events.py": "a table of functions, each for its own class of event",
    "bot/views/agreements/agent_disputes.py": "the same",
    "bot/logs.py": "structlog's events: whatever was logged",
    "bot/rounds.py": "APScheduler, which has no types",
    "bot/setting_urls.py": "Apprise, which has no types",
    "bot/web/api": "FastAPI's routes and pydantic's models, which are made from the listings",
    "bot/web/lazy_routes.py": "what FastAPI's routers and routes take, passed on",
    "bot/web/connections.py": "arguments of uvicorn's protocol, passed on",
    "bot/web/server.py": "a list of uvicorn's that holds our acceptor instead of its servers",
}


def test_only_what_others_send_or_say_may_be_anything() -> None:
    anything = {
        str(path.relative_to(ROOT))
        for path in files_with("Any")
        if not path.is_relative_to(ROOT / "storage")
        and any(isinstance(node, ast.Name) and node.id == "Any" for node in nodes_of(path))
    }
    assert {name for name in anything if not name.startswith(tuple(OTHERS_PAYLOADS))} == set()
    assert {place for place in OTHERS_PAYLOADS if not any(name.startswith(place) for name in anything)} == set()


# --- One HTTP server side, one client side: docs/architecture.md says why --------------------------------------------


def files_importing(module: str) -> set[Path]:
    """The files that import this module or something of it by name, wherever in them."""
    return {path for path in files_with(*module.split(".")) if module in imported(path)}


@cache
def imported(path: Path) -> set[str]:
    """The modules that a file imports, with what it takes from each."""
    names: set[str] = set()
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def folders_importing(*modules: str) -> set[str]:
    return {str(path.parent.relative_to(ROOT)) for module in modules for path in files_importing(module)}


def test_http_is_served_by_one_library_but_for_the_local_telegram() -> None:
    assert folders_importing("fastapi", "uvicorn") == {"bot/web", "bot/web/api", "bot/web/console"}
    assert folders_importing("aiohttp.web") == {"bot/sandbox"}


def test_each_route_is_made_once() -> None:
    """`include_router` makes it again, with the prefix; `bot.web.add_routes` does not."""
    assert files_with(".include_router(") == []


def test_http_is_asked_for_by_one_library_but_for_apprises_services() -> None:
    assert folders_importing("httpx", "urllib.request", "http.client") == set()
    assert {path.name for path in files_importing("requests")} == {"gateway_apprise.py"}


def test_nothing_of_telegrams_goes_over_the_client_that_its_library_brings(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("a client of httpx was made")

    monkeypatch.setattr(httpx.AsyncClient, "__init__", never)
    build_bot("123456789:AAH-house_x0x0x0x0x0x0x0x0x0x0x0x0x0", "https://api.telegram.org", RateLimiter(per_second=1))


@pytest.mark.parametrize(
    ("keywords", "is_run"),
    [
        ({"test_x"}, True),
        ({"test_x[sqlite]"}, True),
        ({"test_x[sqlite]", "postgresql_one_in"}, True),
        ({"test_x[postgresql-a]"}, False),
        ({"test_x[postgresql]", "postgresql_one_in"}, False),
    ],
)
def test_changes_are_tried_by_all_tests_but_those_on_postgresql(keywords: set[str], is_run: bool) -> None:
    """What a test is marked with is among its keywords, too."""
    options = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]["pytest_add_cli_args"]
    chosen = Expression.compile(options[options.index("-k") + 1])
    assert chosen.evaluate(KeywordMatcher(frozenset(keywords))) is is_run
