"""What the console says of proposed policies: the one that waits, what was decided, and why something was not done; and
what supervisors read of them in private."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.message import Message
from bot.rules.policy.proposals import Proposal
from bot.views.lines import clipped
from locales import Html, Translator


def waiting(t: Translator, one: Proposal, zone: ZoneInfo) -> tuple[Html, ...]:
    """Who proposed what, when and why."""
    about = {"name": clipped(one.proposer, 60), "policy": one.name, "version": one.version}
    head = t("{name} proposed {policy}, version {version}, {when}.", **about, when=t.moment(one.proposed_at, zone))
    return head, t("Why: {why}", why=one.why)


def decided_line(t: Translator, one: Proposal, zone: ZoneInfo) -> Html:
    """One line of what was decided."""
    when = t.moment(one.decided_at, zone) if one.decided_at is not None else ""
    about = {"version": one.version, "name": clipped(one.proposer, 60), "by": clipped(one.decider, 60), "when": when}
    known = {
        "approved": t("{version}, proposed by {name}: approved by {by}, {when}.", **about),
        "refused": t("{version}, proposed by {name}: refused by {by}, {when}.", **about),
        "withdrawn": t("{version}, proposed by {name}: taken back {when}.", **about),
    }
    line = known[one.state]
    return t.sentences(line, t("Why: {why}", why=one.reason)) if one.reason else line


def decided_words(t: Translator, said: str) -> Html:
    """What was just done; empty for what nobody can do."""
    known = {
        "proposed": t("It is proposed. Another supervisor approves or refuses it here."),
        "approved": t("It is approved, and in force within a minute."),
        "refused": t("It is refused. Nothing has changed."),
        "withdrawn": t("It is taken back. Nothing has changed."),
    }
    return known.get(said, Html(""))


def not_proposed(t: Translator, reason: str) -> Html:
    """Why nothing was done."""
    known = {
        "no_supervisor": t("Nothing was done: you are not a supervisor any more."),
        "no_reason": t("Please say why, for the record."),
        "same": t("Nothing was proposed: this is the policy in force."),
        "waits": t("Nothing was proposed: another proposal waits. It has to be decided first."),
        "gone": t("Nothing was done: this proposal is no longer waiting."),
        "own": t("Nothing was done: another supervisor has to decide what you proposed."),
        "not_own": t("Nothing was done: only the supervisor who proposed it can take it back."),
        "stale": t(
            "Nothing was done: the policy in force has changed since this was proposed. Please refuse it, and look at "
            "a new draft beside the policy of today."
        ),
    }
    return known[reason]


def notice(t: Translator, one: Proposal, changed_lines: int | None) -> Message:
    """To a supervisor in private: that a proposal waits, or how theirs was decided."""
    about = {"policy": one.name, "version": one.version}
    who = clipped(one.decider if one.state in ("approved", "refused") else one.proposer, 60)
    why = (t("Why: {why}", why=one.reason),) if one.reason else ()
    if one.state == "approved":
        head = t("{name} approved the policy that you proposed: {policy}, version {version}.", name=who, **about)
        return Message("\n".join((head, *why, t("It is in force within a minute."))))
    if one.state == "refused":
        head = t("{name} refused the policy that you proposed: {policy}, version {version}.", name=who, **about)
        return Message("\n".join((head, *why, t("Nothing has changed. To propose another, open /console."))))
    head = t("{name} proposes another policy: {policy}, version {version}.", name=who, **about)
    ask = t("It waits for you or another supervisor to approve or refuse it: open /console.")
    return Message("\n".join((head, _changed(t, changed_lines), t("Why: {why}", why=one.why), ask)))


def _changed(t: Translator, lines: int | None) -> Html:
    if lines is None:
        return t("Too many lines to compare them.")
    return t.plural(
        "{n} line is added to the policy in force or removed from it.",
        "{n} lines are added to the policy in force or removed from it.",
        lines,
    )
