"""SIGTERM: work in progress is finished and stored, and the process ends within ten seconds."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.faults.program import ENDS_WITHIN_S
from tests.faults.world import World, locked


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_a_reminder_in_flight_is_finished_and_written_down(world: World, number: signal.Signals) -> None:
    [anna] = await world.customers(1, due_in_days=0)
    world.telegram.faults.next("sendMessage", delay_s=2)
    arrived = world.telegram.when("sendMessage", moment="arrived")
    await world.program.start()
    await arrived.has_sprung()
    code, took_s = await world.program.stop(number)
    assert code == 0
    assert took_s < ENDS_WITHIN_S
    assert await world.accepted() == {anna.user_id}


@pytest.mark.slow
async def test_an_answer_in_flight_is_finished_and_not_given_again(world: World) -> None:
    [anna] = await world.customers(1)
    world.telegram.faults.next("sendMessage", delay_s=4)
    arrived = world.telegram.when("sendMessage", moment="arrived")
    await world.program.start()
    anna.say("/due")
    await arrived.has_sprung()
    code, took_s = await world.program.stop()
    assert code == 0
    assert took_s < ENDS_WITHIN_S
    assert await world.nothing_waits()
    await world.program.start()
    anna.say("/balance")
    await anna.hears("account", timeout=60)
    assert len(anna.inbox) == 2


@pytest.mark.slow
async def test_ends_in_time_although_telegram_answers_nothing_any_more(world: World) -> None:
    await world.agents()
    [bert, *_] = await world.customers(2, due_in_days=-6)
    await world.customers(1, due_in_days=0)
    await world.program.start()
    await world.group.hears("2 cases are waiting", timeout=60)
    world.telegram.faults.next("*", delay_s=30, drop="before", times=1000)
    arrived = world.telegram.when("sendMessage", moment="arrived", chat_id=bert.user_id)
    bert.say("/due")
    await arrived.has_sprung()
    code, took_s = await world.program.stop()
    assert code == 0
    assert took_s < ENDS_WITHIN_S
    world.telegram.faults.clear()
    await world.program.start()
    await bert.hears("Your due dates", timeout=60)


@pytest.mark.slow
async def test_ends_at_once_by_ctrl_c_while_telegram_cannot_be_reached(world: World) -> None:
    await world.unplug_telegram()
    await world.program.start(until="Telegram cannot be reached")
    code, took_s = await world.program.stop(signal.SIGINT)
    assert code == 0
    assert took_s < 5


@pytest.mark.slow
async def test_ends_in_time_although_somebody_holds_the_database(world: World) -> None:
    [anna] = await world.customers(1)
    await world.program.start()
    arrived = world.telegram.when("getUpdates", where=lambda call: bool(call.result))
    with locked(world):
        anna.say("/due")
        await arrived.has_sprung()
        code, took_s = await world.program.stop()
    assert code == 0
    assert took_s < ENDS_WITHIN_S
    await world.program.start()
    await anna.hears("Nothing to pay", timeout=60)


@pytest.mark.slow
async def test_the_log_says_who_the_bot_is_and_where_it_listens(world: World) -> None:
    await world.program.start()
    (line,) = [line for line in world.program.output if "running " in line]
    for said in ("bot=@", "updates='long polling'", "listening=http://127.0.0.1:", "agents="):
        assert said in line, line


def test_the_time_to_end_counts_from_the_signal_although_the_program_is_busy() -> None:
    busy = (
        "import os, signal\n"
        "from bot.cli.running import _last_resort\n"
        "leave = _last_resort(0.1)\n"
        "signal.signal(signal.SIGTERM, lambda *_: leave())\n"
        "os.kill(os.getpid(), signal.SIGTERM)\n"
        "os.kill(os.getpid(), signal.SIGTERM)\n"
        "while True: pass\n"
    )
    assert subprocess.run([sys.executable, "-c", busy], check=False, timeout=60).returncode == 0  # noqa: S603
