"""Runs that go on from another one: a retry of what failed, a re-run from a node.

An end is an end, so a retry is a new run. It begins with the events of the other one that still
hold, and goes on from there like a run whose process was lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from services.domain.events.frames import StoredEvent, from_stored
from services.domain.events.runs import RunCreated, Source, SourceKind
from services.domain.reruns.compatibility import incompatibilities
from services.domain.reruns.going_on import From, Taken, kept_places
from services.domain.runs import Run, RunStatus
from services.errors import (
    IdempotencyError,
    IncompatibleVersionError,
    RunIsCompletedError,
    RunIsNotOverError,
    VersionNotFoundError,
)
from services.store.paging import Page
from services.store.workflows import StoredVersion
from services.usecases.accepting import Background
from services.usecases.bulk import Choice, Outcome, chosen, each
from services.usecases.reruns import created_from
from services.usecases.runs import RunUseCases
from workflow_compiler import CompiledWorkflow, Plan


class Compiles(Protocol):
    """Stored versions to compiled workflows."""

    async def compiled(self, version: StoredVersion) -> CompiledWorkflow:
        """The compiled graph of a stored version.

        Raises:
            DefinitionError: it cannot be compiled any more.
        """


_WITHOUT_SUCCESS: Final = (RunStatus.FAILED, RunStatus.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a run is to go on: what is None stays as it was.

    Without `begin` it goes on from what did not end well.
    """

    begin: From | None = None
    run_input: Mapping[str, Any] | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class RetryUseCases:
    """What there is to do with a run that is over."""

    runs: RunUseCases
    compiler: Compiles

    async def retry(self, run_id: str, wish: Wish, *, idempotency_key: str | None = None) -> Run:
        """A new run that goes on from this one, and is executed at once.

        The same idempotency key and request give the same run again.

        Raises:
            RunNotFoundError: no such run.
            RunIsNotOverError: it still goes on.
            RunIsCompletedError: nothing of it failed, and nobody said where to begin.
            NotVisitedError: it was never where it is to begin.
            VersionNotFoundError: the workflow has no such version.
            IncompatibleVersionError: what is kept does not fit that version.
            InputError: the input breaks the `input_schema` of that version.
            IdempotencyError: the key was used for another request.
            DefinitionError: one of the two versions does not compile any more.
            UnreadableEventError: the log of the run is not what this version writes.
        """
        run = await self.runs.get(run_id)
        _must_be_over(run, wish)
        if idempotency_key is not None:
            earlier = await self.runs.store.by_idempotency_key(run.project_id, idempotency_key)
            if earlier is not None:
                return await self._same(earlier, run, wish, idempotency_key)
        background = Background(origin=await self._taken(run, wish))
        created = await created_from(self.runs, run, wish, idempotency_key, background)
        if idempotency_key is not None:
            await self._same(created, run, wish, idempotency_key)
        self.runs.dispatcher.send(created.id)
        return created

    async def retry_many(
        self, project_id: str, choice: Choice, idempotency_key: str | None
    ) -> Page[Outcome]:
        """Go on from many runs; of those that somebody means without a status, those that failed.

        With an idempotency key, asking again gives the same runs again.

        Raises:
            CursorError: no page gave this cursor.
        """

        async def retry(run: Run) -> Run:
            own_key = None if idempotency_key is None else f"{idempotency_key}:{run.id}"
            return await self.retry(run.id, Wish(), idempotency_key=own_key)

        found = await chosen(self.runs, project_id, choice, _WITHOUT_SUCCESS)
        return await each(found, retry)

    async def of(self, run_id: str) -> list[Run]:
        """The runs that go on from this one, newest first.

        Raises:
            RunNotFoundError: no such run.
        """
        await self.runs.get(run_id)
        return await self.runs.store.going_on_from(run_id)

    async def _taken(self, run: Run, wish: Wish) -> Taken:
        """What the new run keeps of the log of this one.

        Raises:
            NotVisitedError: it was never where it is to begin.
            IncompatibleVersionError: what is kept does not fit the other version.
        """
        stored = [entry async for entry in self.runs.log.all(run.id)]
        old = await self._plan(run, run.version)
        new = await self._plan(run, wish.version or run.version)
        return await self.runs.computing.run(lambda: _taken(run, wish, stored, old, new))

    async def _plan(self, run: Run, number: int) -> Plan:
        version = await self.runs.versions.get(run.project_id, run.workflow_id, number)
        if version is None:
            raise VersionNotFoundError(run.workflow_id, number)
        return (await self.compiler.compiled(version)).plan

    async def _same(self, found: Run, run: Run, wish: Wish, key: str) -> Run:
        """The run that was created with this key, if it was for the same request.

        Raises:
            IdempotencyError: it was for another one.
        """
        (first,) = await self.runs.log.after(found.id, 0, 1)
        event = from_stored(first)
        assert isinstance(event, RunCreated), "every log begins with it"  # noqa: S101
        kept = event.source.kept if event.source is not None else 0
        wanted = run.input if wish.run_input is None else wish.run_input
        is_same = event.source == _source(run, wish, kept=kept) and event.input == wanted
        if not is_same or event.version != (wish.version or run.version):
            raise IdempotencyError(key)
        return found


def _must_be_over(run: Run, wish: Wish) -> None:
    if not run.is_over:
        raise RunIsNotOverError(run.id, run.status)
    if run.status is RunStatus.COMPLETED and wish.begin is None:
        raise RunIsCompletedError(run.id)


def _taken(run: Run, wish: Wish, stored: Sequence[StoredEvent], old: Plan, new: Plan) -> Taken:
    events = [from_stored(entry) for entry in stored]
    places = kept_places(old, events, wish.begin)
    kept = tuple(events[place] for place in places)
    if new is not old and (reasons := incompatibilities(old, new, kept)):
        raise IncompatibleVersionError(wish.version or 0, reasons)
    return Taken(
        source=_source(run, wish, kept=len(kept)),
        events=kept,
        stored=tuple(stored[place] for place in places),
    )


def _source(run: Run, wish: Wish, *, kept: int) -> Source:
    begin = wish.begin
    if begin is None:
        return Source(run_id=run.id, kind=SourceKind.RETRY, kept=kept)
    return Source(
        run_id=run.id,
        kind=SourceKind.RERUN,
        kept=kept,
        node_id=begin.node_id,
        path=begin.path,
        visit=begin.visit,
    )
