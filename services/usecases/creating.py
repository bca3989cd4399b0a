"""Writes the runs that somebody asks for, each once."""

from __future__ import annotations

from dataclasses import dataclass

from services.domain.events.frames import from_stored
from services.domain.events.runs import RunCreated
from services.domain.runs import Run
from services.errors import IdempotencyError
from services.journal import Journal
from services.store.events import EventLog
from services.store.runs import Runs
from services.usecases.accepting import Acceptance, RunRequest
from services.usecases.control import Control


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """Makes runs of requests, also of those that come again."""

    store: Runs
    log: EventLog
    journal: Journal
    acceptance: Acceptance
    control: Control

    async def once(self, project_id: str, wanted: RunRequest, key: str | None) -> Run:
        """A new run, or the one that was made with this key.

        Raises:
            IdempotencyError: the key was used for another request.
            ServiceError: what `RunUseCases.create` and `join` raise.
        """
        if key is None:
            return await self._created(project_id, wanted, None)
        run = await self.store.by_idempotency_key(project_id, key)
        if run is None:
            run = await self._created(project_id, wanted, key)
        if not wanted.is_of(run) or not await self._began_so(wanted, run):
            raise IdempotencyError(key)
        return run

    async def _created(self, project_id: str, wanted: RunRequest, key: str | None) -> Run:
        run, event = await self.acceptance.accept(project_id, wanted)
        if wanted.joining is None:
            return await self.journal.create(run, event, idempotency_key=key, taken=wanted.taken)
        joined = await self.journal.join(
            run, event, wanted.joining, idempotency_key=key, taken=wanted.taken
        )
        for stopped in joined.stopped:
            await self.control.stop(stopped, stopped.cancel_reason or "")
        if wanted.joining.is_due:
            self.control.begin(joined.run.id, wanted.joining.after_seconds)
        return joined.run

    async def _began_so(self, wanted: RunRequest, run: Run) -> bool:
        """Whether a run was debugged from its beginning if that is wanted, and only then.

        How, `DebugWishes.create` compares, who knows what was asked for before it was worked out.
        """
        if wanted.debug is None and run.debugging is None:
            return True
        (first,) = await self.log.after(run.id, 0, 1)
        created = from_stored(first)
        return isinstance(created, RunCreated) and (
            (created.debug is None) is (wanted.debug is None)
        )
