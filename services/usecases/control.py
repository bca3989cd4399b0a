"""Pausing, resuming and cancelling a run with all its sub-runs, whichever process executes them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

from services.domain.control import cancelling, pausing, resuming, resuming_in_its_tree
from services.domain.events.runs import RunCancelled
from services.engine.leaving import Closer
from services.errors import ConflictError, LeaseLostError
from services.journal import Journal
from services.ports import Load
from services.store.batches import Recorded
from services.store.leases import Leases
from services.store.runs import Runs
from workflow_compiler.ports import WallClock

_OWNER: Final = "whoever cancelled it"
_LEASE_SECONDS: Final = 10.0


class Dispatcher(Protocol):
    """Brings runs to whoever executes them."""

    @property
    def has_room(self) -> bool:
        """Whether a run that is sent now is executed at once; else others should hear of it."""

    def send(self, run_id: str) -> None:
        """Have a run that is due executed soon; one that is executed looks at what is asked."""

    def look(self) -> None:
        """Something may be due earlier than was known."""

    def load(self) -> Load | None:
        """How busy this process is, if it executes runs."""

    def tell(self, run_id: str) -> None:
        """Have a run that is being executed look at what is asked of it."""

    def cancel(self, run_id: str, reason: str) -> None:
        """Stop a run that is being executed."""

    def hold(self, run_id: str, *, is_held: bool) -> None:
        """Let nothing more of a run begin that is being executed, or let it go on."""


@dataclass(frozen=True, slots=True)
class Control:
    """What can be asked of a run that has been accepted."""

    store: Runs
    leases: Leases
    journal: Journal
    dispatcher: Dispatcher
    clock: WallClock
    closer: Closer

    def begin(self, run_id: str, after_seconds: float) -> None:
        """Have a run that is due executed now, or looked for when its moment comes."""
        if after_seconds > 0:
            self.dispatcher.look()
        else:
            self.dispatcher.send(run_id)

    async def pause(self, run_id: str) -> None:
        """Hold a run and then its sub-runs.

        The parent comes first: what it creates from then on is held from the beginning.

        Raises:
            RunNotFoundError: no such run.
            RunIsOverError: it has reached its end.
            RunIsStoppingError: somebody has cancelled it.
        """
        await self.journal.ask(run_id, pausing(self.clock.now()))
        self.dispatcher.hold(run_id, is_held=True)
        for child in await self.store.children(run_id):
            with suppress(ConflictError):
                await self.pause(child)

    async def resume(self, run_id: str) -> None:
        """Let a held run go on.

        Its sub-runs come first: it looks for them as soon as it goes on, and takes them with it.

        Raises:
            RunNotFoundError: no such run.
            RunIsOverError: it has reached its end.
            RunIsStoppingError: somebody has cancelled it.
            RunNotPausedError: nobody has paused it.
        """
        run = await self.store.get(run_id)
        if run is not None and not run.is_over:
            await self._resume_children(run_id)
        await self.journal.ask(run_id, resuming(self.clock.now()))
        self.dispatcher.hold(run_id, is_held=False)
        self.dispatcher.send(await self.store.root_of(run_id))

    async def cancel(self, run_id: str, reason: str) -> None:
        """Have a run stop; one that no process executes is over at once, with its sub-runs.

        Raises:
            RunNotFoundError: no such run.
            RunIsOverError: it has reached its end.
        """
        asked = await self.journal.ask(run_id, cancelling(reason, self.clock.now()))
        await self.stop(asked, reason)

    async def stop(self, asked: Recorded, reason: str) -> None:
        """Have a run stop that was asked to, and its sub-runs where no process executes it."""
        run_id = asked.run_id
        if not asked.is_owned:
            for child in await self.store.children(run_id):
                with suppress(ConflictError):
                    await self.cancel(child, reason)
            await self._end(run_id, reason)
        self.dispatcher.cancel(run_id, reason)

    async def _resume_children(self, run_id: str) -> None:
        for child in await self.store.children(run_id):
            await self._resume_children(child)
            with suppress(ConflictError):
                await self.journal.ask(child, resuming_in_its_tree(self.clock.now()))
                self.dispatcher.hold(child, is_held=False)

    async def _end(self, run_id: str, reason: str) -> None:
        """End a cancelled run that nobody executes; whoever claims it meanwhile does the same."""
        claim = await self.leases.claim(run_id, _OWNER, _LEASE_SECONDS)
        if claim is None:
            return
        ending = RunCancelled(reason=reason, at=self.clock.now())
        with suppress(ConflictError, LeaseLostError):
            await self.closer.end(claim, ending)
