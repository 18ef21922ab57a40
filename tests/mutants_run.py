"""mutmut with four differences, for `tests.mutants`, which starts it.

Its tests are collected once, in a process that is then forked for each change: a test of a rule takes a millisecond,
pytest half a second to begin. Functions with a decorator, which mutmut leaves alone, are changed like any other. The
type checker, which says first which changes need no test, is not confused by these. And the names of parts of a
statement are left as they are.
"""

from __future__ import annotations

import gc
import os
import resource
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import _lru_cache_wrapper, cache
from itertools import count
from math import ceil
from pathlib import Path
from typing import Any, ClassVar

import libcst as cst
import mutmut.__main__ as mutmut
import pytest
from _pytest.runner import runtestprotocol
from mutmut.configuration import config
from mutmut.mutation import file_mutation
from mutmut.mutation.data import LineSpan, MutantLineSpans
from mutmut.mutation.file_mutation import FailedTypeCheckMutant, MutatedFile, MutatedMethodLocation, MutationVisitor
from mutmut.runners.harness import PytestRunner
from mutmut.state import state
from mutmut.type_checking import TypeCheckingError, run_type_checker
from mutmut.utils.file_utils import change_cwd
from mutmut.workers import isolation

SPARE_S, SLOWER = 2, 3  # of processor time: a change that takes longer than its tests did, by so much, never ends
LEFT_AS_THEY_ARE = ("classmethod", "staticmethod")  # mutmut knows these
QUICK = ["--capture=no", "--assert=plain", "-p", "no:logging", "-p", "no:faulthandler"]
NOTICED, NOT_NOTICED = 1, 0
UNCHANGED = "orig"  # what mutmut calls a function's own copy

mutate = mutmut.mutate_file_contents


def main() -> None:
    name_the_program(Path("mutants/duebot.egg-info"))
    mutmut.mutate_file_contents = mutate_undecorated
    file_mutation.MutationVisitor = Visitor
    mutmut.filter_mutants_with_type_checker = refused_changes
    mutmut.print_stats = seldom(mutmut.print_stats)
    isolation.PytestRunner = Runner
    isolation.ForkServerRunner = Server
    mutmut.cli()


def name_the_program(folder: Path) -> None:
    """The program asks for its own version, and is not installed here."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: duebot\nVersion: 0\n")


def seldom(shown: Callable[..., None]) -> Callable[..., None]:
    """It counts all changes, which takes as long as trying one."""
    asked = count()

    def show(of: Mapping[str, Any], force_output: bool = False) -> None:
        if force_output or next(asked) % 50 == 0:
            shown(of, force_output)

    return show


def mutate_undecorated(filename: str, code: str, *lines: set[int] | None) -> MutatedFile:
    return mutate(filename, cst.parse_module(code).visit(Undecorated()).code, *lines)


class Undecorated(cst.CSTTransformer):
    """`@prepared def f(): ...` becomes `def f(): ...` and `f = prepared(f)`."""

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef | cst.FlattenSentinel[cst.BaseStatement]:
        decorators = [each.decorator for each in updated_node.decorators]
        if not decorators or any(isinstance(d, cst.Name) and d.value in LEFT_AS_THEY_ARE for d in decorators):
            return updated_node
        decorated: cst.BaseExpression = updated_node.name
        for each in reversed(decorators):
            decorated = cst.Call(each, [cst.Arg(decorated)])
        assignment = cst.Assign([cst.AssignTarget(updated_node.name)], decorated)
        return cst.FlattenSentinel([updated_node.with_changes(decorators=[]), cst.SimpleStatementLine([assignment])])


class Visitor(MutationVisitor):
    """Of `query.cte("known")` it changes the query, and not the name: any other makes the same statement."""

    def on_visit(self, node: cst.CSTNode) -> bool:
        match node:
            case cst.Call(func=cst.Attribute(attr=cst.Name("cte")) as query, args=[cst.Arg(cst.SimpleString())]):
                query.visit(self)
                return False
        return bool(super().on_visit(node))


def refused_changes() -> dict[str, FailedTypeCheckMutant]:
    """What the type checker says of changes, by their names. It reads all changed copies of all functions at once."""
    by_file: dict[Path, list[TypeCheckingError]] = defaultdict(list)
    with change_cwd("mutants"):
        for error in run_type_checker([sys.executable, "-P", "-m", *config().type_check_command]):
            by_file[error.file_path.relative_to(Path.cwd())].append(error)
    return {
        change.name: change
        for file, errors in by_file.items()
        if (spans := MutantLineSpans.load(file)) is not None
        for change in refused_of(file, spans.span_by_function_name, errors)
    }


def refused_of(
    file: Path, spans: Mapping[str, LineSpan], errors: Iterable[TypeCheckingError]
) -> Iterable[FailedTypeCheckMutant]:
    """Not of a function whose own copy is refused too, because its decorator is written otherwise: all its changes are
    tried."""
    function_at = {line: name for name, span in spans.items() for line in range(span.start, span.end + 1)}
    first = {function_at[error.line_number]: error for error in errors if error.line_number in function_at}
    module = ".".join(file.with_suffix("").parts).removesuffix(".__init__")
    for name, error in first.items():
        function, _, change = name.rpartition("_")
        if change != UNCHANGED and f"{function}_{UNCHANGED}" not in first:
            place = MutatedMethodLocation(file, name, spans[name].start, spans[name].end)
            yield FailedTypeCheckMutant(place, f"{module}.{name}", error)


class Runner(PytestRunner):
    session: ClassVar[pytest.Session]
    items: ClassVar[dict[str, pytest.Item]]

    def warm_up(self) -> None:
        """Is already done, see `Server`."""

    def run_stats(self, *, tests: Iterable[str]) -> int:
        """What a test goes through is seen only where nothing is kept from the test before."""
        with change_cwd("mutants"):
            return int(self.execute_pytest(self._pytest_args_regular_run(tests), plugins=[Stats()]))

    def run_tests(self, *, mutant_name: str | None, tests: Iterable[str]) -> int:
        if mutant_name is None:  # all of them, in a process that collects them
            return super().run_tests(mutant_name=None, tests=tests)
        took = state().duration_by_test
        at_most = SPARE_S + ceil(SLOWER * sum(took[test] for test in tests))
        resource.setrlimit(resource.RLIMIT_CPU, (at_most, at_most + 1))
        for test in sorted(tests, key=lambda test: took[test]):
            if any(report.failed for report in runtestprotocol(self.items[test], log=False, nextitem=self.session)):
                return NOTICED
        return NOT_NOTICED


class Stats:
    """Which functions each test goes through, and for how long it runs."""

    def pytest_runtest_setup(self) -> None:
        forget()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        state().duration_by_test[nodeid] = 0

    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        for function in state()._stats:
            state().tests_by_mangled_function_name[function].add(item.nodeid)
        state()._stats.clear()

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        if call.when == "call":
            state().duration_by_test[item.nodeid] += call.duration


class Server(isolation.ForkServerRunner):
    """Forks its children from within pytest, where all tests are collected."""

    def run_clean_tests(self, tests: Iterable[str]) -> int:
        """They passed when it was found out which of them run which code."""
        return 0

    def _forkserver_main(self, work_fd: int, result_fd: int) -> None:
        loop = Loop(lambda: super(Server, self)._forkserver_main(work_fd, result_fd))
        with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):  # noqa: SIM117
            with change_cwd("mutants"):
                Runner().execute_pytest([*QUICK, *config().pytest_add_cli_args_test_selection], plugins=[loop])


@dataclass(frozen=True)
class Loop:
    """In place of the tests, once they are collected."""

    serve: Callable[[], None]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        Runner.session, Runner.items = session, {item.nodeid: item for item in session.items}
        first = next(item for item in session.items if "sqlite_template" in item.fixturenames)
        runtestprotocol(first, log=False, nextitem=session)  # makes the database that the others copy
        first._initrequest()
        forget()  # no test of a change finds what was kept before it
        gc.collect()
        gc.freeze()
        self.serve()
        return True


@cache
def caches() -> tuple[_lru_cache_wrapper[Any], ...]:
    """Those of our own functions. What was frozen as the tests were loaded is not looked through otherwise."""
    gc.unfreeze()
    found = (each for each in gc.get_objects() if isinstance(each, _lru_cache_wrapper))
    return tuple(each for each in found if each.__module__.startswith(("bot.", "storage.")))


def forget() -> None:
    """What our functions keep from before."""
    for each in caches():
        each.cache_clear()


if __name__ == "__main__":
    main()
