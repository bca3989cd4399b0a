"""Keeps the right to execute one run, and hears what is asked of the run meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from services.errors import LeaseLostError
from services.store.leases import Claim, Leases, Renewal
from services.store.patience import patiently


class Lease:
    """The lease of a claimed run; `heard` is told what every renewal brought."""

    def __init__(
        self, leases: Leases, claim: Claim, seconds: float, heard: Callable[[Renewal], None]
    ) -> None:
        self._leases = leases
        self._run_id = claim.run.id
        self._fence = claim.fence
        self._seconds = seconds
        self._heard = heard

    async def keep(self) -> None:
        """Renew the lease every third of it.

        Raises:
            LeaseLostError: another process has the run, or may have it, since the database was
                away until the lease had ended.
        """
        clock = asyncio.get_running_loop().time
        asked_at = clock()
        while True:
            await asyncio.sleep(self._seconds / 3)
            ends_at, asked_at = asked_at + self._seconds, clock()
            renewal = await self._renewed_by(ends_at)
            if renewal is None:
                raise LeaseLostError(self._run_id)
            self._heard(renewal)

    async def _renewed_by(self, ends_at: float) -> Renewal | None:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(ends_at):
                return await patiently(
                    lambda: self._leases.renew(self._run_id, self._fence, self._seconds),
                    self._seconds,
                )
        return None
