"""What a process tells about itself, for as long as it does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from services.errors import TelemetryError
from services.settings import Settings
from services.telemetry.logging import NamedLines
from services.telemetry.lookups import Lookups
from services.telemetry.loop_delay import LoopDelay
from services.telemetry.metrics import Metrics
from workflow_compiler.ports import WallClock

if TYPE_CHECKING:
    from services.telemetry.langfuse import LangfuseRuns
    from services.telemetry.otel import OpenTelemetry


@dataclass(frozen=True, slots=True, kw_only=True)
class Telemetry:
    """The parts of it; `otel` and `langfuse` only where the settings want them."""

    metrics: Metrics
    lookups: Lookups
    delay: LoopDelay
    lines: NamedLines
    otel: OpenTelemetry | None
    langfuse: LangfuseRuns | None


@asynccontextmanager
async def open_telemetry(settings: Settings, clock: WallClock) -> AsyncIterator[Telemetry]:
    """The telemetry of a process, while the block lasts.

    Raises:
        TelemetryError: the extra for what the settings want is not installed.
    """
    metrics = Metrics(clock, by_workflow=settings.metrics_by_workflow)
    async with (
        LoopDelay(metrics.delayed) as delay,
        _otel(settings) as otel,
        _langfuse(settings) as langfuse,
    ):
        yield Telemetry(
            metrics=metrics,
            lookups=Lookups(metrics.registry),
            delay=delay,
            lines=NamedLines(),
            otel=otel,
            langfuse=langfuse,
        )


def _otel(settings: Settings) -> AbstractAsyncContextManager[OpenTelemetry | None]:
    return _part("otel").open_otlp() if settings.otel else nullcontext()


def _langfuse(settings: Settings) -> AbstractAsyncContextManager[LangfuseRuns | None]:
    return _part("langfuse").open_langfuse() if settings.langfuse else nullcontext()


def _part(name: str) -> Any:
    """A module of ours that needs an extra of this name."""
    try:
        return import_module(f"services.telemetry.{name}")
    except ImportError as error:
        raise TelemetryError(name, str(error)) from error
