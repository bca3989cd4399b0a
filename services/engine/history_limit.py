"""How many events a run may have: whoever goes on with it reads them all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog

from workflow_compiler import NodeError
from workflow_compiler.errors import ErrorType

WARN_EVENTS: Final = 10_000
MAX_EVENTS: Final = 25_000

_log = structlog.get_logger(__name__)


class HistoryLimit:
    """Watches a log grow, over all executions of its run: warns once in each, then fails."""

    def __init__(self, fail: Callable[[NodeError], None], event_count: int) -> None:
        self._fail = fail
        self._count = event_count

    def grew(self, event_count: int) -> None:
        """The log has so many events now."""
        before, self._count = self._count, event_count
        if before < WARN_EVENTS <= event_count:
            _log.warning("run.long_history", events=event_count, limit=MAX_EVENTS)
        if before < MAX_EVENTS <= event_count:
            message = f"the run has more than {MAX_EVENTS:,} events"
            self._fail(NodeError(ErrorType.HISTORY_LIMIT, message))
