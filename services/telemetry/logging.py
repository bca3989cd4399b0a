"""The service's own log lines: to stderr, for people on a terminal and as JSON anywhere else."""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import structlog
from structlog.typing import Processor

from services.ports import Execution, Tap
from workflow_compiler.trace import Record, VisitStarted

_SHARED: Final[tuple[Processor, ...]] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
)


def configure_logging(level: str = "INFO", redacted: Callable[[str], str] = str) -> None:
    """Send what structlog and the standard library log to stderr, in one form.

    Every line passes `redacted` when all is in it that it will say, whoever says it. Call it once
    per process, from the program and never from the library.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(redacted, is_terminal=sys.stderr.isatty()))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


class NamedLines:
    """Has every line that is logged within a run name it, and the visit where it is of one.

    A visit begins in the task that then does its work, so what is said of it there stays with it.
    """

    @asynccontextmanager
    async def follow(self, execution: Execution) -> AsyncIterator[Tap]:
        """Name the run while the block lasts, and its visits when they begin."""
        with structlog.contextvars.bound_contextvars(run_id=execution.run.id):
            yield _name_visit


def _name_visit(record: Record) -> None:
    if isinstance(record, VisitStarted):
        structlog.contextvars.bind_contextvars(
            node_id=record.node_id, visit=record.visit, path=record.path
        )


def _formatter(
    redacted: Callable[[str], str], *, is_terminal: bool
) -> structlog.stdlib.ProcessorFormatter:
    # Not with the values of variables, which are users' data: to draw them stops the loop for long.
    plain = structlog.dev.plain_traceback
    rendering: list[Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=plain)]
        if is_terminal
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *rendering,
            _taking_out(redacted),
        ],
    )


def _taking_out(redacted: Callable[[str], str]) -> Processor:
    def take_out(_logger: Any, _method: str, line: Any) -> Any:
        return redacted(line)

    return take_out
