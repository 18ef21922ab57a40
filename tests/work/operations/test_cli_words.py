"""What commands print before they work: versions, mistyped names, files that are no settings, policies or replies."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.clock import ManualClock
from bot.rules.cases.canned_replies import RepliesFaulty, read_replies
from bot.rules.languages import TAGS
from bot.setting_names import unknown_names
from bot.settings import Settings, WrongSettings, load_settings
from bot.text_files import MOST_BYTES
from bot.work.cases.canned_replies import ReplyBook
from bot.work.customers.lesson_book import lessons_of
from bot.work.operations.monitoring import LATE_AFTER, PARTS, note_start
from bot.work.operations.monitoring import _no_rounds as no_rounds
from bot.work.operations.own_words_checks import check_own_words
from storage.runtime.engine import Database
from storage.runtime.heartbeats import beat, last_beats
from tests.faults.preloaded import Forked

DEPTH = 5_000  # five times as deep as Python goes
DEEP = {
    "lists": "brand = " + "[" * DEPTH,
    "lists over lines": "brand = " + "[\n" * DEPTH,
    "tables": "brand = " + "{a = " * DEPTH,
    "a dotted key": "brand" + ".a" * DEPTH + " = 1",
    "a dotted table": "[brand" + ".a" * DEPTH + "]\nb = 1",
}
NO_TOML = {
    **DEEP,
    "nul": 'brand = "A\0B"',
    "twice": 'brand = "A"\nbrand = "B"',
    "a number without end": "brand = " + "9" * 5000,
    "open text": 'brand = "A',
    "no text": "\x89PNG\r\n\x1a\n",
}


@dataclass(frozen=True, slots=True)
class Said:
    returncode: int
    stdout: str
    stderr: str


def started(folder: Path, *words: str, **env: str) -> Said:
    """A command as somebody types it, in an empty folder: a program of its own."""
    one = {name: value for name, value in os.environ.items() if not name.startswith("DUEBOT_")} | env
    program = [sys.executable, "-m", "bot", *words]
    one["PYTHONPATH"] = str(Path.cwd())
    done = subprocess.run(program, cwd=folder, env=one, capture_output=True, text=True, timeout=60, check=False)
    return Said(done.returncode, done.stdout, done.stderr)


def run(folder: Path, **env: str) -> Said:
    """`duebot run` that refuses to, as a fork of a process that has loaded the program."""

    async def ran() -> Said:
        one = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd()), **env}
        program = await Forked.start("bot", ["run"], folder, one)
        async with asyncio.timeout(60):
            out, err, code = await asyncio.gather(program.stdout.read(), program.stderr.read(), program.wait())
        return Said(code, out.decode(), err.decode())

    return asyncio.run(ran())


def duebot(folder: Path, *words: str, **env: str) -> Said:
    """A command in this process, where all is loaded already."""
    without: dict[str, str | None] = {name: None for name in os.environ if name.startswith("DUEBOT_")}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        done = CliRunner(env=without | env).invoke(app, words, prog_name="duebot")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Said(done.exit_code, done.stdout, done.stderr)


def test_it_says_its_version(tmp_path: Path) -> None:
    said = started(tmp_path, "--version")
    assert (said.returncode, said.stdout, said.stderr) == (0, "duebot 0.1.0\n", "")


def test_a_policy_that_is_none_names_the_argument_and_the_nearest(tmp_path: Path) -> None:
    said = duebot(tmp_path, "policy", "show", "humain")
    assert said.returncode == 2
    (line,) = said.stderr.splitlines()
    assert line.startswith("NAME: no policy 'humain'") and "DUEBOT_POLICY" not in line
    assert "humane, strict" in line and line.endswith("did you mean humane?")


def test_a_policy_that_is_none_in_the_settings_names_the_setting(tmp_path: Path) -> None:
    said = duebot(tmp_path, "policy", "show", DUEBOT_POLICY="nope")
    assert said.returncode == 2 and said.stderr.startswith("DUEBOT_POLICY: no policy 'nope'")


def test_a_mistyped_name_is_said_once_without_its_value(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DUEBOT_TOKN=123:secret\nDUEBOT_BRAND=Acorn\nOTHER=1\n")
    said = started(tmp_path, "policy", "show", DUEBOT_DATABSE_URL="sqlite:///x.db", DUEBOT_TOTALLY_ELSE="secret")
    assert said.returncode == 0
    assert said.stderr.splitlines() == [
        "DUEBOT_DATABSE_URL in the environment is not a setting: did you mean DUEBOT_DATABASE_URL?",
        "DUEBOT_TOTALLY_ELSE in the environment is not a setting: docs/operate.md lists them",
        "DUEBOT_TOKN in .env is not a setting: did you mean DUEBOT_TOKEN?",
    ]


def test_names_of_settings_are_none_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("DUEBOT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("duebot_brand", "Acorn")
    monkeypatch.setenv("DUEBOT_POLICY", "humane")
    assert unknown_names() == ()


@pytest.mark.parametrize("what", NO_TOML)
def test_a_file_of_settings_that_is_none_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("duebot.toml").write_bytes(NO_TOML[what].encode("latin-1"))
    with pytest.raises(WrongSettings) as told:
        load_settings()
    assert str(told.value).startswith(("duebot.toml: ", "DUEBOT_BRAND: ")) and len(str(told.value).splitlines()) == 1
    assert len(str(told.value)) < 300


@pytest.mark.parametrize("what", NO_TOML)
def test_ready_replies_that_are_none_are_told_in_one_line(tmp_path: Path, what: str) -> None:
    path = tmp_path / "replies.toml"
    path.write_bytes(NO_TOML[what].encode("latin-1"))
    book = ReplyBook(str(path)).current()
    assert book.faults and book.replies  # those from before go on
    assert all(len(str(fault)) < 300 and "\n" not in str(fault) for fault in book.faults)


@pytest.mark.parametrize("what", NO_TOML)
def test_policies_that_are_none_are_told_in_lines(tmp_path: Path, what: str) -> None:
    (tmp_path / "my.toml").write_bytes(NO_TOML[what].encode("latin-1"))
    said = duebot(tmp_path, "policy", "check", "my.toml")
    assert said.returncode == 1 and "Traceback" not in said.stderr
    assert said.stderr.startswith("my.toml: ") and len(said.stderr) < 600


@pytest.mark.parametrize("name", ["duebot.toml", "replies.toml", "my.toml"])
def test_a_huge_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / name).write_bytes(b"#" * (MOST_BYTES + 1))
    monkeypatch.chdir(tmp_path)
    if name == "duebot.toml":
        with pytest.raises(WrongSettings, match="larger than 1 MiB"):
            load_settings()
    elif name == "replies.toml":
        assert "larger than 1 MiB" in str(ReplyBook(name).current().faults[0])
    else:
        said = duebot(tmp_path, "policy", "check", name)
        assert said.returncode == 1 and "larger than 1 MiB" in said.stderr


def test_a_mark_of_the_beginning_is_read_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("duebot.toml").write_bytes('\ufeffbrand = "Acorn"\n'.encode())
    assert load_settings().brand == "Acorn"
    Path("replies.toml").write_bytes('\ufeff[hello]\nen = "Hello {name}"\n'.encode())
    assert list(ReplyBook("replies.toml").current().replies) == ["hello"]


def test_a_nested_value_is_not_shown() -> None:
    with pytest.raises(RepliesFaulty, match="given as a dict; expected a text"):
        read_replies("[hello.en]\na = 1\n")


# --- What has not had its time yet -----------------------------------------------------------------------------------


async def troubles(db: Database, clock: ManualClock) -> set[str]:
    async with db.read() as conn:
        return {trouble.subject for trouble in await no_rounds(conn, await last_beats(conn), clock.now())}


async def test_right_after_the_start_no_part_is_missing(db: Database, clock: ManualClock) -> None:
    assert await troubles(db, clock) == set(PARTS)  # it never ran
    async with db.write() as conn:
        await note_start(conn, clock.now())
    clock.move(LATE_AFTER)
    assert await troubles(db, clock) == set()
    clock.move(LATE_AFTER)
    assert await troubles(db, clock) == set(PARTS)


async def test_who_starts_again_and_again_gets_no_time_again(db: Database, clock: ManualClock) -> None:
    for _ in range(5):
        async with db.write() as conn:
            await note_start(conn, clock.now())
        clock.move(LATE_AFTER / 2)
    assert await troubles(db, clock) == set(PARTS)
    async with db.write() as conn:
        await beat(conn, "planner", clock.now())
    clock.move(LATE_AFTER * 2)
    async with db.write() as conn:
        await note_start(conn, clock.now())
    assert await troubles(db, clock) == set()


def test_faults_of_lessons_are_named_with_file_and_line(tmp_path: Path) -> None:
    for tag in ("en", "zh-Hans"):
        (tmp_path / "lessons" / tag).mkdir(parents=True)
        (tmp_path / "lessons" / tag / "own.md").write_text("# Own\n## A\nIt is `so`.\n", "utf-8")
    (tmp_path / "lessons" / "fr").mkdir()
    (tmp_path / "lessons" / "en" / "Notes.txt").write_text("x", "utf-8")
    said = duebot(tmp_path, "check-words", "lessons")
    assert said.returncode == 1
    assert said.stderr.splitlines() == [
        "en/Notes.txt: it is no lesson by its name; "
        "expected a name of small letters, digits and -, at most 24, and .md",
        "fr: it is none of a language; expected folders en, zh-Hans, zh-Hant, with the lessons of each language",
    ]
    (tmp_path / "lessons" / "fr").rmdir()
    (tmp_path / "lessons" / "en" / "Notes.txt").unlink()
    said = run(tmp_path, DUEBOT_LEARN="lessons", DUEBOT_TOKEN="1:a")
    assert said.returncode == 2
    assert said.stderr.splitlines() == [
        "DUEBOT_LEARN: en/own.md, line 3: code; expected words without `",
        "DUEBOT_LEARN: zh-Hans/own.md, line 3: code; expected words without `",
        "DUEBOT_LEARN: zh-Hant/own.md: there is en/own.md and zh-Hans/own.md, and not this file; "
        "expected it too, or en/own.md and zh-Hans/own.md taken away",
    ]


def test_faults_of_words_that_agents_are_asked_about_are_named_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "guard.toml"
    path.write_text('threat = """\nyou will see\n!!\n"""\nrude = "you"\n', "utf-8")
    faults = [
        "line 3: threat: a phrase of punctuation only; expected words: take it away",
        "line 5: 'rude' is no kind of words that are asked about; expected one of threat, third_party, false_deadline",
    ]
    given = Settings(_env_file=None, guard_words=str(path))
    assert check_own_words(given).faults == tuple(f"{path}, {fault}" for fault in faults)
    said = run(tmp_path, DUEBOT_GUARD_WORDS="guard.toml", DUEBOT_TOKEN="1:a")
    assert said.returncode == 2
    assert said.stderr.splitlines() == [f"DUEBOT_GUARD_WORDS: {fault}" for fault in faults]
    path.write_text('threat = "you will see"\n', "utf-8")
    (tmp_path / "duebot.toml").write_text('guard_words = "guard.toml"\n', "utf-8")
    said = duebot(tmp_path, "check-words")
    line = "guard.toml: phrases that agents are asked about, without faults: 1\n"
    assert (said.returncode, said.stdout, said.stderr) == (0, line, "")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read: No such file or directory; expected the path of a text file"),
        (b"# a\n\xff\xfe", "line 2: not UTF-8; expected a text file saved as UTF-8"),
        (b"#" * (MOST_BYTES + 1), "it is larger than 1 MiB; expected a text file"),
    ],
)
def test_words_that_cannot_be_read_are_told(tmp_path: Path, content: bytes | None, told: str) -> None:
    path = tmp_path / "guard.toml"
    if content is not None:
        path.write_bytes(content)
    [fault] = check_own_words(Settings(_env_file=None, guard_words=str(path))).faults
    assert told in fault


def test_own_lessons_stand_beside_those_of_duebot(tmp_path: Path) -> None:
    for tag in TAGS:
        (tmp_path / tag).mkdir()
        (tmp_path / tag / "own.md").write_text("# Own\n## A\nSo.\n", "utf-8")
        (tmp_path / tag / "month.md").write_text("# Ours\n## A\nSo.\n", "utf-8")
    titles = [lesson.title for lesson in lessons_of(str(tmp_path)).of("en")]
    assert titles == [
        "When a payment is late",
        "Your credit record",
        "Ours",
        "Advice on debts",
        "How swindlers work",
        "Own",
    ]
    assert check_own_words(Settings(_env_file=None, learn=str(tmp_path))).faults == ()


@pytest.mark.parametrize(
    ("name", "wrong", "expected"),
    [
        ("SEND_RATE", "fast", "expected a number"),
        ("KEEP_DAYS", "1.5", "expected a whole number"),
        ("KEEP_DAYS", "long", "expected a whole number"),
        ("PAID_BROADCAST", "maybe", "expected true or false"),
    ],
)
def test_a_value_of_another_type_is_told_in_plain_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, wrong: str, expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(f"DUEBOT_{name}", wrong)
    with pytest.raises(WrongSettings) as refused:
        load_settings()
    assert str(refused.value) == f"DUEBOT_{name}: {expected}"


def test_a_number_as_text_in_the_file_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "duebot.toml").write_text("brand = 5\n")
    with pytest.raises(WrongSettings, match="^DUEBOT_BRAND: expected text, in quotes$"):
        load_settings()
