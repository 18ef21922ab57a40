"""One span for each request, update, round and notice, with what the database and Telegram took; and nobody in them."""

from __future__ import annotations

from collections.abc import Sequence

import httpx
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bot.sandbox import Person
from bot.web.server import build
from bot.work.operations.api_keys import make_key
from tests.conversations.conftest import World


def within(spans: Sequence[ReadableSpan], name: str) -> set[str]:
    """The names of the spans within those of this name, at any depth."""
    ids = {each.context.span_id for each in spans if each.name == name and each.parent is None}
    assert ids, f"no {name} among {sorted({each.name for each in spans})}"
    found: set[str] = set()
    while more := [s for s in spans if s.parent and s.parent.span_id in ids and s.context.span_id not in ids]:
        ids |= {each.context.span_id for each in more}
        found |= {each.name for each in more}
    return found


async def test_each_part_of_the_work_has_its_spans_and_nobody_is_in_them(
    world: World, anna: Person, made_spans: InMemorySpanExporter
) -> None:
    key = await make_key(world.db, "reports", ("read",), world.clock.now())
    await world.customer("C-secret", name="Anna Lee", phone="+886912345678")
    await world.owes("C-secret", "I-secret", days=3, amount="1234.50")
    await world.link("C-secret", anna)
    await world.pass_time(hours=1)
    await anna.hears("1,234.50")
    anna.say("/balance and something of my own")
    await anna.hears("500.00")
    anna.say("/agent")
    await anna.hears("asked a person")
    await world.app.catch_up()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(build(world.app.parts))) as program:
        for path in ("customers/C-secret", "customers/C-secret/story", "nothing/C-secret"):
            await program.get(f"http://duebot/api/v1/{path}", headers={"Authorization": f"Bearer {key}"})
    await world.app.bot_side.inbox.settle() if world.app.bot_side else None
    spans = made_spans.get_finished_spans()
    assert {"sendMessage", "write"} <= within(spans, "notice")
    assert {"createForumTopic", "sendMessage", "write"} <= within(spans, "case")
    assert ("topic", "done") in {tuple((each.attributes or {}).values()) for each in spans if each.name == "case"}
    assert {"sendMessage", "read together"} <= within(spans, "update")
    assert "read" in within(spans, "GET /customers/{key}") or "read together" in within(spans, "GET /customers/{key}")
    (notice,) = (each for each in spans if each.name == "notice")
    assert dict(notice.attributes or {}) == {"channel": "telegram", "outcome": "accepted"}
    (asked,) = (each for each in spans if each.name == "GET /customers/{key}")
    assert (asked.attributes or {})["http.response.status_code"] == 200
    assert [each.name for each in spans if (each.attributes or {}).get("http.response.status_code") == 404] == [
        "GET none"
    ]
    told = " ".join(f"{each.name} {dict(each.attributes or {})}" for each in spans)
    for secret in (
        "C-secret",
        "I-secret",
        "Anna",
        "912345678",
        str(anna.user_id),
        "1,234",
        "1234.50",
        "my own",
        "SELECT",
        key,
    ):
        assert secret not in told
