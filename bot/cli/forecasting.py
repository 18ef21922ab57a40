"""`forecast`: what would be sent on the coming days, and the first day on which it no longer fits into the hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.opening import Json, app, clock, database_to_read, policy_in_force, run_async, say_json, settings_of

if TYPE_CHECKING:
    from bot.rules.outlook.forecast import Forecast

MOST_DAYS = 90


@app.command()
def forecast(
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="How many days, from today on.")] = 14,
    as_json: Json = False,
) -> None:
    """What would be sent by day, step and channel if nobody paid, and whether it fits the sending hours."""
    from rich.console import Console

    from bot.cli.terminal_forecast import print_forecast
    from bot.work.outlook.forecast import forecast_days, read_book
    from bot.work.reminders.channel_setup import channel_names

    async def work() -> Forecast:
        settings = settings_of()
        async with database_to_read(settings) as db:
            policy = await policy_in_force(db, settings)
            now = clock.now()
            async with db.read() as conn:
                book = await read_book(conn, policy, now)
            return await forecast_days(db, book, channel_names(settings), settings.send_rate, days, now)

    coming = run_async(work)
    if as_json:
        say_json(coming.as_json())
    else:
        print_forecast(Console(), coming)
