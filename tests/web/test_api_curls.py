"""The lines of `docs/api.md` that say that they work while the demo runs do, as they are pasted: here against the API
of a wallet with the demo's keys, whose clock is ahead of the machine's, as a demo's is."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.cli.demo import API_KEY, DESK_KEY, EVENTS_SECRET
from bot.clock import MovableClock
from bot.rules.operations.api_keys import digest
from bot.work.operations.wallet_events import apply_waiting
from storage.cases import cases_opening
from storage.cases.agents import Agent, add_agent
from storage.operations import api_keys
from storage.runtime.engine import Database
from tests.web.api_server import Served, address_of, served
from tests.work.lives import ANNA, MEI, customer, linked, owes

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"
DEMO = "http://127.0.0.1:8081"
SETTINGS = f"export API={DEMO}/api/v1 KEY={API_KEY}\n"  # of the first block, for those that do not say so themselves


def pasted(api: Served, *words: str) -> str:
    """What the one block of the document with these words says."""
    blocks = re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    [block] = [each for each in blocks if all(word in each for word in words)]
    script = (block if DEMO in block else SETTINGS + block).replace(DEMO, api.url)
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert "/api/problems/" not in done.stdout
    return done.stdout


@pytest.mark.skipif(not all(map(shutil.which, ("bash", "curl", "openssl"))), reason="needs bash, curl and openssl")
def test_they_work_as_they_are_pasted(sqlite_db: Database) -> None:
    clock = MovableClock()
    clock.move(timedelta(days=40))
    keys = {"api_key": SecretStr(API_KEY), "events_secret": SecretStr(EVENTS_SECRET)}
    with served(address_of(sqlite_db), clock, **keys) as api:

        async def fill(db: Database) -> None:
            now = clock.now()
            await customer(db, now)
            await owes(db, now, now.date() - timedelta(days=5))
            await linked(db, now)
            async with db.write() as conn:
                await add_agent(conn, Agent(MEI, "Mei", (), "agent"), now)
                await cases_opening.open_asked(conn, ANNA, now.date(), now)
                await api_keys.add(conn, "Mei", digest(DESK_KEY), ("read", "desk"), now, MEI)

        api.do(fill)
        first = pasted(api, "/audit", "settled=false")
        assert '"customer_id": "C1"' in first and '"outstanding"' in first and '"in_queue": 1' in first
        assert '"added": 1' in pasted(api, "Idempotency-Key: 2026")
        assert '"state": "closed"' in pasted(api, "/desk/next")
        assert '"status": "accepted"' in pasted(api, "webhook-timestamp: $AT")
        api.do(lambda db: apply_waiting(db, clock))
        assert '"amount": "250.00"' in api.ask("/api/v1/payments/P1", API_KEY).text
