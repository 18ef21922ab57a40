"""`check-words`: the faults of a wallet's own words, each with its file and line."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.opening import app, fail, run_async, settings_of


@app.command("check-words")
def check_words(
    folder: Annotated[
        str, typer.Argument(metavar="[FOLDER]", help="A folder of lessons; else what the settings name.")
    ] = "",
) -> None:
    """Lists every fault of your own lessons (DUEBOT_LEARN), phrases (DUEBOT_PHRASES), replies (DUEBOT_REPLIES),
    words that agents are asked about (DUEBOT_GUARD_WORDS), and surveys (DUEBOT_SURVEYS)."""
    from bot.work.operations.own_words_checks import CheckedWords, check_lessons, check_own_words

    async def work() -> CheckedWords:
        return check_lessons(folder) if folder else check_own_words(settings_of())

    checked = run_async(work)
    if checked.faults:
        fail("\n".join(checked.faults))
    for line in checked.good:
        typer.echo(line)
    if not checked.good:
        typer.echo("no words of your own: no FOLDER is given, and no setting names any")
