"""What an import refuses is written beside its file, to be corrected and imported again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.clock import ManualClock
from storage.runtime.engine import Database
from tests.work.facts.wallets import (
    counts,
    customer,
    refusals,
    take,
    write,
)

HEAD = "customer_id,name\n"


async def test_a_corrected_refused_file_goes_in(sqlite_db: Database, clock: ManualClock, tmp_path: Path) -> None:
    folder = write(tmp_path / "w", customers="customer_id,name,phone\nC1,Anna,12\nC2,Bo,34\n")
    await take(sqlite_db, clock.now(), folder)
    refused = folder / "customers.csv.refused.csv"
    assert refused.read_text("utf-8").splitlines()[0] == "line,reason,customer_id,name,phone"
    refused.write_text(refused.read_text("utf-8").replace(",12", ",+886912345678"), "utf-8")

    report = await take(sqlite_db, clock.now(), refused)

    assert counts(report, "customers") == (0, 1, 1, 1)
    again = (folder / "customers.csv.refused.csv.refused.csv").read_text("utf-8").splitlines()
    assert again[0] == "line,reason,customer_id,name,phone"
    assert again[1].startswith("3,")
    assert again[1].endswith(",C2,Bo,34")


async def test_a_folder_does_not_import_its_refused_files(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    folder = write(tmp_path / "w", customers=f"{HEAD},Anna\nC2,Bo\n")
    await take(sqlite_db, clock.now(), folder)
    assert counts(await take(sqlite_db, clock.now(), folder), "customers") == (0, 0, 1, 1)


async def test_a_refused_file_goes_once_its_file_is_clean(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    folder = write(tmp_path / "w", customers=f"{HEAD},Anna\n")
    await take(sqlite_db, clock.now(), folder)
    assert (folder / "customers.csv.refused.csv").exists()
    await take(sqlite_db, clock.now(), write(folder, customers=f"{HEAD}C1,Anna\n"))
    assert not (folder / "customers.csv.refused.csv").exists()


async def test_where_nothing_can_be_written_refused_rows_go_to_the_current_folder(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "w", customers=f"{HEAD},Anna\n")
    (folder / "customers.csv.refused.csv").mkdir()  # in the way, as a folder that is read-only would be
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    report = await take(sqlite_db, clock.now(), folder / "customers.csv")

    assert refusals(Path("customers.csv")) == ["2,customer_id is blank; it is needed,,Anna"]
    assert "customers.csv.refused.csv" in (report.files[0].note or "")


@pytest.mark.parametrize("kind", ["link", "link to nothing", "pipe"])
async def test_nothing_is_written_through_what_has_the_refused_files_name(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    folder = write(tmp_path / "w", customers=f"{HEAD},Anna\nC2,Bo\n")
    precious, at = tmp_path / "precious", folder / "customers.csv.refused.csv"
    if kind == "link":
        precious.write_text("kept")
    if kind == "pipe":
        os.mkfifo(at)
    else:
        at.symlink_to(precious)
    monkeypatch.chdir(folder)  # nowhere else to go

    report = await take(sqlite_db, clock.now(), folder / "customers.csv")

    assert counts(report, "customers") == (1, 0, 0, 1)
    assert (report.files[0].error or "").startswith(
        "the refused rows could not be written to customers.csv.refused.csv"
    )
    assert precious.exists() == (kind == "link")
    assert kind != "link" or precious.read_text() == "kept"

    await take(sqlite_db, clock.now(), write(folder, customers=f"{HEAD}C2,Bo\n") / "customers.csv")
    assert sorted(path.name for path in folder.iterdir()) == ["customers.csv", "customers.csv.refused.csv"]


async def test_a_refused_file_is_its_owners_and_runs_no_formula(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    folder = write(tmp_path / "w", customers="customer_id,name,phone\nC1,=cmd();=2,12\n")
    await take(sqlite_db, clock.now(), folder)
    at = folder / "customers.csv.refused.csv"
    assert refusals(folder / "customers.csv")[0].endswith(",C1,'=cmd();'=2,12")
    assert at.stat().st_mode & 0o777 == 0o600
    at.write_text(at.read_text().replace(",12", ",+886912345678"))
    assert counts(await take(sqlite_db, clock.now(), at), "customers") == (0, 1, 0, 0)
    assert (await customer(sqlite_db))["name"] == "=cmd();=2"
