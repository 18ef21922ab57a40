"""`prune`: removes records that are older than they have to be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.opening import Json, app, clock, database_to_read, policy_in_force, run_async, say_json, settings_of

if TYPE_CHECKING:
    from bot.work.operations.pruning import Pruned


@app.command("prune")
def prune_(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be removed.")] = False,
    as_json: Json = False,
) -> None:
    """Removes messages, reminders, evenings' states and words in cases that are older than DUEBOT_KEEP_DAYS, or than
    the rules of a pack ask for, and that nothing needs any more. Never what the wallet said, what concerns an unsettled
    debt, an open case or an agreement. The running program does the same each night."""

    async def work() -> Pruned:
        from bot.rules.operations.retention import keeping
        from bot.work.operations.pruning import prune, would_remove

        settings = settings_of()
        async with database_to_read(settings) as db:
            keep = keeping(await policy_in_force(db, settings), settings.keep_days)
            return await (would_remove if dry_run else prune)(db, keep, clock.now())

    done = run_async(work)
    if as_json:
        say_json(done.as_json(dry_run=dry_run))
    else:
        _say(done, "would be removed" if dry_run else "removed")


def _say(done: Pruned, removed: str) -> None:
    keep = done.keeping
    if keep.packs:
        typer.echo(
            f"DUEBOT_KEEP_DAYS is {keep.wished}, but the rules of {', '.join(keep.packs)} ask for {keep.days} days, "
            f"so {keep.days} days are kept",
            err=True,
        )
    if done.before is None:
        typer.echo("the wallet has not told of any debt yet, so there is nothing to remove")
        return
    rows = [f"{count:,} {table}" for table, count in done.rows.items() if count]
    if not rows:
        typer.echo(f"nothing from before {done.before} that is not needed any more ({keep.days} days are kept)")
        return
    typer.echo(f"{removed}, all from before {done.before} ({keep.days} days are kept):")
    for row in rows:
        typer.echo(f"  {row}")
