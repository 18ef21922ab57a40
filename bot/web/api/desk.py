"""What an agent does by the API, with the agent's own key. Everything is answered with the case as it is then."""

# No annotations of the future here: FastAPI reads those of functions that are made in a loop.
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Request
from fastapi.responses import Response

from bot.web.api.access import Access, agent_of_key
from bot.web.api.bodies import body_document, parsed_body, read_body
from bot.web.api.desk_actions import ACTIONS, Action, Asked
from bot.web.api.desk_models import Nothing
from bot.web.api.desk_refusals import problem_of
from bot.web.api.models import IdempotencyKey, Whole, row_model
from bot.web.api.routes import OF_THE_DESK, VERSION
from bot.web.lazy_routes import LazyRouter
from bot.work.acting_outside import REFUSALS, Refused
from bot.work.cases import casework_outside
from bot.work.operations.api_keys import Caller
from bot.work.operations.desk_requests import NOTHING, Answer, DeskRequest, kept_answer
from bot.work.operations.idempotent_requests import CUT_OFF_AFTER_AT_THE_DESK, Keyed, Once
from bot.work.operations.listings import MOST_WHOLE
from bot.work.runtime.parts import Parts
from storage.operations.listing_fields import CASES

CaseId = Annotated[Whole, Path(ge=1, le=MOST_WHOLE, description="The number of the case.", examples=[12])]
IfMatch = Annotated[
    str | None, Header(description="The `ETag` that you have of the case: nothing is done if it has changed since.")
]


def router(parts: Parts, access: Access, once: Once) -> APIRouter:
    routes = LazyRouter(prefix=VERSION, responses=OF_THE_DESK)
    for action in ACTIONS:
        _add(routes, parts, access, once, action)

    async def claim_next(
        request: Request,
        caller: Annotated[Caller, Depends(access.needs("desk"))],
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        agent, body, now = await agent_of_key(parts, caller), await read_body(request), parts.clock.now()
        parsed_body(request, body, Nothing)

        async def do(order: DeskRequest) -> object:
            return await casework_outside.claim_next(parts.db, agent, parts.policies.current.desk, now, order)

        return await _answered(parts, once, _keyed(request, caller, idempotency_key, body, now), None, 200, do, {})

    routes.add_api_route(
        "/desk/next",
        claim_next,
        methods=["POST"],
        summary="Claim the next case",
        description="The most urgent one that waits and fits the agent's languages, as `/next` does in the group.",
        operation_id="claim_next_case",
        response_model=row_model(CASES),
        responses={NOTHING: {"description": "Nothing waits for this agent."}},
        tags=["desk"],
    )
    return routes


def _add(routes: APIRouter, parts: Parts, access: Access, once: Once, action: Action) -> None:
    async def act(
        request: Request,
        caller: Annotated[Caller, Depends(access.needs(action.scope))],
        case_id: CaseId,
        idempotency_key: IdempotencyKey = None,
        if_match: IfMatch = None,
    ) -> Response:
        agent = await agent_of_key(parts, caller) if action.scope == "desk" else None
        body, now = await read_body(request), parts.clock.now()
        given = parsed_body(request, body, action.model)

        async def do(order: DeskRequest) -> object:
            return await action.do(Asked(parts, agent, case_id, order, now), given)

        keyed = _keyed(request, caller, idempotency_key, body, now)
        return await _answered(parts, once, keyed, _tags(request), action.status, do, action.names)

    routes.add_api_route(
        f"/cases/{{case_id}}/{action.address}",
        act,
        methods=[action.method],
        status_code=action.status,
        summary=action.summary,
        description=action.description,
        operation_id=action.operation_id,
        response_model=row_model(CASES),
        openapi_extra=body_document(action.model, dict(action.example)),
        tags=[action.scope],
    )


def _keyed(request: Request, caller: Caller, key: str | None, body: bytes, now: datetime) -> Keyed | None:
    if key is None:
        return None
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + body)
    return Keyed(caller.name, key, digest.hexdigest(), now, CUT_OFF_AFTER_AT_THE_DESK)


def _tags(request: Request) -> set[str] | None:
    """The ETags of `If-Match`, which may come in several headers; None if there is none."""
    given = request.headers.getlist("if-match")
    return {tag.strip() for tag in ",".join(given).split(",")} if given else None


async def _answered(
    parts: Parts,
    once: Once,
    keyed: Keyed | None,
    if_match: set[str] | None,
    status: int,
    do: Callable[[DeskRequest], Awaitable[object]],
    names: Mapping[str, str],
) -> Response:
    """Does it once, and answers with the case. What is refused is not kept: it may be asked again with the same key."""
    async with once.taking(keyed) as kept:
        if kept is not None:
            return _response(kept_answer(kept), {"Idempotency-Replayed": "true"})
        order = DeskRequest(keyed, if_match, status)
        done = await do(order)
        if isinstance(done, REFUSALS):
            refused: Refused = done
            raise problem_of(refused, names)
    parts.desk_has_work.set()
    return _response(order.answer, {})


def _response(answer: Answer, headers: Mapping[str, str]) -> Response:
    tag = {"ETag": answer.tag} if answer.tag else {}
    return Response(answer.text or None, answer.status, {**headers, **tag}, "application/json" if answer.text else None)
