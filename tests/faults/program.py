"""The program as a process: started, read, killed, ended. All its output is kept and must be clean."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.faults.preloaded import ROOT, Forked

STARTS_WITHIN_S = 60.0  # of patience with a busy machine
LOOKS_EVERY_S = 0.1
ENDS_WITHIN_S = 10.0  # the contract's, for SIGTERM


class Program:
    """`python -m bot …` in `folder` with `env` and nothing else of the test's surroundings."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder, self.env = folder, env
        self.module = "bot"  # what is run; another one changes something, and then runs the same
        self.output: list[str] = []  # of all its lives
        self._life = 0  # where in `output` the present one begins
        self._process: Process | Forked | None = None
        self._readers: list[asyncio.Task[None]] = []
        self._news = asyncio.Event()

    async def start(self, *arguments: str, until: str = "running ") -> None:
        """Starts it and waits until it says so."""
        assert self._process is None, "it runs already"
        self._life = len(self.output)
        self._process = await self._started(arguments or ("run",))
        streams = (self._process.stdout, self._process.stderr)
        self._readers = [asyncio.create_task(self._read(stream)) for stream in streams if stream is not None]
        if until:
            await self.says(until, STARTS_WITHIN_S)

    async def _started(self, arguments: tuple[str, ...]) -> Process | Forked:
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **self.env}
        if not any(name.startswith("PYTHON") for name in self.env):
            return await Forked.start(self.module, arguments, self.folder, env)  # nothing in its interpreter is special
        command = (sys.executable, "-m", self.module, *arguments)
        return await asyncio.create_subprocess_exec(*command, cwd=self.folder, env=env, stdout=PIPE, stderr=PIPE)

    async def says(self, words: str, within_s: float = 60.0) -> str:
        """Waits for a line of its present life with these words."""
        async with asyncio.timeout(within_s):
            while True:
                self._news.clear()
                for line in self.output[self._life :]:
                    if words in line:
                        return line
                assert not all(r.done() for r in self._readers), f"it ended without {words!r}:\n{self.told}"
                await self._news.wait()

    def kill(self) -> None:
        """Ends it in this very moment, as a power cut does."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)

    async def killed(self) -> None:
        """Ends it as `kill` does, if that was not done yet, and waits until it is gone."""
        if self._process is not None and self._process.returncode is None:
            try:
                self.kill()
            except ProcessLookupError:
                pass  # it has just ended by itself
        await self.ended()

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Asks it to end; gives its exit code and how many seconds that took, as they would be on a machine where
        nobody waits for a processor."""
        assert self._process is not None
        began = time.monotonic()
        self._process.send_signal(number)
        return await self.ended(), (time.monotonic() - began) / crowd()

    async def ended(self, within_s: float = STARTS_WITHIN_S) -> int:
        """Waits for its end and gives its exit code."""
        assert self._process is not None
        async with asyncio.timeout(within_s):
            code = await self._process.wait()
            await asyncio.gather(*self._readers)
        self._process = None
        return code

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process is not None

    @property
    def told(self) -> str:
        """All that it printed in its present life, or in its last."""
        return "".join(self.output[self._life :])

    async def _read(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            self.output.append(line.decode())
            self._news.set()
        self._news.set()


def crowd() -> float:
    """How many want each processor of this machine, on the average of the last minute; 1 at least."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


async def until(holds: Callable[[], Awaitable[bool]], what: str, within_s: float = 60.0) -> None:
    """Waits for something in the database, which rings no bell: looks again and again, at most so long. A look takes
    milliseconds of a processor, which the program wants, too."""
    end = time.monotonic() + within_s
    while not await holds():
        assert time.monotonic() < end, f"not within {within_s} s: {what}"
        await asyncio.sleep(LOOKS_EVERY_S)
