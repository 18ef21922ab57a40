"""Spans are made only where they are asked for, and their end never holds up the program's."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from bot import spans

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
HOUSE = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def no_endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in (*spans.ENDPOINTS, "OTEL_SDK_DISABLED"):
        monkeypatch.delenv(name, raising=False)
    yield
    spans.use(None)


def test_only_one_file_knows_opentelemetry_and_loads_it_when_it_is_asked_for() -> None:
    code = {
        path: path.read_text("utf-8")
        for room in ("bot", "handlers", "storage")
        for path in (HOUSE / room).rglob("*.py")
    }
    assert [path.name for path, text in code.items() if "import" in text and "opentelemetry" in text] == ["spans.py"]
    for line in code[HOUSE / "bot" / "spans.py"].split("if TYPE_CHECKING:")[0].splitlines():
        assert "opentelemetry" not in line


def test_without_an_endpoint_nothing_is_made() -> None:
    spans.begin("all", "1")()
    with spans.root("update") as update, spans.child("read") as read:
        spans.tell(update, "other", outcome="accepted")
    assert update is read is None
    assert spans.root("a") is spans.root("b") is spans.child("c")  # nothing is made for each call


def test_a_child_belongs_to_what_it_is_done_for(made_spans: InMemorySpanExporter) -> None:
    with spans.child("read"):  # in a loop that never ends
        pass
    with spans.root("update", "consumer", attempt=1), spans.child("sendMessage", "client") as call:
        spans.tell(call, http__response__status_code=200)
    told, update = made_spans.get_finished_spans()
    assert (told.name, told.attributes) == ("sendMessage", {"http.response.status_code": 200})
    assert told.parent is not None and told.parent.span_id == update.context.span_id
    assert (update.name, update.kind.name, update.parent) == ("update", "CONSUMER", None)


def test_an_error_is_told_by_its_kind_alone(made_spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError), spans.root("update"):
        raise ValueError("Anna Lee +886912345678")
    (failed,) = made_spans.get_finished_spans()
    assert (failed.attributes, failed.events, failed.status.status_code) == (
        {"error.type": "ValueError"},
        (),
        StatusCode.ERROR,
    )
    assert failed.status.description is None


def test_a_request_continues_the_trace_of_who_asks(made_spans: InMemorySpanExporter) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    for header in (f"00-{trace}-00f067aa0ba902b7-01", "nonsense"):
        with spans.root("GET", "server", headers={"traceparent": header}):
            pass
    known, unknown = made_spans.get_finished_spans()
    assert f"{known.context.trace_id:032x}" == trace
    assert unknown.parent is None


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(spans.NotInstalled) as said:
        spans.begin("all", "1")
    assert str(said.value) == f"{ENDPOINT} is set, but OpenTelemetry is not installed: pip install 'duebot[telemetry]'"


@pytest.mark.parametrize("answers", [True, False])
def test_the_last_spans_are_sent_and_a_collector_that_hangs_is_left(
    monkeypatch: pytest.MonkeyPatch, answers: bool
) -> None:
    received: list[Any] = []
    let_go = threading.Event()

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            if not answers:
                let_go.wait(30)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    monkeypatch.setenv(ENDPOINT, f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(spans, "END_WITHIN_S", 20.0 if answers else 0.2)
    end = spans.begin("web", "1.2.3")
    with spans.root("update"):
        pass
    end()  # comes back, whatever the collector does
    let_go.set()
    server.shutdown()
    serving.join()
    server.server_close()
    if answers:
        ((path, body),) = received
        (told,) = ExportTraceServiceRequest.FromString(body).resource_spans
        about = {each.key: each.value.string_value for each in told.resource.attributes}
        assert path == "/v1/traces"
        assert (about["service.name"], about["service.version"], about["duebot.role"]) == ("duebot", "1.2.3", "web")
        assert [each.name for each in told.scope_spans[0].spans] == ["update"]
