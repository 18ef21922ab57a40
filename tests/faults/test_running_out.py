"""The program runs out of files or threads: customers are answered anyway, or as soon as there are some again; no loop
spins, and the log is short."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from storage.runtime.heartbeats import last_beat
from tests.faults.few_files import FILES
from tests.faults.program import until
from tests.faults.world import World

IDLE = 300
STACK_BYTES = 8 << 20  # of a thread, which is what no room is left for
MOST_LINES = 40


def listening(world: World) -> int:
    """A free port that the program is told to listen at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    world.program.env["DUEBOT_LISTEN"] = f"127.0.0.1:{port}"
    return port


def processor_s(pid: int) -> float:
    """How many seconds of a processor it has used so far."""
    used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, used)) / 100


def open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def memory_bytes(pid: int) -> int:
    """The room that it has taken of its addresses."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()


def resident_bytes(pid: int) -> int:
    """The memory that it holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


@contextlib.contextmanager
def idle_connections(port: int, number: int) -> Iterator[list[socket.socket]]:
    """Connections that say nothing; what the system's queue does not hold is not waited for."""
    held = []
    try:
        for _ in range(number):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
            held.append(one)
        yield held
    finally:
        for one in held:
            one.close()


async def is_healthy(port: int) -> bool:
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(5)) as session,
            session.get(f"http://127.0.0.1:{port}/healthz") as response,
        ):
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


@pytest.mark.slow(seconds=15)
async def test_idle_connections_keep_nobody_from_being_answered(world: World) -> None:
    port = listening(world)
    people = await world.customers(5)
    world.program.module = "tests.faults.few_files"
    await world.program.start()
    began_s = processor_s(world.program.pid)
    with idle_connections(port, IDLE):
        for _ in range(5):
            for person in people:
                person.say("/due")
            await world.settled()
        await asyncio.sleep(3)
        spent_s = processor_s(world.program.pid) - began_s
        assert open_files(world.program.pid) < FILES - 8
    await until(lambda: is_healthy(port), "healthy once they are gone")
    assert set(world.sent_to(people).values()) == {5}
    assert spent_s < 5.0
    assert len(world.program.told.splitlines()) < MOST_LINES
    assert (await world.program.stop())[0] == 0


@pytest.mark.slow(seconds=15)
async def test_without_a_file_left_it_waits_and_goes_on(world: World) -> None:
    port = listening(world)
    people = await world.customers(3, due_in_days=0)
    await world.program.start()
    await until(world.all_accepted, "a reminder to everybody")
    pid = world.program.pid
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    began_s = processor_s(pid)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (1, hard))
    with idle_connections(port, IDLE):
        for person in people:
            person.say("/due")
        await asyncio.sleep(4)
    spent_s = processor_s(pid) - began_s
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
    await world.settled()
    await until(lambda: is_healthy(port), "healthy once there are files again")
    assert min(world.sent_to(people).values()) >= 2  # the reminder, and the answer
    assert spent_s < 3.0
    assert len(world.program.told.splitlines()) < MOST_LINES
    assert (await world.program.stop())[0] == 0


@pytest.mark.slow(seconds=15)
async def test_without_a_thread_it_waits_and_goes_on(world: World) -> None:
    """A thread needs room for its stack: where there is none, none can be started, as with too many of them."""
    people = await world.customers(12)
    await world.program.start()
    await until(lambda: has_planned(world), "its first round, by which it has the threads that it needs to go on")
    pid = world.program.pid
    bounds = resource.prlimit(pid, resource.RLIMIT_AS)
    began_s = processor_s(pid)
    resource.prlimit(pid, resource.RLIMIT_AS, (memory_bytes(pid) + STACK_BYTES * 3 // 4, bounds[1]))
    for person in people:
        person.say("/due")
    await asyncio.sleep(4)
    spent_s = processor_s(pid) - began_s
    resource.prlimit(pid, resource.RLIMIT_AS, bounds)
    await world.settled()
    assert set(world.sent_to(people).values()) == {1}
    assert spent_s < 3.5
    assert len(world.program.told.splitlines()) < MOST_LINES
    assert (await world.program.stop())[0] == 0


@pytest.mark.slow(seconds=10)
async def test_long_bodies_of_strangers_leave_the_memory_as_it_was(world: World) -> None:
    port = listening(world)
    await world.program.start()
    began = resident_bytes(world.program.pid)
    head = "POST /telegram/webhook HTTP/1.1\r\nHost: x\r\n"
    for length in ("Transfer-Encoding: chunked\r\n\r\n", "Content-Length: 419430400\r\n\r\n"):
        await asyncio.gather(*(pours(port, (head + length).encode()) for _ in range(10)))
    assert await is_healthy(port)
    assert resident_bytes(world.program.pid) - began < 40 << 20


async def pours(port: int, head: bytes) -> None:
    """Sends what it has to say for as long as it is let to, and keeps the line open."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head)
    with contextlib.suppress(ConnectionError):
        for _ in range(400):
            writer.write(b"40000\r\n" + bytes(0x40000) + b"\r\n")
            await writer.drain()
        raise AssertionError("100 MiB were taken from a stranger")
    writer.close()


async def has_planned(world: World) -> bool:
    async with world.db.read() as conn:
        return await last_beat(conn, "planner") is not None
