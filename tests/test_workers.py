"""How tests are shared by processes: runs of pytest with a few small tests, some of which end their process."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONFTEST = """
import os, pathlib, pytest
from tests import workers

here = pathlib.Path(__file__).parent

@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    workers.run(session, {count}, lambda: note("end"))
    return True

def note(what):
    with (here / f"{{what}}.txt").open("a") as file:
        file.write(f"{{os.getpid()}}\\n")

@pytest.fixture(scope="session")
def kept():
    note("set up")
    yield
    note("torn down")
"""
pytestmark = pytest.mark.slow


def run(folder: Path, tests: str, *options: str, count: int = 2) -> str:
    """What pytest prints of `tests` in two processes."""
    (folder / "conftest.py").write_text(CONFTEST.format(count=count))
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = in_one_process(name)\n")
    (folder / "test_some.py").write_text(f"import os, sys, time, pytest\nfrom conftest import note\n{tests}")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:schemathesis", "-v", *options]
    done = subprocess.run(command, cwd=folder, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    return done.stdout + done.stderr


def pids(folder: Path, what: str) -> list[str]:
    return (folder / f"{what}.txt").read_text().split()


def test_all_run_once_and_what_they_print_is_told_of_each(tmp_path: Path) -> None:
    told = run(
        tmp_path,
        """
@pytest.mark.parametrize("number", range(20))
def test_of_many(number, kept):
    note("ran")
    print(f"number {number} printed")
    assert number % 10 != 7, "a seven"
""",
    )
    assert "2 failed, 18 passed" in told
    # Of the others nothing is printed, and of a failed one nothing that another printed at the same time.
    printed = re.findall(r"number (\d+) printed", told)
    assert sorted(printed) == ["17", "7"]
    for number in printed:
        assert f"number {number} printed" in told.partition(f"_ test_of_many[{number}] _")[2].partition("_ test_of_")[0]
    assert len(pids(tmp_path, "ran")) == 20
    assert sorted(pids(tmp_path, "set up")) == sorted(pids(tmp_path, "torn down")) == sorted(set(pids(tmp_path, "ran")))
    assert len(set(pids(tmp_path, "end"))) == 2


def test_one_that_ends_its_process_has_failed_and_the_others_run(tmp_path: Path) -> None:
    told = run(
        tmp_path,
        """
@pytest.mark.parametrize("number", range(12))
def test_of_many(number):
    if number in (3, 4, 11):
        os._exit(9)
    note("ran")
""",
    )
    assert "3 failed, 9 passed" in told
    assert told.count("The process that ran this test ended within it, with exit code 9.") == 3
    assert len(pids(tmp_path, "ran")) == 9


def test_those_that_belong_together_run_in_one_process(tmp_path: Path) -> None:
    told = run(
        tmp_path,
        """
@pytest.mark.parametrize("number", range(8))
@pytest.mark.in_one_process("some")
def test_together(number):
    note("together")
    time.sleep(0.05)

@pytest.mark.parametrize("number", range(8))
def test_alone(number):
    note("alone")
""",
    )
    assert "16 passed" in told
    assert len(set(pids(tmp_path, "together"))) == 1
    assert set(pids(tmp_path, "alone")) != set(pids(tmp_path, "together"))


def test_it_stops_at_the_first_failure_when_asked(tmp_path: Path) -> None:
    told = run(
        tmp_path,
        """
@pytest.mark.parametrize("number", range(50))
def test_of_many(number):
    note("ran")
    time.sleep(0.05)
    assert number
""",
        "-x",
    )
    assert "stopping after 1 failures" in told
    assert len(pids(tmp_path, "ran")) < 50
