"""Refusals over HTTP: a problem document each (RFC 9457), with a type that programs can rely on.

`type` is an address at which a sentence says what the problem is and how to mend it. A new kind of problem is one line
in `KINDS`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

PATH = "/api/problems/"
MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    status: int
    title: str
    how: str  # to mend it


KINDS: dict[str, Kind] = {
    "bad-request": Kind(400, "The request cannot be read", "Send valid HTTP, and JSON where a body is expected."),
    "no-key": Kind(401, "No valid key", "Send `Authorization: Bearer KEY`; `duebot key add` makes a key."),
    "no-scope": Kind(403, "The key may not do this", "Use a key with the scope that `detail` names."),
    "no-agent": Kind(
        403,
        "The key works as no agent",
        "Use a key that `duebot key add NAME --scopes desk --agent TELEGRAM_ID` made for an agent.",
    ),
    "not-yours": Kind(403, "The case is not this agent's", "Leave it to the agent in `detail`, or ask a supervisor."),
    "events-off": Kind(404, "Events are off", "Set DUEBOT_EVENTS_SECRET."),
    "wrong-signature": Kind(401, "The event is not signed as it should be", "Sign it; docs/api.md says how."),
    "replayed": Kind(409, "The event was taken before", "Nothing is to be done."),
    "api-off": Kind(404, "The API is off", "Set DUEBOT_API_KEY, or make a key with `duebot key add`."),
    "not-found": Kind(404, "There is no such thing", "Look the address and the id up; `/api/openapi.json` lists all."),
    "wrong-method": Kind(405, "The address does not take this method", "Use one of those in the header `Allow`."),
    "too-large": Kind(413, "The request is too large", "Send less at once; `detail` says how much."),
    "wrong-type": Kind(415, "The body has the wrong type", "Send the type that `detail` names as `Content-Type`."),
    "wrong-value": Kind(422, "A value is not as expected", "Mend what `errors` lists, and ask again."),
    "rows-refused": Kind(422, "Some rows were refused", "Mend the rows that `errors` lists, and send them again."),
    "under-way": Kind(409, "The same request is under way", "Ask again after the seconds in `Retry-After`."),
    "case-closed": Kind(409, "The case is closed", "Nothing is to be done: a new case opens when there is a reason."),
    "not-possible": Kind(409, "This cannot be done just now", "`reason` says why, in a word that stays the same."),
    "words-asked": Kind(
        409,
        "Something in the words is asked about before they leave",
        "Change what `found` lists, or say in `anyway` why it is right.",
    ),
    "changed": Kind(412, "The case has changed", "Read it again; `ETag` is that of the case as it is now."),
    "other-request": Kind(422, "The Idempotency-Key was used for another request", "Use another key for each request."),
    "too-many": Kind(429, "Too many requests", "Ask again after the seconds in `Retry-After`."),
    "too-many-headers": Kind(431, "The request has too many headers", "Send fewer."),
    "broken": Kind(500, "Something went wrong here", "Ask again later; the operator's log says what it was."),
    "away": Kind(503, "This cannot be answered just now", "Ask again after the seconds in `Retry-After`."),
}
OF_STATUS = {400: "bad-request", 404: "not-found", 405: "wrong-method", 413: "too-large", 415: "wrong-type"}


@dataclass(frozen=True, slots=True)
class Wrong:
    """One value that is not as expected: where it is (`limit`, `[3].amount`) and what was expected."""

    where: str
    expected: str


class Problem(Exception):
    """Ends a request with a problem document."""

    def __init__(
        self,
        kind: str,
        detail: str = "",
        errors: Sequence[Wrong] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(kind)
        self.kind, self.detail, self.errors, self.headers, self.more = kind, detail, tuple(errors), headers, more

    def response(self) -> Response:
        return problem(self.kind, self.detail, self.errors, self.headers, self.more)


def problem(
    kind: str,
    detail: str = "",
    errors: Sequence[Wrong] = (),
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, object] | None = None,
) -> Response:
    """The answer that says it; `more` are names of this kind's own."""
    known = KINDS[kind]
    said: dict[str, object] = {
        "type": PATH + kind,
        "title": known.title,
        "status": known.status,
        "detail": detail or known.how,
        **(more or {}),
    }
    if errors:
        said["errors"] = [{"where": error.where, "expected": error.expected} for error in errors]
    text = json.dumps(said, ensure_ascii=False).encode(errors="replace")  # a name that was given may be no text
    return Response(text, known.status, headers, MEDIA_TYPE)
