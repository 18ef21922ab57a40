"""How a forecast looks in a terminal. Its contents come from `bot.work.outlook.forecast`; nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.channels.rate_windows import BULK_SHARE
from bot.rules.outlook.forecast import Forecast, ForecastDay


def print_forecast(console: Console, coming: Forecast) -> None:
    console.print(_table(coming))
    console.print(Text(_verdict(coming), style="red" if coming.first_day_that_does_not_fit else ""))
    console.print(
        Text(
            "If nobody pays, answers or opts out; the cap over seven days is approximated, and what does not fit on a "
            "day is not added to the next. Unreachable customers go to a person. "
            f"Rate: {coming.rate:g} a second, of which reminders get at least {BULK_SHARE:.0%}.",
            style="dim",
        )
    )


def _table(coming: Forecast) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("Day", no_wrap=True)
    for name in ("Messages", "Cases", "Hours"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("By step, by channel")
    for day in coming.days:
        style = "" if day.fits else "red"
        hours = f"{_hours(day.hours_needed)} of {_hours(day.hours_open)}"
        table.add_row(
            f"{day.day:%a %m-%d}", f"{day.messages:,}", f"{day.cases:,}", hours, Text(_of_what(day)), style=style
        )
    return table


def _hours(hours: float) -> str:
    return f"{hours:.1f}" if hours >= 0.1 or not hours else "<0.1"


def _of_what(day: ForecastDay) -> str:
    parts = [_listed(day.by_step), _listed(day.by_channel)]
    if day.unreachable:
        parts.append(f"{day.unreachable:,} unreachable")
    if not day.fits:
        parts.append("does not fit")
    return "; ".join(filter(None, parts))


def _listed(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in numbers.items())


def _verdict(coming: Forecast) -> str:
    late = coming.first_day_that_does_not_fit
    if late is None:
        return f"Everything fits into the sending hours until {coming.days[-1].day.isoformat()}."
    return (
        f"On {late.day.isoformat()} it no longer fits: {late.messages:,} messages need {late.hours_needed:.1f} h, and "
        f"{late.hours_open:.1f} h are open. Raise DUEBOT_SEND_RATE (see DUEBOT_PAID_BROADCAST), or have the policy "
        "say less or at longer hours."
    )
