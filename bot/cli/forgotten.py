"""`forgotten`: forgotten customers who still owe something overdue, for the wallet to reach them itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.codes import NOT_SO
from bot.cli.opening import Json, app, clock, database, database_to_read, fail, run_async, say_json, settings_of

if TYPE_CHECKING:
    from storage.facts.forgotten_debts import StillOwing

TakenOver = Annotated[
    str | None,
    typer.Option("--taken-over", metavar="CUSTOMER_ID", help="The wallet sees to what this customer owes overdue."),
]


@app.command()
def forgotten(taken_over: TakenOver = None, as_json: Json = False) -> None:
    """Lists forgotten customers who still owe something overdue: duebot cannot reach them any more, so the wallet has
    to. With --taken-over it notes that the wallet does, and supervisors hear no more of this customer's debts."""
    from storage.facts import forgotten_debts

    async def take_over(customer_id: str) -> bool:
        async with database(settings_of()) as db, db.write() as conn:
            return await forgotten_debts.take_over(conn, customer_id, clock.now().date())

    async def read() -> list[StillOwing]:
        async with database_to_read(settings_of()) as db, db.read() as conn:
            return await forgotten_debts.still_owing(conn, clock.now().date())

    if taken_over is not None:
        if not run_async(lambda: take_over(taken_over)):
            fail(
                f"no forgotten customer has the id {taken_over[:64]!r}; `duebot forgotten` lists those who owe", NOT_SO
            )
        if as_json:
            say_json({"customer_id": taken_over, "taken_over": True})
        else:
            typer.echo(f"{taken_over}: the wallet itself sees to what is overdue now")
        return
    owing = run_async(read)
    if as_json:
        say_json({"forgotten": [_as_json(one) for one in owing]})
        return
    for one in owing:
        typer.echo(f"{one.customer_id}\toverdue since {one.oldest_due.isoformat()}")
    if not owing:
        typer.echo("no forgotten customer owes anything overdue that the wallet has not taken over", err=True)


def _as_json(one: StillOwing) -> dict[str, object]:
    return {
        "customer_id": one.customer_id,
        "forgotten_at": one.forgotten_at.isoformat(timespec="seconds"),
        "oldest_due": one.oldest_due.isoformat(),
    }
