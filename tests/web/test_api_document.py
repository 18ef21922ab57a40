"""The API keeps to its OpenAPI document: schemathesis asks what the document allows, and what it does not.

Making a question up takes most of the time, so each is asked on SQLite and on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from pydantic import SecretStr
from requests import Session
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance

from bot.rules.operations.api_keys import SCOPES
from bot.work.operations.api_keys import make_key
from storage.runtime.engine import Database
from tests.web.api_server import NOW, Served, address_of, served
from tests.web.test_api_reads import SECRET, fill
from tests.work.lives import MEI, a_life

EXAMPLES = 3  # for each operation and each way of asking
OF_DESK = 2  # fewer for those on cases, which have most in common


def says_nothing(case: schemathesis.Case) -> bool:
    """Whether a value that is wrong, such as a list without members, is not in the address at all."""
    return any(not isinstance(value, bool | int | float) and not value for value in (case.query or {}).values())


@pytest.mark.slow(seconds=20)
def test_every_operation_keeps_to_the_document(sqlite_db: Database, postgresql_db: Database) -> None:
    with ExitStack() as opened:
        apis = [opened.enter_context(_served(database)) for database in (sqlite_db, postgresql_db)]
        session = opened.enter_context(Session())  # keeps its connections
        session.trust_env = False  # there is no way around for proxies of the machine to be looked up
        asked_without_key: set[str] = set()  # operations
        schema = schemathesis.openapi.from_url(f"{apis[0][0].url}/api/openapi.json")
        for result in schema.get_all_operations():
            operation = result.ok()
            examples = OF_DESK if operation.path.startswith("/api/v1/cases/{case_id}/") else EXAMPLES
            for mode in schemathesis.GenerationMode:

                @settings(
                    max_examples=examples,
                    derandomize=True,
                    database=None,
                    deadline=None,
                    phases=(Phase.explicit, Phase.generate),
                    suppress_health_check=list(HealthCheck),
                )
                @given(case=operation.as_strategy(generation_mode=mode))
                def keeps_to_it(case: schemathesis.Case) -> None:
                    # Of writes, the document cannot say all: an account has to be there, a sum to fit its currency.
                    without = [positive_data_acceptance] if case.method in ("POST", "DELETE") else []
                    if says_nothing(case):
                        without.append(negative_data_rejection)
                    for api, key in apis:
                        # That it takes no answer without a key, or with a wrong one, says nothing of the example.
                        if case.operation.label in asked_without_key:
                            without.append(ignored_auth)
                        headers = {"Authorization": f"Bearer {key}"}
                        answer = case.call_and_validate(api.url, session, headers, excluded_checks=without)
                        if answer.status_code < 300:
                            asked_without_key.add(case.operation.label)

                keeps_to_it()


@contextmanager
def _served(database: Database) -> Iterator[tuple[Served, str]]:
    """The API of a wallet with customers, on this database, and a key for all of it."""
    with served(address_of(database), events_secret=SecretStr(SECRET)) as api:
        api.do(lambda db: a_life(db, NOW))
        api.do(fill)
        yield api, api.do(lambda db: make_key(db, "all", SCOPES, NOW, MEI))
