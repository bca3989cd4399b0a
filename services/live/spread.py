"""Shows what the journal of this process has written to all who want to hear of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from services.domain.events.frames import Frame
from services.ports import Publisher


class Spread:
    """One publisher for several: the hub first, then whoever came later."""

    def __init__(self, hub: Publisher) -> None:
        self._publishers: tuple[Publisher, ...] = (hub,)

    def publish(self, run_id: str, project_id: str, frames: Sequence[Frame]) -> None:
        """Show frames to everybody."""
        for publisher in self._publishers:
            publisher.publish(run_id, project_id, frames)

    @contextmanager
    def to(self, publisher: Publisher) -> Iterator[None]:
        """Show frames to one more, for as long as the block lasts."""
        self._publishers = (*self._publishers, publisher)
        try:
            yield
        finally:
            self._publishers = tuple(p for p in self._publishers if p is not publisher)
