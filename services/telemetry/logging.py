"""The service's own log lines: to stderr, for people on a terminal and as JSON anywhere else."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog
from structlog.typing import Processor

_SHARED: Final[tuple[Processor, ...]] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
)


def configure_logging(level: str = "INFO") -> None:
    """Send what structlog and the standard library log to stderr, in one form.

    Call it once per process, from the program and never from the library.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(is_terminal=sys.stderr.isatty()))
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


@contextmanager
def about(*, run_id: str, node_id: str | None = None) -> Iterator[None]:
    """Every line that is logged inside names the run, and the node where there is one."""
    values = {"run_id": run_id} if node_id is None else {"run_id": run_id, "node_id": node_id}
    with structlog.contextvars.bound_contextvars(**values):
        yield


def _formatter(*, is_terminal: bool) -> structlog.stdlib.ProcessorFormatter:
    # Not with the values of variables, which are users' data: to draw them stops the loop for long.
    plain = structlog.dev.plain_traceback
    rendering: list[Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=plain)]
        if is_terminal
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
    )
