"""A policy in plain words: when we write, when a person gets in touch, and what being late costs.

All of it is computed from the policy, so it is true for any policy in force. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bot.message import Message
from bot.rules.policy.packs import requirements
from bot.rules.policy.policy import Policy, Step
from bot.rules.policy.sending_hours import SendingHours
from bot.views.agreements.late_fee_words import amounts_words, cost_words
from bot.views.jurisdictions import place_name
from bot.views.lines import duration
from bot.views.policy.policy_desk import answering, clock_words, closing_words, desk_words, rest_words
from bot.views.policy.policy_packs import calls_words, reports_words
from bot.views.policy.policy_plans import plan_words
from locales import Html, Translator


def policy_words(
    t: Translator, policy: Policy, currencies: Collection[str] | None = None, *, for_agents: bool = False
) -> Message:
    """The whole policy, as it is under its packs. `currencies` are the reader's; None means all. How agents work is
    shown only to agents."""
    parts = (
        *_silence(t, policy),
        "\n".join((t("<b>When we write</b>"), *(_step(t, policy, step) for step in policy.steps))),
        "\n".join((t("<b>How often, and at what time</b>"), *_manners(t, policy, currencies))),
        "\n".join((t("<b>If a payment is late</b>"), *_late(t, policy, currencies))),
        "\n".join(answering(t, policy.desk)),
        *(["\n".join(plans)] if (plans := tuple(plan_words(t, policy.plans, currencies))) else []),
        *(["\n".join(desk_words(t, policy.desk))] if for_agents else []),
    )
    return Message("\n\n".join(parts))


# --- The ladder ------------------------------------------------------------------------------------------------------


def _step(t: Translator, policy: Policy, step: Step) -> Html:
    when, what = _when(t, step.day), _what(t, step)
    if step.id in policy.choices.more:
        return t("• {when}: {what}, if you ask for more reminders", when=when, what=what)
    return t("• {when}: {what}", when=when, what=what)


def _choices(t: Translator, policy: Policy) -> Iterator[Html]:
    if policy.choices.least or policy.choices.more:
        yield t("• In your settings you choose the hour, how they come, and whether you want more or fewer.")
    if policy.choices.pause_days:
        yield t(
            "• Reminders can pause for up to {time}, if you ask for it in your settings.",
            time=t.days(policy.choices.pause_days),
        )


def _when(t: Translator, day: int) -> Html:
    if day == 0:
        return t("On the due date")
    if day < 0:
        return t.plural("{n} day before the due date", "{n} days before the due date", -day)
    return t.plural("{n} day after the due date", "{n} days after the due date", day)


def _what(t: Translator, step: Step) -> Html:
    if step.escalate is not None:
        return t("a person gets in touch, to listen and to look for a way with you")
    known = {
        "upcoming": t("a note on what is coming up"),
        "due_today": t("a note that it’s today"),
        "overdue": t("a kind reminder, if the payment hasn’t reached us"),
        "overdue_again": t("one more reminder, with the offer to talk to a person"),
    }
    return known.get(step.message or "") or t("a reminder")


# --- How we write ----------------------------------------------------------------------------------------------------


def _manners(t: Translator, policy: Policy, currencies: Collection[str] | None) -> Iterator[Html]:
    yield t(
        "• At most {day} and {week}.",
        day=t.plural("{n} message a day", "{n} messages a day", policy.max_per_day),
        week=t.plural("{n} in any seven days", "{n} in any seven days", policy.max_per_week),
    )
    yield _hours(t, policy.sending_hours)
    if rest := rest_words(t, policy.sending_hours):
        yield t("• Not on {days}.", days=rest)
    if policy.applied:
        places = t.joined(place_name(t, pack.name, pack.jurisdiction) for pack in policy.applied)
        yield t("• We also keep to the rules of {places}; where they are stricter, they hold.", places=places)
    yield from calls_words(t, requirements(policy).calls)
    yield from _choices(t, policy)
    yield t("• Several payments come in one message, and what is paid already is left out.")
    smallest = amounts_words(t, policy.minimum_amount, currencies)
    if smallest:
        yield t("• If less than this is due in a currency, we don’t write: {amounts}.", amounts=smallest)
    if policy.facts_max_age is not None:
        yield t("• If our figures are older than {age}, we name no amounts.", age=duration(t, policy.facts_max_age))
    if policy.hints:
        yield t("• A reminder may end with a short hint, the same one at most once a month.")


def _hours(t: Translator, hours: SendingHours) -> Html:
    return t(
        "• Between {opens} and {closes}, by your own clock.",
        opens=clock_words(hours.opens),
        closes=closing_words(hours),
    )


def _silence(t: Translator, policy: Policy) -> Iterator[Html]:
    """That nothing is sent automatically while a pack has expired."""
    if policy.silenced_by:
        names = {pack.name: pack.jurisdiction for pack in policy.applied}
        places = t.joined(place_name(t, name, names.get(name, name)) for name in policy.silenced_by)
        yield t(
            "For now we send no reminders on our own: what we know of the rules of {places} is due for a fresh look.",
            places=places,
        )


# --- Being late ------------------------------------------------------------------------------------------------------


def _late(t: Translator, policy: Policy, currencies: Collection[str] | None) -> Iterator[Html]:
    yield from cost_words(t, policy, currencies)
    yield t("• You can talk to a person at any time, before or after the due date.")
    for advice in requirements(policy).advice:
        yield t("• {help}", help=advice.texts.get(t.language, advice.texts["en"]))
    yield from reports_words(t, requirements(policy))
