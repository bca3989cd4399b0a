"""How long a client waits before it asks again, and when it gives up."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Final

from workflow_client.errors import ClientError

FIRST_SECONDS: Final = 0.1
LONGEST_SECONDS: Final = 5.0


@dataclass(slots=True)
class Patience:
    """Counts since somebody answered last; `seconds` is how long it may be silent."""

    seconds: float
    _since: float = field(default_factory=time.monotonic)
    _failures: int = 0

    def renew(self) -> None:
        """Somebody has answered."""
        self._since, self._failures = time.monotonic(), 0

    async def wait_after(self, error: ClientError) -> None:
        """Wait, each time longer and never as long as other clients do.

        Raises:
            ClientError: the given one, when patience is at its end.
        """
        delay = min(FIRST_SECONDS * 2**self._failures, LONGEST_SECONDS)
        delay *= random.uniform(0.5, 1)  # noqa: S311 - nobody guesses this
        if time.monotonic() + delay - self._since > self.seconds:
            raise error
        self._failures += 1
        await asyncio.sleep(delay)
