"""Looking at runs: as of any entry of their log, and beside each other. Nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from services.computing import Computing
from services.domain.chronicle import Visited, as_accepted
from services.domain.debug.comparing import Comparison, Side, compare
from services.domain.debug.moment import Moment, Unfolding, rank
from services.domain.events.frames import StoredEvent, from_stored
from services.domain.runs import Run
from services.store.events import EVENTS_LIMIT, EventLog
from services.store.paging import Page, from_cursor, page_of
from services.store.runs import Runs
from services.usecases.plans import Plans


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A run as of an entry of its log, with one page of its nodes; the log ends at `head_seq`."""

    moment: Moment
    nodes: Page[Visited]
    head_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUseCases:
    """What can be seen of the runs of all projects."""

    store: Runs
    log: EventLog
    plans: Plans
    computing: Computing

    async def state(
        self, run_id: str, seq: int | None = None, *, cursor: str | None = None, limit: int = 200
    ) -> Look:
        """How a run stood after the entry `seq` of its log; by default, how it stands.

        The nodes come in pages; a cursor goes on with the moment of the page before it.

        Raises:
            RunNotFoundError: no such run.
            CursorError: no page gave this cursor.
            DefinitionError: the run's version cannot be read any more.
            UnreadableEventError: the log is not what this version writes.
        """
        shown: tuple[bool, str, str] | None = None
        if cursor is not None:
            seq, *place = from_cursor(cursor, int, bool, str, str)
            shown = (place[0], place[1], place[2])
        unfolding = await self.unfolded(await self.store.require(run_id), seq)
        moment = await self.computing.run(unfolding.moment)
        rest = [visited for visited in moment.nodes if shown is None or rank(visited) > shown]
        page = page_of(rest[: limit + 1], limit, _same, lambda one: (moment.seq, *rank(one)))
        return Look(moment=moment, nodes=page, head_seq=await self.log.head(run_id))

    async def compare(self, run_a: str, run_b: str) -> Comparison:
        """Two runs beside each other, of whatever workflows and versions.

        Raises:
            RunNotFoundError: no such run.
            DefinitionError: the version of one cannot be read any more.
            UnreadableEventError: the log of one is not what this version writes.
        """
        a, b = await self._side(run_a), await self._side(run_b)
        return await self.computing.run(lambda: compare(a, b))

    async def _side(self, run_id: str) -> Side:
        run = await self.store.require(run_id)
        chronicle = (await self.unfolded(run)).chronicle
        version = await self.plans.version(run)
        return Side(
            run=chronicle.run,
            plan=await self.plans.of(run),
            definition=version.definition,
            visits=chronicle.visits,
        )

    async def unfolded(self, run: Run, until: int | None = None) -> Unfolding:
        """The log of a run, read up to and with the entry `until`, by default to its end.

        Raises:
            DefinitionError: the run's version cannot be read any more.
            UnreadableEventError: the log is not what this version writes.
        """
        unfolding = Unfolding(await self.plans.of(run), as_accepted(run))
        while until is None or unfolding.chronicle.seq < until:
            seq = unfolding.chronicle.seq
            most = EVENTS_LIMIT if until is None else min(EVENTS_LIMIT, until - seq)
            page = await self.log.after(run.id, seq, most)
            if not page:
                break
            await self.computing.run(partial(_take, unfolding, page))
        return unfolding


def _take(unfolding: Unfolding, page: Sequence[StoredEvent]) -> None:
    unfolding.take([from_stored(entry) for entry in page])


def _same(visited: Visited) -> Visited:
    return visited
