"""The program as a process on the shared clock: it is started, killed at any time, ended, or run for one command.

Its whole output is kept in a file.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.endurance_clock import SharedClock

STARTS_WITHIN_S = 120.0  # of patience with a busy machine
ENDS_WITHIN_S = 10.0  # the contract's, for SIGTERM


@dataclass(slots=True)
class Life:
    """From one start to its end; `…_s` on the monotonic clock, `…_at` on the shared one."""

    number: int
    began_s: float
    began_at: datetime
    ended_s: float = 0.0
    ended_at: datetime | None = None
    killed: bool = False


class Program:
    def __init__(self, folder: Path, clock: SharedClock, clock_file: Path) -> None:
        self.lives: list[Life] = []
        self._clock = clock
        self._folder = folder
        self._output = folder / "program.log"
        self._command = (sys.executable, "-m", "benchmarks.endurance_clock", str(clock_file))
        root = str(Path(__file__).parents[1])
        self.env = {"PATH": os.environ["PATH"], "PYTHONPATH": root, "HOME": str(folder)}  # and settings
        self._process: Process | None = None
        self._printed_before = 0  # bytes in the file when the present life began

    @property
    def number(self) -> int:
        """Of the present life, or of the last one."""
        return len(self.lives)

    async def start(self) -> None:
        """Starts `run`, and does not wait until it runs."""
        assert self._process is None, "it runs already"
        self._printed_before = self._output.stat().st_size if self._output.exists() else 0
        self.lives.append(Life(len(self.lives) + 1, time.monotonic(), self._clock.now()))
        with self._output.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *(*self._command, "run"),
                cwd=self._folder,
                env=self.env,
                stdin=DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for the run
            )

    async def running(self) -> None:
        """Waits until it says that it is."""
        async with asyncio.timeout(STARTS_WITHIN_S):
            while "running" not in self.printed(since=self._printed_before):
                assert self._process is not None and self._process.returncode is None, f"it ended: {self.printed()}"
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """Ends it in this very moment, as a power cut does."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._ended(killed=True)
        await self._process.wait()
        self._process = None

    async def stop(self) -> tuple[int, float]:
        """Asks it to end; gives its exit code and how many seconds that took."""
        assert self._process is not None
        began = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(ENDS_WITHIN_S + 20):
            code = await self._process.wait()
        self._ended(killed=False)
        self._process = None
        return code, time.monotonic() - began

    def _ended(self, killed: bool) -> None:
        life = self.lives[-1]
        life.ended_s, life.ended_at, life.killed = time.monotonic(), self._clock.now(), killed

    @property
    def alive(self) -> bool:
        return self._process is not None

    def printed(self, since: int = 0) -> str:
        """All that it printed, from so many bytes on."""
        with self._output.open("rb") as file:
            file.seek(since)
            return file.read().decode(errors="replace")

    async def ask(self, *arguments: str) -> tuple[int, Any]:
        """Another command with `--json`; gives its exit code and what it printed."""
        code, out = await self.command(*arguments, "--json")
        return code, json.loads(out)

    async def command(self, *arguments: str) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            *self._command, *arguments, cwd=self._folder, env=self.env, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
        )
        out, errors = await process.communicate()
        assert process.returncode in (0, 1), f"duebot {' '.join(arguments)}: {errors.decode()}"
        return process.returncode or 0, out.decode()
