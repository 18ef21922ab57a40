"""`make mutants`: changes the rules and the guarantee in small ways and counts, for each file, how many changes a test
notices. `pyproject.toml` says under `tool.mutmut` what is changed and which tests run; `docs/mutants.md` tells how to
read the result."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

LEAST_CAUGHT = 0.95
MOST_MINUTES = 14  # then what was tried is told, and the next run goes on from there
ALL_NOTICED, NOT_SO, NOT_ALL_TRIED = 0, 1, 3

_LINE = re.compile(r"^\s*(?P<module>[\w.]+)\.(?:x_|xǁ)\S*__mutmut_\d+: (?P<end>[a-z ]+?)\s*$")
_CAUGHT = ("killed", "timeout", "segfault", "suspicious")
_LEFT = ("survived", "no tests")
_REFUSED = "caught by type check"  # neither tried nor caught: see docs/mutants.md
_ASKED_AGAIN = (0, 33, 37)  # what is left, or was refused, as mutmut stores it
_UNTRIED = "not checked"


def per_file(lines: Iterable[str]) -> dict[str, Counter[str]]:
    """How each module's mutants ended, from what `mutmut results --all true` says."""
    ends: dict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        if found := _LINE.match(line):
            ends[found["module"]][found["end"]] += 1
    return dict(ends)


def share_caught(one: Mapping[str, int]) -> float:
    """The share of what was tried that was caught; 1 where nothing was."""
    caught, left = sum(one.get(end, 0) for end in _CAUGHT), sum(one.get(end, 0) for end in _LEFT)
    return caught / (caught + left) if caught + left else 1.0


def table(ends: Mapping[str, Counter[str]]) -> Iterable[str]:
    """A line for each module of which anything was tried, and one for all of them."""
    in_all: Counter[str] = sum(ends.values(), Counter())
    for module, one in [*sorted(ends.items()), ("all", in_all)]:
        caught, left = sum(one[end] for end in _CAUGHT), sum(one[end] for end in _LEFT)
        if caught + left:
            refused = one[_REFUSED]
            yield f"{module:52} {refused:5} need no test {caught:5} caught {left:4} left {share_caught(one):7.1%}"


def main(patterns: list[str]) -> int:
    """Tries those whose names match (all without a pattern). What was noticed before is not tried again unless its
    code has changed."""
    mutmut = str(Path(sys.executable).with_name("mutmut"))
    if (folder := Path("mutants")).exists():
        forget_what_was_left(folder)
        forget_what_is_stale(folder)
    if (failed := _try(patterns)) is not None:
        return failed
    said = subprocess.run([mutmut, "results", "--all", "true"], check=True, capture_output=True, text=True).stdout
    ends = per_file(said.splitlines())
    left = [line.strip() for line in said.splitlines() if line.rstrip().endswith(_LEFT)]
    print("\n".join(["", *left, "", *table(ends), "", f"See one: {mutmut} show NAME"]))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{used.ru_utime + used.ru_stime:.0f} s of processor time")
    in_all: Counter[str] = sum(ends.values(), Counter())
    if share_caught(in_all) < LEAST_CAUGHT:
        return NOT_SO
    if in_all[_UNTRIED] and not patterns:
        print(f"{in_all[_UNTRIED]} were not tried in {MOST_MINUTES} minutes: the next run goes on with them")
        return NOT_ALL_TRIED
    return ALL_NOTICED


def forget_what_was_left(folder: Path) -> None:
    """Tests may have changed since the last run: which of them run which code is found out again, and what none of
    them noticed is tried again."""
    (folder / "mutmut-stats.json").unlink(missing_ok=True)
    for file in folder.rglob("*.meta"):
        known = json.loads(file.read_text())
        results = known["exit_code_by_key"]
        known["exit_code_by_key"] = {name: None if code in _ASKED_AGAIN else code for name, code in results.items()}
        file.write_text(json.dumps(known))


def forget_what_is_stale(folder: Path) -> None:
    """mutmut copies only code again, and deletes nothing: not what code reads, nor tests and code that are gone."""
    shutil.rmtree(folder / "tests", ignore_errors=True)
    for source in ("bot", "handlers", "locales", "storage"):
        for file in (folder / source).rglob("*"):
            stem, is_code, _ = str(file.relative_to(folder)).partition(".py")  # paid.py, paid.py.meta, paid.py.spans
            if file.is_file() and not (is_code and Path(f"{stem}.py").exists()):
                file.unlink()


def _try(patterns: list[str]) -> int | None:
    """Runs until all are tried or the time is up; an exit code where the tests do not pass as they are."""
    run = str(Path(__file__).with_name("mutants_run.py"))
    command = [sys.executable, "-P", run, "run", "--max-children", str(os.cpu_count() or 1), *patterns]
    with subprocess.Popen(command, start_new_session=True) as running:
        try:
            return running.wait(MOST_MINUTES * 60) or None
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGINT)
            return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
