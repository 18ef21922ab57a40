"""`locked`: what the law requires of a forgotten customer, for those who may ask for it."""

from __future__ import annotations

from datetime import date
from io import StringIO
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.codes import NOT_SO
from bot.cli.opening import Json, app, clock, database, fail, run_async, say_json, settings_of
from bot.cli.people import CustomerId


@app.command()
def locked(
    customer_id: CustomerId,
    file: Annotated[Path, typer.Argument(help="The CSV file to write; it may not exist yet.")],
    because: Annotated[str, typer.Option("--because", help="Why it is read, such as a court's reference; it is kept.")],
    as_json: Json = False,
) -> None:
    """Writes what was written to and by a forgotten customer and the law still requires. Nothing else shows it, and who
    reads it leaves a reason."""
    from bot.work.facts.locked_records import write_out

    if not because.strip():
        fail("--because is empty; expected why the records are read, such as a court's reference")
    if file.exists():
        fail(f"{str(file)!r} exists already; expected the name of a new file")

    async def work() -> tuple[int, str]:
        settings, out = settings_of(), StringIO()
        async with database(settings) as db:
            return await write_out(db, customer_id, because.strip(), out, clock.now()), out.getvalue()

    count, text = run_async(work)
    if not count:
        fail(f"nothing is locked away of {customer_id}", NOT_SO)
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")
    if as_json:
        say_json({"customer_id": customer_id, "records": count, "read_on": date.isoformat(clock.now().date())})
    else:
        typer.echo(f"{count} records of {customer_id} written to {file}; keep that file as safe")
