"""`python -m benchmarks NAME …`: runs the named benchmarks, or `all`, and prints their tables; without a name it lists
the benchmarks. With `--sizes` each is run for wallets of these sizes (`benchmarks.suite`)."""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import gc
import io
import logging
import os
import pstats
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

import structlog

from benchmarks.answers import answers
from benchmarks.api import api
from benchmarks.claims import claims
from benchmarks.durability import durability
from benchmarks.endurance import endurance
from benchmarks.growth import growth
from benchmarks.importing import importing
from benchmarks.machines import machines
from benchmarks.planning import planning
from benchmarks.report import Table, heading
from benchmarks.sending import sending
from benchmarks.suite import SIZES, in_a_process, measure, summary, write
from benchmarks.transport import transport
from benchmarks.understanding import understanding
from benchmarks.words import words
from bot.cli import GARBAGE
from bot.clock import SystemClock

BENCHMARKS: dict[str, Callable[[], Awaitable[list[Table]]]] = {
    "transport": transport,
    "sending": sending,
    "planning": planning,
    "import": importing,
    "claims": claims,
    "words": words,
    "answers": answers,
    "api": api,
    "durability": durability,
    "growth": growth,
    "understanding": understanding,
    "endurance": endurance,
    "machines": machines,
}
BY_NAME_ONLY = ("endurance", "machines")  # they measure nothing
ABOUT = {
    "transport": "sending a message: our transport and limiter, and the library's own, beside a bare loop",
    "sending": "sending with all its bookkeeping, on SQLite and PostgreSQL",
    "planning": "a first round of planning, one with nothing new, and the guard, for 9,000 and 90,000 customers",
    "import": "rows a second, first and again, and the peak of memory",
    "claims": "thirty agents claiming from the queue at once",
    "durability": "what it costs that SQLite waits for the disk with each transaction",
    "growth": "what a million customers add to the database in a year, with and without removing old records",
    "understanding": "how well customers' own words are understood, and in what time",
    "endurance": "no speed: three days of being killed while everything fails, then checked from outside (10 minutes)",
    "answers": "/balance, contacts and floods through the whole program, beside an echo bot and a bare loop",
    "api": "reads over HTTP and signed events, beside a bare FastAPI application",
    "machines": "no speed: three senders and two bots on one PostgreSQL, killed and replaced in turn (5 minutes)",
    "words": "from a customer's words to the topic, alone and fifty at once, with reminders going out",
    "all": "everything that measures, one after the other",
}
HOTTEST = 25


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHMARKS)}, or all")
    parser.add_argument("--profile", action="store_true", help="also say which functions took the time (slower)")
    sizes = ",".join(map(str, SIZES))
    parser.add_argument(
        "--sizes", type=_sizes, help=f"customers, such as {sizes}: once for each, and the ratios together"
    )
    parser.add_argument("--repeat", type=int, default=1, help="how often, for medians (with --sizes)")
    parser.add_argument("--write", action="store_true", help="write benchmarks/README.md from this run (with --sizes)")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.names if name not in (*BENCHMARKS, "all")]:
        parser.error(f"no benchmark {unknown[0]!r}; expected {', '.join(BENCHMARKS)}, or all")
    if not given.names:
        _say("\n".join(f"python -m benchmarks {name:<10}  # {about}" for name, about in ABOUT.items()))
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that cleaning up runs on SIGTERM, too
    gc.set_threshold(*GARBAGE)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    _say(heading(SystemClock().now().date()))
    measures = [name for name in BENCHMARKS if name not in BY_NAME_ONLY]
    if given.sizes:
        raise SystemExit(_at_sizes(measures if "all" in given.names else given.names, given))
    holds = True
    for name in measures if "all" in given.names else given.names:
        began = time.perf_counter()
        tables = _profiled(name) if given.profile else _run(name)
        _say("\n".join(table.text() for table in tables))
        _say(f"({name}: {time.perf_counter() - began:.0f} s)\n")
        holds = holds and all(table.holds for table in tables)
    raise SystemExit(0 if holds else 1)


def _sizes(text: str) -> tuple[int, ...]:
    sizes = tuple(sorted({int(size) for size in text.split(",")}))
    if sizes[0] < 100:
        raise ValueError("a wallet has 100 customers at least")
    return sizes


def _at_sizes(names: Sequence[str], given: argparse.Namespace) -> int:
    """Runs the benchmarks at all sizes; says, and with `--write` writes down, what they found."""
    before = os.getloadavg()[0]
    found = asyncio.run(
        measure({name: BENCHMARKS[name] for name in names}, given.sizes, given.repeat, _say, in_a_process)
    )
    _say(summary(found, given.sizes).text())
    if given.write:
        load = f"Other work on the machine: a load of {before:.0f} as it began, {os.getloadavg()[0]:.0f} as it ended."
        runs = f"Each number is the median of {given.repeat}." if given.repeat > 1 else "Each number is of one run."
        write(found, given.sizes, SystemClock().now().date(), f"{load} {runs}")
    return 0 if all(table.holds for each in found for table in each.tables) else 1


def _run(name: str) -> list[Table]:
    async def run() -> list[Table]:
        return await BENCHMARKS[name]()

    return asyncio.run(run())


def _profiled(name: str) -> list[Table]:
    profile = cProfile.Profile()
    found = profile.runcall(_run, name)
    hottest = io.StringIO()
    pstats.Stats(profile, stream=hottest).sort_stats("tottime").print_stats(HOTTEST)
    _say(hottest.getvalue())
    return found


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
