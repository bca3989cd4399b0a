"""HTTP connections that have to come to the point."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol


class TimelyProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, but for one that waits for the head of a request no longer.

    By itself it would wait for the rest of half a head for ever, and a few clients could hold all
    connections that a process may have. How long a body may take is the business of `BodyLimits`.
    """

    head_seconds: ClassVar[float] = 20.0
    """So long after a connection was made, or its last answer was sent, the next head is there."""

    _due: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._await_head()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._await_nothing()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._await_nothing()
        self._due = self.loop.call_later(self.head_seconds, self._close_if_idle)

    def _await_nothing(self) -> None:
        if self._due is not None:
            self._due.cancel()

    def _close_if_idle(self) -> None:
        # Before the first request there is no cycle, whatever its type says.
        is_answering = bool(self.cycle) and not self.cycle.response_complete
        has_become_a_socket = self.transport.get_protocol() is not self
        if not (is_answering or has_become_a_socket):
            self.transport.close()
