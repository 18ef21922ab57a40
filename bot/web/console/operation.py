"""Operation, for supervisors: the program's troubles, channels, keys and hooks, and the audit log with its search.

What is parked for a hook can be sent again; nothing else is changed here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse

from bot.rules.operations import audit_log
from bot.rules.operations.audit_log import Positions, Search
from bot.views.cases.audit_log_kinds import kind_words
from bot.views.operations import console_operation as views
from bot.web.console.access import Access, Refused, Visitor, number_in
from bot.web.console.audit_csv import audit_as_csv
from bot.web.console.cases import Told
from bot.web.console.lists import frame
from bot.web.console.rendering import page
from bot.web.lazy_routes import LazyRouter
from bot.work.operations.audit_log import MOST_AT_ONCE, note_download, read_audit, who_acts
from bot.work.operations.console_access import PATH
from bot.work.operations.hooks import NoSuchHook, replay_hook
from bot.work.operations.monitoring import Watch
from bot.work.operations.program_state import Lookout
from bot.work.runtime.parts import Parts

HERE = f"{PATH}/operation"
SEE_OTHER = 303
YEARS = range(1970, 9000)  # of a day that can be searched for
NAMES = ("agent", "case", "customer", "kind", "from", "to")
NOTHING: Positions = {}


class WrongSearch(ValueError):
    """A field of the search cannot mean anything; `name` is the field's."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Asked:
    """What the audit log was asked for. `search` is None if nothing can fit, because `wrong` is no such thing."""

    given: Mapping[str, str]
    search: Search | None
    after: Positions
    wrong: str = ""

    def url(self, after: Positions) -> str:
        return f"{HERE}?{urlencode({**self.given, 'after': audit_log.written(after)})}#log"

    @property
    def as_csv(self) -> str:
        """The address of all that was searched, from its newest entry on."""
        return f"{HERE}/log.csv?{urlencode(self.given)}"


def router(parts: Parts, access: Access, watch: Watch) -> APIRouter:
    routes = LazyRouter(prefix=PATH)
    lookout = Lookout(parts, watch)

    @routes.get("/operation")
    async def operation(request: Request) -> Response:
        visitor = (await access.visitor(request)).must_see_all()
        zone = ZoneInfo(parts.policies.current.desk.time_zone)
        asked = read(request.query_params, zone)
        is_first = not asked.given and not asked.after
        state = await _state(lookout, visitor, zone) if is_first else None
        log = await _log(parts, visitor, asked, zone)
        told = _told(visitor, request.query_params.get("replayed", "")) if is_first else None
        about = {**frame(parts, visitor, request), "state": state, "told": told}
        return page(visitor.t, "operation.html", {**about, **log})

    @routes.get("/operation/log.csv")
    async def log_as_csv(request: Request) -> Response:
        visitor = (await access.visitor(request)).must_see_all()
        zone = ZoneInfo(parts.policies.current.desk.time_zone)
        asked = read(request.query_params, zone)
        await note_download(parts.db, visitor.agent.telegram_id, parts.clock.now())
        lines = audit_as_csv(parts.db, visitor.t, asked.search, asked.after, zone)
        headers = {"Content-Disposition": 'attachment; filename="audit-log.csv"'}
        return StreamingResponse(lines, headers=headers, media_type="text/csv; charset=utf-8")

    @routes.post("/operation/hooks/{number}/replay")
    async def replay(number: str, request: Request) -> Response:
        visitor, _ = await access.posted(request)
        visitor.must_supervise()
        if number_in(number) is None:
            raise Refused("no_page")
        try:
            now, actor_id = parts.clock.now(), visitor.agent.telegram_id
            count = await replay_hook(parts.db, number, None, now, actor_id=actor_id)
        except NoSuchHook:
            raise Refused("no_page") from None
        lookout.look_again()
        return RedirectResponse(f"{HERE}?replayed={count}", SEE_OTHER)

    return routes


def _told(visitor: Visitor, replayed: str) -> Told | None:
    count = number_in(replayed)
    return Told(views.sent_again(visitor.t, count), is_good=True) if count is not None else None


async def _state(lookout: Lookout, visitor: Visitor, zone: ZoneInfo) -> dict[str, object]:
    t, state = visitor.t, await lookout.state()
    return {
        "faults": state.faults,
        "troubles": views.troubles(t, state),
        "findings": state.findings,
        "checked": state.checked,
        "channels": [views.channel(t, use) for use in state.channels],
        "keys": [views.key(t, use, zone) for use in state.keys],
        "hooks": [views.hook(t, use, zone) for use in state.hooks],
    }


async def _log(parts: Parts, visitor: Visitor, asked: Asked, zone: ZoneInfo) -> dict[str, object]:
    found = await read_audit(parts.db, asked.search, asked.after) if asked.search is not None else None
    return {
        "given": asked.given,
        "wrong": asked.wrong,
        "entries": [views.entry(visitor.t, one, zone) for one in found.entries] if found is not None else [],
        "more": asked.url(found.after) if found is not None and found.after is not None else "",
        "people": await who_acts(parts.db),
        "kinds": audit_log.KINDS,
        "kind_words": kind_words(visitor.t),
        "zone": visitor.t.zone(zone),
        "as_csv": asked.as_csv,
        "most_in_csv": MOST_AT_ONCE,
        "here_path": HERE,
    }


def read(given: Mapping[str, str], zone: ZoneInfo) -> Asked:
    """What the address says. A search for what cannot be finds nothing, rather than everything."""
    said = {name: value for name in NAMES if (value := given.get(name, "").strip())}
    after = audit_log.read_positions(given.get("after", "")) or NOTHING
    try:
        return Asked(said, _search(said, zone), after)
    except WrongSearch as wrong:
        return Asked(said, None, after, wrong.name)


def _search(said: Mapping[str, str], zone: ZoneInfo) -> Search:
    kind = audit_log.parse_kind(said["kind"]) if "kind" in said else None
    if "kind" in said and kind is None:
        raise WrongSearch("kind")
    customer = said.get("customer", "")
    if "\0" in customer or any("\ud800" <= sign <= "\udfff" for sign in customer):
        raise WrongSearch("customer")
    last = _day(said, "to")
    return Search(
        actor_id=_number(said, "agent"),
        case_id=_number(said, "case"),
        customer_id=customer,
        kind=kind,
        since=_begins(_day(said, "from"), zone),
        before=_begins(last + timedelta(days=1) if last is not None else None, zone),
    )


def _number(said: Mapping[str, str], name: str) -> int | None:
    if name not in said:
        return None
    number = number_in(said[name].removeprefix("#"))
    if number is None:
        raise WrongSearch(name)
    return number


def _day(said: Mapping[str, str], name: str) -> date | None:
    if name not in said:
        return None
    try:
        day = date.fromisoformat(said[name])
    except ValueError:
        raise WrongSearch(name) from None
    if day.year not in YEARS:
        raise WrongSearch(name)
    return day


def _begins(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), zone).astimezone(UTC)
