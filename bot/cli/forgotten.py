"""`forgotten`: forgotten customers who still owe something overdue, for the wallet to reach them itself."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.codes import NOT_SO, WRONG_USE
from bot.cli.opening import Json, app, clock, database, database_to_read, fail, run_async, say_json, settings_of

if TYPE_CHECKING:
    from storage.facts.forgotten_debts import StillOwing

TakenOver = Annotated[
    str | None,
    typer.Option("--taken-over", metavar="CUSTOMER_ID", help="The wallet sees to what this customer owes overdue."),
]


By = Annotated[
    str | None,
    typer.Option("--by", metavar="NAME", help="With --taken-over: who says so; else the name of the login."),
]
MOST_CHARS = 60


@app.command()
def forgotten(taken_over: TakenOver = None, by: By = None, as_json: Json = False) -> None:
    """Lists forgotten customers who still owe something overdue: duebot cannot reach them any more, so the wallet has
    to. With --taken-over it notes that the wallet does, and who said so; supervisors hear no more of this customer's
    debts."""
    from storage.facts import forgotten_debts

    async def take_over(customer_id: str, name: str) -> bool:
        async with database(settings_of()) as db, db.write() as conn:
            return await forgotten_debts.take_over(conn, customer_id, name, clock.now())

    async def read() -> list[StillOwing]:
        async with database_to_read(settings_of()) as db, db.read() as conn:
            return await forgotten_debts.still_owing(conn, clock.now().date())

    if taken_over is not None:
        name = _who(by)
        if not run_async(lambda: take_over(taken_over, name)):
            fail(
                f"no forgotten customer has the id {taken_over[:64]!r}; `duebot forgotten` lists those who owe", NOT_SO
            )
        if as_json:
            say_json({"customer_id": taken_over, "taken_over": True, "by": name})
        else:
            typer.echo(f"{taken_over}: the wallet itself sees to what is overdue now, noted by {name}")
        return
    owing = run_async(read)
    if as_json:
        say_json({"forgotten": [_as_json(one) for one in owing]})
        return
    for one in owing:
        typer.echo(f"{one.customer_id}\toverdue since {one.oldest_due.isoformat()}")
    if not owing:
        typer.echo("no forgotten customer owes anything overdue that the wallet has not taken over", err=True)


def _who(by: str | None) -> str:
    """The name that is kept: the one that was given, or else the operating system's of who runs the command."""
    try:
        name = getpass.getuser() if by is None else by.strip()
    except (OSError, KeyError):
        name = ""
    if not name or len(name) > MOST_CHARS or not name.isprintable():
        fail(
            f"--by is {name[:MOST_CHARS]!r}; expected the name of who says so, of 1 to {MOST_CHARS} characters",
            WRONG_USE,
        )
    return name


def _as_json(one: StillOwing) -> dict[str, object]:
    return {
        "customer_id": one.customer_id,
        "forgotten_at": one.forgotten_at.isoformat(timespec="seconds"),
        "oldest_due": one.oldest_due.isoformat(),
    }
