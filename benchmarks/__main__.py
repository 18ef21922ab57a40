"""`python -m benchmarks [NAME …]`: runs the named benchmarks, all without a name, and prints their tables."""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import io
import logging
import pstats
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

import structlog

from benchmarks.claims import claims
from benchmarks.importing import importing
from benchmarks.planning import planning
from benchmarks.report import Table, heading
from benchmarks.sending import sending
from benchmarks.transport import transport
from bot.clock import SystemClock

BENCHMARKS: dict[str, Callable[[], Awaitable[list[Table]]]] = {
    "transport": transport,
    "sending": sending,
    "planning": planning,
    "import": importing,
    "claims": claims,
}
HOTTEST = 25


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; without any, all")
    parser.add_argument("--profile", action="store_true", help="also say which functions took the time (slower)")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.names if name not in BENCHMARKS]:
        parser.error(f"no benchmark {unknown[0]!r}; expected one of {', '.join(BENCHMARKS)}")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    _say(heading(SystemClock().now().date()))
    for name in given.names or BENCHMARKS:
        began = time.perf_counter()
        _say(_profiled(name) if given.profile else _run(name))
        _say(f"({name}: {time.perf_counter() - began:.0f} s)\n")


def _run(name: str) -> str:
    async def run() -> list[Table]:
        return await BENCHMARKS[name]()

    return "\n".join(table.text() for table in asyncio.run(run()))


def _profiled(name: str) -> str:
    profile = cProfile.Profile()
    found = profile.runcall(_run, name)
    hottest = io.StringIO()
    pstats.Stats(profile, stream=hottest).sort_stats("tottime").print_stats(HOTTEST)
    return f"{found}\n{hottest.getvalue()}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
