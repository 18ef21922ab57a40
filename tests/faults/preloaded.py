"""Starts of the program that do not load it each time: a process that has loaded it waits, and forks for each start.

Loading takes most of a start. A fork is as `python -m bot` is when it begins to run a command: it has its modules, one
thread, and its own folder, environment and streams. What the program builds once, such as statements, it has built:
the waiting process has run the program once (`first_life.py`). A fork ends as an interpreter does, but frees nothing,
which would take as long as most commands. Starts from nothing are tested by `test_starting.py`, by tests that set a
variable of Python, and by the demo's.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

LOADED = (  # besides the app
    "bot.cli",
    "bot.web.server",
    "handlers",
    "pydantic.v1",  # FastAPI loads it with its first route
    "bot.logs",
    "bot.work.operations.bot_identity",
    "bot.work.operations.clock_steps",
    "bot.work.operations.health_checks",
    "storage.runtime.migrate",
    "storage.runtime.migration_steps",
    "storage.runtime.pooling",
    "storage.runtime.run_lock",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "asyncpg",
    "ctypes",  # for the heap that all threads share
)
ROOT = Path(__file__).parents[2]
REQUEST_BYTES = 1 << 16


class Forked:
    """A running program, with what is used of `asyncio.subprocess.Process`."""

    def __init__(self, pid: int, stdout: asyncio.StreamReader, stderr: asyncio.StreamReader) -> None:
        self.pid, self.stdout, self.stderr = pid, stdout, stderr
        self.returncode: int | None = None
        self._status: asyncio.StreamReader
        self._ended: asyncio.Task[int]

    @classmethod
    async def start(cls, module: str, arguments: Sequence[str], folder: Path, env: Mapping[str, str]) -> Forked:
        """`python -m module` with these arguments in `folder`, with `env` and nothing else around it."""
        pipes = [os.pipe() for _ in range(3)]  # its two streams; and its id, and how it ended
        asked = json.dumps({"argv": [module, *arguments], "folder": str(folder), "env": dict(env)}).encode()
        assert len(asked) <= REQUEST_BYTES, "too much for one message"
        socket.send_fds(loaded(), [asked], [write for _, write in pipes])
        for _, write in pipes:
            os.close(write)
        stdout, stderr, status = [await _reader(read) for read, _ in pipes]
        forked = cls(int(await status.readline()), stdout, stderr)
        forked._ended = asyncio.create_task(forked._end(status))
        return forked

    async def _end(self, status: asyncio.StreamReader) -> int:
        self.returncode = int(await status.readline())
        return self.returncode

    async def wait(self) -> int:
        return await asyncio.shield(self._ended)

    def send_signal(self, number: int) -> None:
        if self.returncode is not None:
            raise ProcessLookupError(self.pid)
        os.kill(self.pid, number)


async def _reader(fd: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(fd, "rb")
    )
    return reader


@functools.cache
def loaded() -> socket.socket:
    """The way to this test run's waiting process, which ends when this end of it is closed. Workers that are forked
    after the first call share it."""
    mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        waiting = subprocess.Popen(
            [sys.executable, "-m", __name__, str(theirs.fileno())],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    def end() -> None:
        mine.close()
        waiting.wait()

    atexit.register(end)
    return mine


class _Waiting:
    """The waiting process: forks on request, and says how its children ended."""

    def __init__(self, way: socket.socket) -> None:
        self._way = way
        self._status: dict[int, int] = {}  # by the child's id: where to say how it ended

    def asked(self) -> list[str]:
        """Returns in each child only, with its module and its arguments."""
        woken, wakes = os.pipe()
        os.set_blocking(wakes, False)
        signal.set_wakeup_fd(wakes)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        with selectors.DefaultSelector() as selector:
            for each in (self._way, woken):
                selector.register(each, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if woken in ready:
                    os.read(woken, 4096)
                    self._say_who_ended()
                if self._way in ready and (argv := self._fork()) is not None:
                    break
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for fd in (woken, wakes, *self._status.values()):
            os.close(fd)
        self._way.close()
        return argv

    def _fork(self) -> list[str] | None:
        asked, fds, _, _ = socket.recv_fds(self._way, REQUEST_BYTES, 3)
        if not asked:
            os._exit(0)  # the tests are over
        stdout, stderr, status = fds
        request = json.loads(asked)
        if child := os.fork():
            os.write(status, b"%d\n" % child)
            self._status[child] = status
            os.close(stdout)
            os.close(stderr)
            return None
        os.dup2(stdout, 1)
        os.dup2(stderr, 2)
        for fd in fds:
            os.close(fd)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # tests that run in the background ignore it …
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # … and under nohup this
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["env"])
        argv: list[str] = request["argv"]
        return argv

    def _say_who_ended(self) -> None:
        while self._status:
            child, ended = os.waitpid(-1, os.WNOHANG)
            if child == 0:
                return
            status = self._status.pop(child)
            os.write(status, b"%d\n" % os.waitstatus_to_exitcode(ended))
            os.close(status)


def _run(module: str, ending: list[int]) -> None:
    try:
        runpy.run_module(module, run_name="__main__")
        ending.append(0)
    except SystemExit as ended:
        ending.append(ended.code if isinstance(ended.code, int) else int(ended.code is not None))
        raise


def _leave(ending: Sequence[int]) -> None:
    """Ends the process, unless an exception ended the program or a stream takes nothing: then the interpreter does."""
    if ending:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(ending[0])


if __name__ == "__main__":
    ending: list[int] = []
    atexit.register(_leave, ending)  # before all others, so that it is called after them
    from tests.faults import loading

    loading.load_the_app()
    for name in LOADED:
        importlib.import_module(name)
    loading.note_changes()
    import typer.main

    from bot.cli import app
    from bot.work.customers.phrase_book import shipped_model
    from locales import LANGUAGES, translator

    typer.main.get_command = functools.cache(typer.main.get_command)
    typer.main.get_command(app)  # is made of the functions once
    shipped_model()  # is counted once, and catalogs are read once
    for language in LANGUAGES:
        translator(language)
    from tests.faults.first_life import live

    asyncio.run(live())
    gc.freeze()  # what is loaded is looked through by none of them
    assert threading.active_count() == 1, "a fork has one thread only"
    module, *arguments = _Waiting(socket.socket(fileno=int(sys.argv[1]))).asked()
    sys.argv = ["duebot", *arguments]
    _run(module, ending)
