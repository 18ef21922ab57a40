"""The queue and the other lists: tabs with their numbers, filters, search, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from bot.rules.facts.money import Money, NotMoney, is_currency, parse_money
from bot.rules.languages import BASES
from bot.views.cases import console_lists as views
from bot.web.console.access import Access, Refused, Visitor, number_in
from bot.web.console.rendering import page
from bot.web.lazy_routes import LazyRouter
from bot.work.cases.desk_lists import (
    TABS,
    After,
    Filters,
    Page,
    Tab,
    filter_choices,
    list_cases,
    search,
)
from bot.work.operations.console_access import PATH
from bot.work.operations.saved_views import drop_view, save_view, views_of
from bot.work.runtime.parts import Parts

FIRST: Tab = "waiting"
MOST_NUMBER, SEE_OTHER = 2**63, 303


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list was asked for; what could not be understood of it is left out."""

    tab: Tab
    words: str
    filters: Filters
    after: After | None
    given: Mapping[str, str]  # without the page

    def url(self, **other: str) -> str:
        """The address of this list with some things otherwise; an empty one is left out."""
        said = {name: value for name, value in {**self.given, **other}.items() if value}
        return f"{PATH}?{urlencode(said)}" if said else PATH

    @property
    def wrong_amount(self) -> str:
        """What was given as an amount, if it is none."""
        return "" if self.words or self.filters.amount is not None else self.given.get("amount", "")

    @property
    def to_keep(self) -> Mapping[str, str]:
        """What a saved view has of it: not what was searched for, which may be somebody's name or number."""
        return {name: value for name, value in self.given.items() if name != "q"}

    @staticmethod
    def other_url(given: Mapping[str, str]) -> str:
        return f"{PATH}?{urlencode(given)}"

    @property
    def is_filtered(self) -> bool:
        return self.filters != Filters()


def router(parts: Parts, access: Access) -> APIRouter:
    routes = LazyRouter(prefix=PATH)

    @routes.get("")
    async def lists(request: Request) -> Response:
        visitor = await access.visitor(request)
        asked, now, desk = read(request.query_params), parts.clock.now(), parts.policies.current.desk
        if asked.words:
            found = await search(parts.db, desk, visitor.agent, asked.words, now, asked.after)
        else:
            found = await list_cases(parts.db, desk, visitor.agent, asked.tab, asked.filters, now, asked.after)
        choices, people = await filter_choices(parts.db)
        shown = {
            "asked": asked,
            "tabs": views.tabs(visitor.t, found.counts),
            "rows": [views.row(visitor.t, each.shown, each.overdue, desk, now) for each in found.rows],
            "more": asked.url(after=cursor(found.after)) if found.after is not None else "",
            "choices": choices,
            "reasons": [(reason, views.reason(visitor.t, reason)) for reason in choices.reasons],
            "people": people,
            "bases": [(base, views.language(visitor.t, base)) for base in BASES],
            "saved": [(name, asked.other_url(given)) for name, given in await views_of(parts.db, visitor.agent)],
            "heading": views.heading(visitor.t, asked.tab, asked.words, _in_tab(found, asked)),
        }
        return page(visitor.t, "lists.html", {**frame(parts, visitor, request), **shown})

    @routes.post("/views")
    async def keep(request: Request) -> Response:
        """Saves the list under a name, or takes a saved one away."""
        visitor, fields = await access.posted(request)
        if fields.get("drop"):
            await drop_view(parts.db, visitor.agent, fields["drop"])
            return RedirectResponse(read(fields).url(), SEE_OTHER)
        asked = read({**fields, "q": ""})
        kept = await save_view(parts.db, visitor.agent, fields.get("name", ""), asked.to_keep)
        if not kept:
            raise Refused("no_view")
        return RedirectResponse(asked.url(), SEE_OTHER)

    return routes


def frame(parts: Parts, visitor: Visitor, request: Request) -> dict[str, object]:
    """What every page of somebody who is in has."""
    query = f"?{request.url.query}" if request.url.query else ""
    return {"me": visitor, "brand": parts.settings.brand, "here": request.url.path + query}


def read(given: Mapping[str, str]) -> Asked:
    """What the address of a list says."""
    said = {name: given.get(name, "").strip() for name in ("tab", "q", "reason", "language", "product")}
    said |= {name: given.get(name, "").strip() for name in ("amount", "currency", "agent")}
    if not said["amount"]:
        said["currency"] = ""  # the form always has one
    tab = next((known for known in TABS if known == said["tab"]), FIRST)
    filters = Filters(
        said["reason"],
        said["language"] if said["language"] in BASES else "",
        said["product"],
        _money(said["amount"], said["currency"]),
        number_in(said["agent"]),
    )
    after = _after(given.get("after", ""), tab if not said["q"] else "open")
    return Asked(tab, said["q"], filters, after, {name: value for name, value in said.items() if value})


def cursor(after: After) -> str:
    """Where a page begins, as part of its address."""
    value = after.value.isoformat() if isinstance(after.value, datetime) else str(after.value)
    return f"{value}_{after.case_id}"


def _after(text: str, tab: Tab) -> After | None:
    value, _, number = text.rpartition("_")
    try:
        case_id = int(number)
        at = int(value) if tab in ("waiting", "open") else datetime.fromisoformat(value)
    except ValueError:
        return None
    if isinstance(at, int):
        return After(at, case_id) if max(abs(at), abs(case_id)) < MOST_NUMBER else None
    return After(at, case_id) if at.tzinfo is not None and abs(case_id) < MOST_NUMBER else None


def _money(amount: str, currency: str) -> Money | None:
    if not amount or not is_currency(currency):
        return None
    try:
        return parse_money(amount, currency)
    except NotMoney:
        return None


def _in_tab(found: Page, asked: Asked) -> int | None:
    """How many there are, where that is known."""
    return None if asked.words or asked.is_filtered else found.counts[asked.tab]
