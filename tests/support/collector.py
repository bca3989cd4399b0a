"""A collector of traces on a port of its own, which takes what OTLP sends over HTTP."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.support.receiver import receiver
from tests.support.web import Seen, answer


@dataclass(frozen=True, slots=True)
class Seized:
    """A span as it came over the wire."""

    name: str
    trace: str
    id: str
    parent: str
    start: int
    end: int
    attributes: Mapping[str, Any]
    events: tuple[tuple[str, Mapping[str, Any]], ...]
    is_error: bool


@dataclass
class Collector:
    """What came so far, by the ids of the spans: none may come twice."""

    port: int = 0
    spans: dict[str, Seized] = field(default_factory=dict)
    more: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def settings(self) -> dict[str, str]:
        """The environment of a process that sends its traces here."""
        return {
            "WORKFLOW_OTEL": "true",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{self.port}",
            "OTEL_BSP_SCHEDULE_DELAY": "50",
        }

    async def named(self, name: str) -> Seized:
        """The one span of this name, once it has come."""
        while not (found := [span for span in self.spans.values() if span.name == name]):
            self.more.clear()
            await self.more.wait()
        (only,) = found
        return only

    def take(self, seen: Seen) -> bytes:
        zipped = seen.headers.get("content-encoding") == "gzip"
        request = ExportTraceServiceRequest.FromString(
            gzip.decompress(seen.body) if zipped else seen.body
        )
        for span in _spans(request):
            seized = _seized(span)
            assert seized.id not in self.spans, f"{span.name} came twice"
            self.spans[seized.id] = seized
        self.more.set()
        return answer(content_type="application/x-protobuf")


@asynccontextmanager
async def collector() -> AsyncIterator[Collector]:
    """A collector, as long as the block lasts."""
    opened = Collector()
    async with receiver(opened.take) as running:
        opened.port = running.port
        yield opened


def _spans(request: ExportTraceServiceRequest) -> Iterator[Span]:
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            yield from scope.spans


def _seized(span: Span) -> Seized:
    return Seized(
        name=span.name,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        start=span.start_time_unix_nano,
        end=span.end_time_unix_nano,
        attributes=_plain(span.attributes),
        events=tuple((event.name, _plain(event.attributes)) for event in span.events),
        is_error=span.status.code == 2,
    )


def _plain(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}
