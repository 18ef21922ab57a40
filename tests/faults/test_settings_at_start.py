"""A wrong value stops the program at its start with one line that names the setting, and never shows a secret."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.faults.program import Program
from tests.faults.watching import TOKEN

GOOD = {"DUEBOT_TOKEN": TOKEN, "DUEBOT_TELEGRAM_API": "http://127.0.0.1:9", "DUEBOT_LISTEN": "127.0.0.1:0"}

WRONG = {
    "no token": ("DUEBOT_TOKEN", {"DUEBOT_TOKEN": ""}),
    "no bot's token": ("DUEBOT_TOKEN", {"DUEBOT_TOKEN": TOKEN.replace(":", "/")}),
    "another database": ("DUEBOT_DATABASE_URL", {"DUEBOT_DATABASE_URL": "mysql://root:hunter2@host/duebot"}),
    "no such policy": ("DUEBOT_POLICY", {"DUEBOT_POLICY": "cruel"}),
    "a webhook secret that is guessed": (
        "DUEBOT_WEBHOOK_SECRET",
        {"DUEBOT_PUBLIC_URL": "https://bot.example.org", "DUEBOT_WEBHOOK_SECRET": "webhook2026"},
    ),
    "a weak key": ("DUEBOT_API_KEY", {"DUEBOT_API_KEY": "hunter2-hunter2-hunter2-hunter2"}),
    "faster than Telegram": ("DUEBOT_SEND_RATE", {"DUEBOT_SEND_RATE": "31"}),
}


async def ends(folder: Path, env: dict[str, str]) -> tuple[int, str]:
    """The exit code and all that was printed."""
    program = Program(folder, {**GOOD, **env})
    await program.start(until="")
    code = await program.ended()
    assert TOKEN not in program.told
    assert TOKEN.partition(":")[2] not in program.told
    assert "hunter2" not in program.told
    return code, program.told


@pytest.mark.parametrize(("setting", "env"), WRONG.values(), ids=WRONG)
async def test_a_wrong_value_is_told_in_one_line(tmp_path: Path, setting: str, env: dict[str, str]) -> None:
    code, told = await ends(tmp_path, env)
    assert code == 2
    assert told.startswith(f"{setting}:")
    assert told.count("\n") == 1


async def test_a_wrong_value_in_the_file_is_told_by_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "duebot.toml").write_text('send_rate = "fast"\n', encoding="utf-8")
    code, told = await ends(tmp_path, {})
    assert code == 2
    assert told.startswith("DUEBOT_SEND_RATE:")
    assert told.count("\n") == 1


async def test_an_address_in_use_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, told = await ends(tmp_path, {"DUEBOT_LISTEN": f"127.0.0.1:{taken.getsockname()[1]}"})
    assert code == 1
    assert "DUEBOT_LISTEN:" in told
    assert "Traceback" not in told
