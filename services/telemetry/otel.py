"""Spans for OpenTelemetry; where they go, its own environment variables say."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.metadata import version
from typing import Final

from langchain_core.callbacks import BaseCallbackHandler
from opentelemetry.context import attach
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from services.domain.spans import Note, Span
from services.domain.traces import SpanRef
from services.telemetry.genai import ModelAndToolSpans

_NAME: Final = "workflow"
_SCOPE: Final = InstrumentationScope(_NAME, version("workflow-compiler"))
_FLUSH_SECONDS: Final = 2.0


class OpenTelemetry:
    """Sends spans through a processor, and has the tasks of visits work for theirs."""

    def __init__(self, processor: SpanProcessor) -> None:
        self._resource = Resource.create(
            {SERVICE_NAME: os.environ.get("OTEL_SERVICE_NAME") or _NAME}
        )
        self._processor = processor
        provider = TracerProvider(resource=self._resource, shutdown_on_exit=False)
        provider.add_span_processor(processor)
        tracer = provider.get_tracer(_NAME, _SCOPE.version)
        self.callbacks: tuple[BaseCallbackHandler, ...] = (ModelAndToolSpans(tracer),)

    def send(self, span: Span) -> None:
        """Hand a span over; nobody waits until it is sent."""
        if span.ref.is_sampled:
            self._processor.on_end(self._readable(span))

    def work_for(self, ref: SpanRef) -> None:
        """From now on, what this task begins is a part of a span, until the task ends."""
        attach(set_span_in_context(NonRecordingSpan(_context(ref))))

    def _readable(self, span: Span) -> ReadableSpan:
        failed = Status(StatusCode.ERROR, span.error) if span.error is not None else Status()
        return ReadableSpan(
            name=span.name,
            context=_context(span.ref),
            parent=None if span.parent is None else _context(span.parent),
            resource=self._resource,
            attributes=span.attributes,
            events=[_event(note) for note in span.notes],
            status=failed,
            start_time=_nanoseconds(span.start),
            end_time=_nanoseconds(span.end),
            instrumentation_scope=_SCOPE,
        )


@asynccontextmanager
async def open_otlp() -> AsyncIterator[OpenTelemetry]:
    """Sends spans in batches by OTLP, while the block lasts."""
    exporter = OTLPSpanExporter()
    processor = BatchSpanProcessor(exporter)
    try:
        yield OpenTelemetry(processor)
    finally:
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(asyncio.to_thread(processor.force_flush))
            await asyncio.wait([sending], timeout=_FLUSH_SECONDS)
            exporter.shutdown()  # type: ignore[no-untyped-call] # a collector that is away would be tried again and again
        await asyncio.to_thread(processor.shutdown)


def _context(ref: SpanRef) -> SpanContext:
    flags = TraceFlags(TraceFlags.SAMPLED if ref.is_sampled else TraceFlags.DEFAULT)
    return SpanContext(ref.trace_id, ref.span_id, is_remote=True, trace_flags=flags)


def _event(note: Note) -> Event:
    return Event(note.name, dict(note.attributes), _nanoseconds(note.at))


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000) * 1_000
