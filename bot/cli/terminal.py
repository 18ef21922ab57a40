"""How a story and a check look in a terminal. Their contents come from `bot.work`; nothing is decided here.

People's words are shown unchanged, but never as markup, and without characters that could garble the screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from bot.rules.channels import BY_NAME
from bot.rules.policy.sending_hours import zones
from bot.work.operations.findings import Finding
from bot.work.outlook.customer_timeline import ChannelState, Story, next_words
from bot.work.outlook.timeline_late_fees import charges_words

_MARKS = {True: ("ok", "green"), None: ("look", "yellow"), False: ("no", "red")}


def print_story(console: Console, story: Story) -> None:
    """The whole story: who, what happened in order, what comes next."""
    console.print(story_view(story))


def print_findings(console: Console, findings: Sequence[Finding]) -> None:
    """A line for each finding, and below it how to fix what is wrong."""
    console.print(findings_view(findings))


def story_view(story: Story) -> RenderableType:
    coming = [Text(f"• {next_words(n, story.zone)}") for n in story.next] or [Text("• nothing")]
    costs = [Text(f"• {charges_words(of)}") for of in story.charges] or [Text("• nothing is owed")]
    return Group(
        *(_who(story), Text(), _happened(story), Text()),
        *(Text("What comes next", style="bold"), *coming, Text()),
        *(Text("What being late costs", style="bold"), *costs),
    )


def _who(story: Story) -> Table:
    rows = [
        ("customer", story.customer_id),
        ("name", story.name),
        ("language", story.language),
        ("time zone", story.zone.replace("|", " or ")),
        ("phone", story.phone),
        ("e-mail", story.email),
        ("segment", story.segment),
        ("vulnerable", "yes: please take extra care" if story.vulnerable else None),
        ("facts as of", _local(story, story.facts_at)),
        ("reminders", f"turned off {_local(story, story.stopped_at)}" if story.stopped_at else None),
        ("forgotten", _local(story, story.forgotten_at) if story.forgotten_at else None),
        ("policy", " ".join(story.policy)),
        *((f"by {c.channel}", _channel(story, c)) for c in story.channels),
    ]
    table = Table.grid(padding=(0, 2))
    for label, value in rows:
        if value:
            table.add_row(Text(label, style="dim"), Text(value))
    return table


def _channel(story: Story, channel: ChannelState) -> str:
    state = channel.state.replace("_", " ")
    if channel.address_known and BY_NAME[channel.channel].from_wallet:
        state = f"address known, {state}"
    since = f" since {_local(story, channel.since)}" if channel.since else ""
    return f"{state}{since}" + (f" ({channel.reason})" if channel.reason else "")


def _happened(story: Story) -> RenderableType:
    if not story.entries:
        return Text("Nothing has happened yet.")
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(f"When ({zones(story.zone)[0].key})", no_wrap=True)
    table.add_column("")
    table.add_column("What")
    for entry in story.entries:
        style = "dim" if entry.at > story.now else ""
        table.add_row(_local(story, entry.at), Text(entry.kind), Text(entry.words), style=style)
    return table


def _local(story: Story, at: datetime) -> str:
    return at.astimezone(zones(story.zone)[0]).strftime("%Y-%m-%d %H:%M")


def findings_view(findings: Sequence[Finding]) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    for finding in findings:
        mark, colour = _MARKS[finding.ok]
        words = Text(finding.words)
        if finding.mend and finding.ok is not True:
            words.append(f"\n→ {finding.mend}", style="dim")
        table.add_row(Text(mark, style=colour), Text(finding.what), words)
    return table
