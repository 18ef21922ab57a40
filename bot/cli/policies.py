"""`policy show`, `policy check`: explains a policy in plain words, and lists the faults of a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.opening import NOT_SO, WRONG_USE, clock, fail, policy_app, run_async, settings_of
from bot.rules.languages import TAGS

if TYPE_CHECKING:
    from bot.rules.policy.policy import Policy


@policy_app.command("show")
def show(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="A shipped policy or a file; else the one in use.")
    ] = "",
    language: Annotated[str, typer.Option(help=f"One of {', '.join(TAGS)}.")] = "en",
) -> None:
    """Explains a policy in plain words, from the file itself."""
    from bot.policies import PolicyNotFound, load_policy, shipped
    from bot.views.policy.policy import policy_words
    from locales import LANGUAGES, match_language, translator

    known = match_language(language)
    if known is None:
        fail(f"--language: expected one of {', '.join(LANGUAGES)}, not {language!r}", WRONG_USE)

    async def work() -> Policy:
        try:
            return load_policy(name or settings_of().policy)
        except PolicyNotFound as error:
            if not name:
                raise
            fail(f"NAME: {error}", WRONG_USE)

    policy = run_async(work)
    typer.echo(f"{policy.name} (version {policy.version})\n")
    typer.echo(policy_words(translator(known), policy, for_agents=True).plain())
    if not name:
        typer.echo(f"\nshipped policies: {', '.join(shipped())}")


@policy_app.command("check")
def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A policy file, or a shipped policy's name.")],
) -> None:
    """Lists every fault of a policy file with its line, and the holes through which customers could be lost."""
    from bot.policies import PolicyNotFound, load_policy
    from bot.rules.policy.policy import PolicyFaulty, find_holes

    try:
        policy = load_policy(file)
    except PolicyNotFound as error:
        fail(str(error))
    except PolicyFaulty as error:
        fail("\n".join(f"{Path(file).name}: {fault}" for fault in error.faults))
    holes = find_holes(policy, clock.now().date())
    for hole in holes:
        typer.echo(f"{Path(file).name}: hole: {hole}", err=True)
    if holes:
        raise typer.Exit(NOT_SO)
    typer.echo(f"{policy.name} (version {policy.version}) has no faults and no holes")
