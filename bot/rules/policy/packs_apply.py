"""Applies packs to a policy, and lists what they require besides hours and caps; `packs_force` handles those."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from bot.rules.policy.packs_force import said
from bot.rules.policy.packs_terms import Advice, CreditNotice, CreditRecord, MostCalls, Pack, Records
from bot.rules.policy.terms import Policy
from bot.rules.policy.version import versioned


@dataclass(frozen=True, slots=True)
class Requirements:
    """What the packs of a policy require together, always the strictest; None and False if none requires it.

    `records_days` is a minimum. `notice_days_before_credit_report` is 0 if any time before is enough.
    """

    calls: MostCalls | None = None
    records_days: int | None = None
    notice_days_before_credit_report: int | None = None
    advice: tuple[Advice, ...] = ()
    credit_records: tuple[CreditRecord, ...] = ()
    opt_out: bool = False
    lock_screen: bool = False
    debtor_only: bool = False
    plan_stops_collection: bool = False
    cease_honoured: bool = False
    vulnerable_care: bool = False
    affordable_offers: bool = False


def with_packs(policy: Policy, packs: Mapping[str, Pack]) -> Policy:
    """A policy as in its file, and its segments, each with its named packs attached but not yet applied (`Policy.as_of`
    does that), and with the version that covers them. Raises KeyError for a named pack that is not given."""
    attached = replace(policy, applied=tuple(packs[name] for name in policy.packs))
    segments = {
        name: replace(segment, applied=tuple(packs[pack] for pack in segment.packs))
        for name, segment in policy.segments.items()
    }
    return versioned(replace(attached, segments=segments))


def tighten(policy: Policy, packs: Iterable[Pack], today: date | None) -> Policy:
    """The policy with these packs in addition to its own, in every segment too, as it is today."""
    base = policy.untightened or policy
    packs = tuple(packs)
    segments = {name: _more(segment.untightened or segment, packs) for name, segment in base.segments.items()}
    return versioned(replace(_more(base, packs), segments=segments)).as_of(today)


def requirements(policy: Policy) -> Requirements:
    """The other requirements of the policy's packs: on the policy's day if it was made by `as_of`, else under all their
    rules."""
    packs = policy.applied
    kinds = {rule.kind for pack in packs for rule in pack.rules}
    return Requirements(
        calls=_strictest(tuple(said(packs, MostCalls))),
        records_days=max((rule.days for rule in said(packs, Records)), default=None),
        notice_days_before_credit_report=max((rule.days_before for rule in said(packs, CreditNotice)), default=None),
        advice=tuple(said(packs, Advice)),
        credit_records=tuple(said(packs, CreditRecord)),
        opt_out="opt_out" in kinds,
        lock_screen="lock_screen" in kinds,
        debtor_only="debtor_only" in kinds,
        plan_stops_collection="plan_stops_collection" in kinds,
        cease_honoured="cease_honoured" in kinds,
        vulnerable_care="vulnerable_care" in kinds,
        affordable_offers="affordable_offers" in kinds,
    )


def _more(policy: Policy, packs: tuple[Pack, ...]) -> Policy:
    there = {pack.name for pack in policy.applied}
    new = tuple(pack for pack in packs if pack.name not in there)
    names = tuple(dict.fromkeys((*policy.packs, *(pack.name for pack in new))))
    return replace(policy, packs=names, applied=(*policy.applied, *new))


def _strictest(rules: tuple[MostCalls, ...]) -> MostCalls | None:
    """Fewest calls, longest quiet time. Calls count over all debts of a customer if any rule counts so, which never
    allows more than counting per debt."""
    if not rules:
        return None

    def numbers(name: str) -> list[int]:
        return [number for rule in rules if (number := getattr(rule, name)) is not None]

    return MostCalls(
        per_day=min(numbers("per_day"), default=None),
        attempts_per_day=min(numbers("attempts_per_day"), default=None),
        per_7_days=min(numbers("per_7_days"), default=None),
        quiet_days_after_talk=max(numbers("quiet_days_after_talk"), default=None),
        counted_by="customer" if any(rule.counted_by == "customer" for rule in rules) else "debt",
    )
