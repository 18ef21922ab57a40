"""Spans for OpenTelemetry: how long each request, update, round and notice took, and what of that were transactions and
calls of the Bot API.

They are made only if `OTEL_EXPORTER_OTLP_ENDPOINT` is set and the extra `duebot[telemetry]` is installed; otherwise
nothing of OpenTelemetry's SDK is loaded, and each call here costs what an empty `with` costs. Nothing of a person is in
a span: no id, no address, no text, no SQL, no message of an error.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer, TracerProvider

Kind = Literal["internal", "server", "client", "consumer", "producer"]
Value = str | int | bool
ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
TRACE_HEADERS = ("traceparent", "tracestate")
END_WITHIN_S = 1.0  # the program has some seconds in all

_NOTHING: AbstractContextManager[None] = nullcontext()
_tracer: Tracer | None = None


class NotInstalled(Exception):
    """An endpoint is set, but the extra is not installed."""

    def __str__(self) -> str:
        return f"{self.args[0]} is set, but OpenTelemetry is not installed: pip install 'duebot[telemetry]'"


# --- Where something is done -----------------------------------------------------------------------------------------


def root(
    name: str, kind: Kind = "internal", *, headers: Mapping[str, str] | None = None, **about: Value
) -> AbstractContextManager[Span | None]:
    """A span that begins a trace, or continues the one that the request's `headers` name. Use it with `with`."""
    if _tracer is None:
        return _NOTHING
    from opentelemetry.context import Context

    return _opened(_tracer, name, kind, _named(headers) if headers else Context(), about)


def child(name: str, kind: Kind = "internal", **about: Value) -> AbstractContextManager[Span | None]:
    """A span within the one at hand; nothing outside of one, such as in loops that never end."""
    if _tracer is None:
        return _NOTHING
    from opentelemetry.trace import get_current_span

    # One that has ended is still at hand in tasks that were begun in it and go on for others.
    return _opened(_tracer, name, kind, None, about) if get_current_span().is_recording() else _NOTHING


def tell(span: Span | None, name: str = "", **about: Value) -> None:
    """What is known only later: the span's name, and more about it."""
    if span is None:
        return
    if name:
        span.update_name(name)
    span.set_attributes(_attributes(about))


@contextmanager
def _opened(
    tracer: Tracer, name: str, kind: Kind, context: Context | None, about: Mapping[str, Value]
) -> Iterator[Span]:
    from opentelemetry.trace import SpanKind, StatusCode

    with tracer.start_as_current_span(
        name,
        context,
        SpanKind[kind.upper()],
        _attributes(about),
        record_exception=False,  # an error's message may have in it what was said
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR)
            raise


def _attributes(about: Mapping[str, Value]) -> dict[str, Value]:
    """Names as OpenTelemetry has them, with dots: `db__system` is db.system."""
    return {name.replace("__", "."): value for name, value in about.items()}


def _named(headers: Mapping[str, str]) -> Context:
    from opentelemetry.context import Context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract(headers, Context())


# --- Beginning and ending --------------------------------------------------------------------------------------------


def begin(role: str, version: str) -> Callable[[], None]:
    """Makes spans from now on, if an endpoint is set. What it returns sends the last ones and ends that, within
    `END_WITHIN_S`. Raises `NotInstalled`."""
    endpoint = next((name for name in ENDPOINTS if os.environ.get(name)), None)
    if endpoint is None or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return lambda: None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise NotInstalled(endpoint) from None
    about = {"service.name": "duebot", "service.version": version, "duebot.role": role}
    told = Resource.create().attributes  # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come first
    named = str(told.get("service.name", "")).partition(":")[0] not in ("", "unknown_service")
    resource = Resource.create({**about, **({"service.name": told["service.name"]} if named else {})})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    use(provider)

    def end() -> None:
        use(None)
        last = threading.Thread(target=provider.shutdown, name="spans", daemon=True)  # a collector may not answer
        last.start()
        last.join(END_WITHIN_S)

    return end


def use(provider: TracerProvider | None) -> None:
    """Makes spans with this provider from now on; None: no more."""
    global _tracer
    _tracer = None if provider is None else provider.get_tracer("duebot")
