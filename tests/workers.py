"""Tests in several processes, which are forked when all tests are loaded and collected.

A new interpreter for each, as pytest-xdist has, would load the program and the tests and collect them once more, which
takes as long as hundreds of tests. A fork has all that; so there can be more workers than cores, and some compute while
others wait for a program, a server or a browser.
"""

from __future__ import annotations

import importlib
import multiprocessing
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple

import pytest

FORK = multiprocessing.get_context("fork")

TOGETHER = 16  # tests of one file that one process takes at once

Unit = list[int]  # positions of tests that one process runs, one after the other


class Shared(NamedTuple):
    """What all workers of a run have."""

    session: pytest.Session
    units: Sequence[Unit]
    next_unit: Any  # a multiprocessing.Value: the position of the next unit that nobody has
    at_end: Callable[[], None]


class Worker:
    """A process that runs tests, as seen by the one that started it."""

    def __init__(self, shared: Shared, others: Sequence[Worker] = (), first: Sequence[int] = ()) -> None:
        self.connection, theirs = FORK.Pipe(duplex=False)
        self.taken: deque[int] = deque()  # tests that it has taken and not ended; the first one is running
        ends = [self.connection, *(other.connection for other in others)]
        self.process = FORK.Process(target=_work, args=(shared, first, theirs, ends))
        self.process.start()
        theirs.close()


def compile_meanwhile(modules: Sequence[str]) -> None:
    """Import `modules` in another process, for their compiled files: in a new clone, who loads the same modules in the
    opposite order finds the second half compiled. What does not load is told by the one who collects it."""
    FORK.Process(target=_import, args=(modules,), daemon=True).start()


def _import(modules: Sequence[str]) -> None:
    for module in modules:
        with suppress(Exception):
            importlib.import_module(module)


def run(session: pytest.Session, count: int, at_end: Callable[[], None]) -> None:
    """Run the collected tests in `count` processes, which take them in their order. `at_end` is called in each process
    after its last test. Tests marked `in_one_process` with one name are run one after the other.

    If a process ends within a test, that test has failed, and a new process goes on in its place.

    Raises:
        pytest.Session.Failed, pytest.Session.Interrupted: as pytest's own loop, after `--maxfail` and the like.
    """
    units = _units(session.items)
    shared = Shared(session, units, FORK.Value("i", 0), at_end)
    workers: list[Worker] = []
    try:
        for _ in range(min(count, len(units))):
            workers.append(Worker(shared, workers))
        while workers:
            ready = wait([worker.connection for worker in workers])
            for worker in [worker for worker in workers if worker.connection in ready]:
                if not _heard(session, worker):
                    workers.remove(worker)
                    if (left := _ended(session, worker)) is not None:
                        workers.append(Worker(shared, workers, left))
            if session.shouldfail:
                raise session.Failed(session.shouldfail)
            if session.shouldstop:
                raise session.Interrupted(session.shouldstop)
    finally:
        for worker in workers:
            worker.process.terminate()
            worker.process.join()


def _units(items: Sequence[pytest.Item]) -> list[Unit]:
    """Tests of one file mostly need the same statements, templates and modules, which each process compiles, fills or
    loads once for itself. So up to TOGETHER of them that follow each other are a unit, where none of them is slow."""
    units: list[Unit] = []
    marked: dict[str, list[int]] = {}
    last_file = None
    for position, item in enumerate(items):
        mark = item.get_closest_marker("in_one_process")
        file = None if mark or item.get_closest_marker("slow") else item.path
        if mark is not None:
            unit = marked.setdefault(mark.args[0], [])
        elif file is None or file != last_file or len(units[-1]) == TOGETHER:
            unit = []
        else:
            unit = units[-1]
        if not unit:
            units.append(unit)
        unit.append(position)
        last_file = file
    return units


def _heard(session: pytest.Session, worker: Worker) -> bool:
    """Whether the worker said something; False is its end."""
    try:
        said = worker.connection.recv()
    except (EOFError, ConnectionResetError):
        return False
    if isinstance(said, int):
        worker.taken.append(said)
        return True
    report = session.config.hook.pytest_report_from_serializable(config=session.config, data=said)
    if report.when == "teardown":
        worker.taken.popleft()
    session.config.hook.pytest_runtest_logreport(report=report)
    return True


def _ended(session: pytest.Session, worker: Worker) -> Sequence[int] | None:
    """Report the test within which the process ended, and return what else it had taken. None if it had done all."""
    worker.process.join()
    worker.connection.close()
    if not worker.taken:
        return None
    item = session.items[worker.taken.popleft()]
    how = f"The process that ran this test ended within it, with exit code {worker.process.exitcode}."
    report = pytest.TestReport(item.nodeid, item.location, {}, "failed", how, "call")
    session.config.hook.pytest_runtest_logreport(report=report)
    return list(worker.taken)


def _work(shared: Shared, first: Sequence[int], connection: Connection, not_ours: Sequence[Connection]) -> None:
    for end in not_ours:
        end.close()
    session, config = shared.session, shared.session.config
    config.pluginmanager.unregister(name="terminalreporter")
    config.pluginmanager.register(_Reports(config, connection))
    if capture := config.pluginmanager.getplugin("capturemanager"):
        # Its files are those of the process that was forked, and of all other workers.
        capture.stop_global_capturing()
        capture.start_global_capturing()
    ahead = deque(first)
    for position in ahead:
        connection.send(position)

    def take() -> pytest.Item | None:
        if not ahead:
            with shared.next_unit.get_lock():
                at = shared.next_unit.value
                shared.next_unit.value += 1
            if at >= len(shared.units):
                return None
            ahead.extend(shared.units[at])
            for position in shared.units[at]:
                connection.send(position)
        return session.items[ahead.popleft()]

    item = take()
    while item is not None:
        following = take()  # which tells what the fixtures of this one are needed for
        config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        item = following
    shared.at_end()
    connection.close()


class _Reports:
    """Sends what pytest would print to the process that prints."""

    def __init__(self, config: pytest.Config, connection: Connection) -> None:
        self.config, self.connection = config, connection

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.connection.send(self.config.hook.pytest_report_to_serializable(config=self.config, report=report))
