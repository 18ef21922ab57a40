"""The alert rules and the dashboard ask for metrics that `/metrics` serves, in Prometheus' own grammar."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from bot.cli import app
from bot.rules.operations.troubles import KINDS
from bot.rules.runtime.workers import Worker
from storage.runtime import heartbeats, workers
from storage.runtime.engine import Database
from storage.schema import outgoing_events, prunings, updates
from tests.web.api_server import NOW, address_of, served
from tests.work.lives import a_life, add, notice
from tests.work.operations.test_cli_registered import names

DEPLOY = Path(__file__).parents[2] / "deploy"
GROUPS = yaml.safe_load((DEPLOY / "prometheus" / "duebot.rules.yaml").read_text("utf-8"))["groups"]
RULES: list[dict[str, Any]] = [rule for group in GROUPS for rule in group["rules"]]
DASHBOARD = json.loads((DEPLOY / "grafana" / "duebot.json").read_text("utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
EXPRESSIONS = [rule["expr"] for rule in RULES] + [ask["expr"] for panel in PANELS for ask in panel["targets"]]
SECRET = "kT3vQ9xLm2Zp7RbW5yHd8NcJ_-f4"


def parts_of(expression: Any) -> Iterator[Any]:
    """The expression and everything in it."""
    yield expression
    for name in ("lhs", "rhs", "expr", "vector_selector", "param"):
        if (inner := getattr(expression, name, None)) is not None:
            yield from parts_of(inner)
    for argument in getattr(expression, "args", ()):
        yield from parts_of(argument)


def selectors(text: str) -> list[Any]:
    return [e for e in parts_of(promql_parser.parse(text)) if isinstance(e, promql_parser.VectorSelector)]


async def fill(db: Database) -> None:
    """Everything of which only something that is there is counted."""
    await a_life(db, NOW)
    for state in ("accepted", "not_sent", "planned"):
        await notice(db, NOW, state)
    for n, state in enumerate(("failed", "waiting")):
        await add(db, updates, update_id=n, lane="1", body="", received_at=NOW, state=state, error="KeyError")
    for state in ("waiting", "parked"):
        event = {"hook_id": 1, "kind": "case.opened", "customer_id": "C1", "at": NOW, "body": "{}", "state": state}
        await add(db, outgoing_events, **event, waits_since=NOW, next_at=NOW + timedelta(days=1), tries=1)
    await add(db, prunings, subject="contacts", before=NOW.date(), walked_to=0, removed=0, finished_at=NOW)
    async with db.write() as conn:
        await heartbeats.beat(conn, "planner", NOW)
        await workers.write(conn, Worker("one", "all", 0.0, 0.0, 1e11, 1e11))


@pytest.fixture
def metrics(postgresql_db: Database) -> dict[str, dict[str, set[str]]]:
    """What is served: by the metric's name, its labels and their values."""
    with served(address_of(postgresql_db), api_key=SecretStr(SECRET)) as side:
        side.do(fill)
        assert side.ask("/api/v1/customers", SECRET).status == 200
        text = side.ask("/metrics").text
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = found[sample.name]
            for name, value in sample.labels.items():
                labels[name].add(value)
    return found


def test_every_metric_and_label_that_is_asked_for_is_served(metrics: dict[str, dict[str, set[str]]]) -> None:
    for text in EXPRESSIONS:
        asked = selectors(text)
        assert asked, text
        for selector in asked:
            assert selector.name in metrics, f"/metrics has no {selector.name}: {text}"
            for matcher in selector.matchers.matchers:
                values = metrics[selector.name].get(matcher.name)
                assert values is not None, f"{selector.name} has no label {matcher.name}: {text}"
                if matcher.op == promql_parser.MatchOp.Equal:
                    assert matcher.value in values, f"{selector.name} has no {matcher.name}={matcher.value}: {text}"
        labels = {label for selector in asked for label in metrics[selector.name]}
        grouped = {
            label
            for each in parts_of(promql_parser.parse(text))
            if isinstance(each, promql_parser.AggregateExpr) and each.modifier is not None
            for label in each.modifier.labels
        }
        assert grouped <= labels, text
    told = {selector.name for text in EXPRESSIONS for selector in selectors(text)}
    kept_out = {"duebot_counted_age_seconds", "duebot_api_seconds_sum", "duebot_api_seconds_count"}
    own = {name for name in metrics if name.startswith("duebot_") and not name.endswith("_created")}
    assert own - told == kept_out, "a metric that nobody would see"


def test_every_alert_says_what_to_do_and_names_only_labels_that_it_has() -> None:
    for rule in RULES:
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}, rule
        assert re.fullmatch(r"Duebot[A-Z][A-Za-z]+", rule["alert"])
        assert re.fullmatch(r"[0-9]+m", rule["for"])
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert set(rule["annotations"]) == {"summary", "description"}
        assert rule["annotations"]["summary"].endswith(".")
        parsed = promql_parser.parse(rule["expr"])
        named = set(re.findall(r"\$labels\.(\w+)", json.dumps(rule["annotations"])))
        kept = {
            label
            for each in parts_of(parsed)
            if isinstance(each, promql_parser.AggregateExpr) and each.modifier
            for label in each.modifier.labels
        }
        assert named <= kept, rule["alert"]
    assert len({rule["alert"] for rule in RULES}) == len(RULES)


def test_every_command_that_an_alert_names_exists() -> None:
    known = names(app)
    said = "\n".join([*(rule["annotations"]["description"] for rule in RULES), *(p["description"] for p in PANELS)])
    named = re.findall(r"`(duebot [a-z]+(?: [a-z]+)?)", said)
    assert "duebot hook list" in named
    assert set(named) <= set(known)


def test_every_kind_of_trouble_is_in_one_alert() -> None:
    asked = [
        matcher.value.split("|")
        for rule in RULES
        for selector in selectors(rule["expr"])
        if selector.name == "duebot_trouble"
        for matcher in selector.matchers.matchers
    ]
    assert sorted(kind for kinds in asked for kind in kinds) == sorted(KINDS)


def test_the_dashboard_is_one_that_grafana_takes() -> None:
    assert DASHBOARD["uid"] == "duebot"
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    assert [variable["name"] for variable in DASHBOARD["templating"]["list"]] == ["source"]
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24, panel["title"]
        assert not cells & taken, panel["title"]
        taken |= cells
    for panel in PANELS:
        assert panel["datasource"] == {"type": "prometheus", "uid": "${source}"}
        assert [ask["refId"] for ask in panel["targets"]] == list("ABC"[: len(panel["targets"])])


@pytest.mark.parametrize("wrong", ["max by (state) duebot_guarantee{", "rate(duebot_cases)", "histogram_quantile(x)"])
def test_a_mistake_in_the_grammar_is_noticed(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        promql_parser.parse(wrong)
