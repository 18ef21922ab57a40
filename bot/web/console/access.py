"""Who is in the console, and what every form needs: the session's cookie, and a token that no other site knows."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from bot.rules.languages import first_known
from bot.work.cases.case_cards import agent_language
from bot.work.operations.console_access import PATH, SESSION_LASTS, form_token, session_of
from bot.work.runtime.parts import Parts
from locales import LANGUAGES, Translator, translator
from storage.cases.agents import Agent
from storage.operations.console_access import AUDITOR, Session

COOKIE = "duebot_console"
LANGUAGE_COOKIE = "duebot_console_language"
FORM_TYPE = "application/x-www-form-urlencoded"
MOST_FORM_BYTES = 64 << 10
MOST_FIELDS = 100
YEAR_S = 366 * 24 * 3600
MOST_DIGITS = 18  # of a number: fewer than the database can store


class Refused(Exception):
    """Ends a request with a page that says why: `out` (no session), `forged`, `supervisors`, `auditors`, `no_case`,
    `no_page`, `no_view`, `wrong_form`, `too_many`; of a file that does not come `no_file`, `large_file`,
    `no_telegram`; of a passkey `passkey_` and why (`NotSo`). `back` is the page that was asked for first, if it is
    another than the one refused."""

    def __init__(self, why: str, back: str = "") -> None:
        super().__init__(why)
        self.why, self.back = why, back


@dataclass(frozen=True, slots=True)
class Visitor:
    """An agent or supervisor with an open session. `token` is what their forms carry."""

    session: Session
    token: str
    t: Translator

    @property
    def agent(self) -> Agent:
        return self.session.agent

    @property
    def is_supervisor(self) -> bool:
        return self.agent.is_supervisor

    @property
    def is_auditor(self) -> bool:
        """They see all that supervisors see of the work, and change nothing."""
        return self.agent.role == AUDITOR

    @property
    def sees_all(self) -> bool:
        return self.is_supervisor or self.is_auditor

    def must_supervise(self) -> Visitor:
        """Raises `Refused` if they are no supervisor."""
        if not self.is_supervisor:
            raise Refused("supervisors")
        return self

    def must_see_all(self) -> Visitor:
        """Raises `Refused` if they are neither a supervisor nor an auditor."""
        if not self.sees_all:
            raise Refused("supervisors")
        return self


class Access:
    """The door of the console."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def visitor(self, request: Request) -> Visitor:
        """Whose request this is; raises `Refused`."""
        secret = request.cookies.get(COOKIE, "")
        session = await session_of(self._parts.db, secret, self._parts.clock.now())
        if session is None:
            raise Refused("out")
        return Visitor(session, form_token(secret), translator(chosen_language(request, session.agent)))

    async def posted(
        self,
        request: Request,
        most_bytes: int = MOST_FORM_BYTES,
        errors: str = "strict",
        *,
        from_auditors: bool = False,
    ) -> tuple[Visitor, Mapping[str, str]]:
        """Who sends a form, and its fields; raises `Refused` for a form that was not on a page of this session,
        and for one of an auditor, unless it is a form that changes nothing but their own session (`from_auditors`).
        `errors` is what becomes of bytes that are not UTF-8, as in `bytes.decode`; strict: the form is refused."""
        visitor = await self.visitor(request)
        fields = await self.fields(request, most_bytes, errors)
        if not hmac.compare_digest(fields.get("token", "").encode(errors="replace"), visitor.token.encode()):
            raise Refused("forged")
        if visitor.is_auditor and not from_auditors:
            raise Refused("auditors")
        return visitor, fields

    async def sent_by_script(self, request: Request) -> Visitor:
        """Who sends something that is no form, by a script of ours, which carries the session's token in a header;
        raises `Refused`."""
        visitor = await self.visitor(request)
        token = request.headers.get("x-form-token", "")
        if not self.is_same_site(request) or not hmac.compare_digest(token.encode(), visitor.token.encode()):
            raise Refused("forged")
        if visitor.is_auditor:
            raise Refused("auditors")
        return visitor

    async def fields(
        self, request: Request, most_bytes: int = MOST_FORM_BYTES, errors: str = "strict"
    ) -> Mapping[str, str]:
        """The fields of a form, the first of each name; raises `Refused` if another site sent it, or it is no form."""
        if not self.is_same_site(request):
            raise Refused("forged")
        if request.headers.get("content-type", "").partition(";")[0].strip().casefold() != FORM_TYPE:
            raise Refused("wrong_form")
        body = bytearray()
        try:
            async for piece in request.stream():
                body += piece
                if len(body) > most_bytes:
                    raise Refused("wrong_form")
            given = parse_qs(
                body.decode("utf-8", errors),
                keep_blank_values=True,
                max_num_fields=MOST_FIELDS,
                errors=errors,
            )
        except (ClientDisconnect, ValueError):
            raise Refused("wrong_form") from None
        return {name: values[0] for name, values in given.items()}

    def let_in(self, response: Response, secret: str) -> None:
        """Gives the browser its session."""
        response.set_cookie(
            COOKIE,
            secret,
            max_age=int(SESSION_LASTS.total_seconds()),
            path=PATH,
            secure=self._parts.web_address.startswith("https://"),
            httponly=True,
            samesite="lax",
        )

    def let_out(self, response: Response) -> None:
        response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="lax")

    def keep_language(self, response: Response, language: str) -> None:
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR_S, path=PATH, httponly=True, samesite="lax")

    def is_same_site(self, request: Request) -> bool:
        """Browsers say from which site a form comes; what says nothing is judged by its token."""
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return False
        origin = request.headers.get("origin")
        if origin is None:
            return True
        # Nothing is read out of it: what a stranger sends may be no address at all.
        return origin == self._parts.web_address or origin.partition("://")[2] == request.headers.get("host", "")


def number_in(text: str) -> int | None:
    """A number in an address or a form; None if it is none, or has more digits than any that there is."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


def chosen_language(request: Request, agent: Agent | None = None) -> str:
    """The language of the pages: what was chosen in this browser, else the agent's, else the browser's."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    if agent is not None and agent.languages:
        return agent_language([agent])
    accepted = request.headers.get("accept-language", "")
    return first_known(part.partition(";")[0] for part in accepted.split(",")) or "en"
