"""How often somebody may ask: a bucket of tokens for each, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

MAX_BUCKETS: Final = 10_000
_BURST_SECONDS: Final = 2.0


class Buckets:
    """So many requests a second for each caller, and those of two seconds at once.

    Where there are too many callers, whoever has not asked for the longest time is forgotten.
    """

    def __init__(
        self, per_second: float, clock: Callable[[], float], capacity: int = MAX_BUCKETS
    ) -> None:
        self._per_second = per_second
        self._burst = max(1.0, per_second * _BURST_SECONDS)
        self._clock = clock
        self._capacity = capacity
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> float:
        """The seconds until the caller may ask; 0.0 for now, and then it has asked."""
        filled = self._filled(caller)
        wait = max(0.0, 1.0 - filled) / self._per_second
        self._buckets[caller] = (filled if wait else filled - 1.0, self._clock())
        self._buckets.move_to_end(caller)
        if len(self._buckets) > self._capacity:
            self._buckets.popitem(last=False)
        return wait

    def __len__(self) -> int:
        return len(self._buckets)

    def _filled(self, caller: str) -> float:
        tokens, since = self._buckets.get(caller, (self._burst, 0.0))
        return min(self._burst, tokens + (self._clock() - since) * self._per_second)
