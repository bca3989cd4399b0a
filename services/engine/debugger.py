"""Where the visits of one execution of a run stop, and how they go on: the `Debugger` port.

What somebody asks for is in the run's log, and this does what the log says: what is asked in any
process is heard here, and whoever goes on with the run after this process stops where it stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import assert_never

from services.domain.debug.halting import hit, paused, pinned, position_of
from services.domain.debug.judging import Judge, Verdict
from services.domain.debugging import NOT_DEBUGGED, Debugging, debugged, gone_on, releases
from services.domain.events.frames import from_stored
from services.domain.events.stops import Going, NodeReleased, Place, Position, StopReason
from services.domain.events.vocabulary import Log, NodeRetrying, RunEvent
from services.engine.countdowns import Countdowns
from services.engine.environment import Beginning, Environment
from services.engine.gate import Gate
from services.engine.recorder import Recorder
from services.ports import Execution
from workflow_compiler.debugging import ABSENT, Arrival, Breakdown, Changes, Departure, Moment
from workflow_compiler.history import VisitKey


class RunDebugger:
    """Stops the visits of one run."""

    def __init__(
        self,
        execution: Execution,
        environment: Environment,
        beginning: Beginning,
        gate: Gate,
        recorder: Recorder,
        countdowns: Countdowns,
    ) -> None:
        run = execution.run
        self._run_id = run.id
        self._plan = execution.plan
        self._log = environment.log
        self._clock = environment.clock
        self._gate = gate
        self._activity = gate.activity
        self._recorder = recorder
        self._debugging = run.debugging
        self._began_without = run.debugging is None
        self._edits = beginning.edits
        self._seq = run.event_count
        self._commands = run.debugging.commands if run.debugging is not None else 0
        self._asked = asyncio.Event()
        self._heard = asyncio.Event()
        self._heard.set()
        self._stopped: dict[VisitKey, asyncio.Event] = {}
        self._is_given_up = False
        self._countdowns = countdowns
        self._countdowns.heed(stand=self._state.stands)

    @property
    def is_on(self) -> bool:
        """Whether visits come here: somebody debugs the run, or has asked what is not read yet."""
        return self.is_debugged or not self._heard.is_set()

    @property
    def is_debugged(self) -> bool:
        """Whether somebody debugs the run, or holds it: then each visit that stops is named."""
        return self._debugging is not None or self._gate.is_held

    def is_entered(self, visit: VisitKey) -> bool:
        """Whether somebody stepped into a visit, so that its sub-run stops at its first nodes."""
        place = Place.of(visit)
        return any(mark.is_entered and mark.place == place for mark in self._state.trail)

    def look(self) -> None:
        """Something may have been asked; what comes from now on knows of it."""
        self._heard.clear()
        self._asked.set()

    def heed(self, commands: int) -> None:
        """So often something has been asked."""
        if commands != self._commands:
            self._commands = commands
            self.look()

    @property
    def is_behind(self) -> bool:
        """Whether a visit that may go on has not come to it yet."""
        return bool(self._state.passed)

    def give_up(self) -> None:
        """The run is given up: what is asked from now on is for whoever goes on with it."""
        self._is_given_up = True

    async def has_missed(self) -> bool:
        """Whether something was let go on that is stopped here, or the graph is the wrong one.

        A run that nobody debugged when it was claimed has a graph in which what stops keeps others
        waiting; it has another one when it is claimed again.
        """
        if self._began_without and self._debugging is not None:
            return True
        asked = await self._log.commands_after(self._run_id, self._seq)
        return any(releases(from_stored(entry)) for entry in asked)

    def stir(self) -> None:
        """What has stopped looks whether it may go on, as long as the run is not given up."""
        if not self._is_given_up:
            for woken in self._stopped.values():
                woken.set()

    async def follow(self) -> None:
        """Do what is asked, until the task ends or the run is given up."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            asked = await self._log.commands_after(self._run_id, self._seq)
            if self._is_given_up:
                return
            for entry in asked:
                self._seq = entry.seq or self._seq
                self._take(from_stored(entry))
            if not self._asked.is_set():
                self._heard.set()
            self.stir()

    def unused(self) -> Iterator[Log]:
        """What is to be said when the run is over, of changes of visits that never came."""
        for edit in self._edits.unused:
            yield Log(
                node_id=edit.node_id,
                path=edit.path,
                visit=edit.visit,
                level="warning",
                message=f"its {edit.name or edit.target} was changed, but this visit never came",
                at=self._clock.now(),
            )

    def mark(self, visit: VisitKey) -> None:
        """What comes after a visit is to stop: its sub-run ended in the middle of a step."""
        node_id, path, number = visit
        released = NodeReleased(
            node_id=node_id,
            path=path,
            visit=number,
            going=Going.OVER,
            position=None,
            at=self._clock.now(),
        )
        self._say(released)

    def timer(self, seconds: float) -> AbstractContextManager[object, bool | None]:
        """A timer that stands still while somebody looks at what has stopped."""
        return self._countdowns.timer(seconds)

    async def before(self, arrival: Arrival) -> Changes:
        """Keep a visit until it may do its work."""
        if not arrival.has_begun:
            await self._stay(arrival)
        self._edits.meet(arrival.key)
        changes = self._edits.of(arrival.key, Position.BEFORE)
        pin = self._edits.pin_of(arrival.key)
        if pin is None or arrival.has_begun or changes.output is not ABSENT:
            return changes
        self._say(pinned(arrival, pin.output, self._clock.now()))
        return replace(changes, output=pin.output, writes=changes.writes + pin.writes)

    async def after(self, departure: Departure) -> Changes:
        """Keep a visit until it may pass its tokens on."""
        await self._stay(departure)
        return self._edits.used_up(departure.key, Position.AFTER)

    async def failed(self, breakdown: Breakdown) -> Changes:
        """Keep a visit until it may fail, try again, or go on all the same."""
        is_asked = await self._stay(breakdown)
        changes = self._edits.used_up(breakdown.key, Position.ERROR)
        # Another input is given to be tried.
        again = is_asked or (changes.input is not ABSENT and changes.output is ABSENT)
        if again:
            self._say(_retrying(breakdown, self._clock.now()))
        return replace(changes, again=again)

    async def _stay(self, moment: Moment) -> bool:
        """Stop here, if somebody wants that; whether the visit is to be tried again."""
        await self._heard.wait()
        place, position = Place.of(moment.key), position_of(moment)
        if not self._is_known(place, position):
            verdict = self._verdict(moment)
            for breakpoint_id, hits in verdict.hits:
                self._say(hit(moment, breakpoint_id, hits, self._clock.now()))
            if verdict.why is None:
                return False
            self._say(paused(moment, verdict.why, self._activity.at_work, self._clock.now()))
        await self._wait(moment.key, position)
        passed = self._state.passes(place, position)
        self._debugging = gone_on(self._state, place, {position})
        return passed is not None and passed.again

    async def _wait(self, key: VisitKey, position: Position) -> None:
        """Until the visit may go on; meanwhile it counts as one that does nothing."""
        woken = self._stopped[key] = asyncio.Event()
        self._activity.stops(key)
        try:
            while self._is_stopped(Place.of(key), position):
                await woken.wait()
                woken.clear()
        finally:
            del self._stopped[key]
            self._activity.passes(key)

    def _is_known(self, place: Place, position: Position) -> bool:
        """Whether a visit stopped here before, be it that it may go on since or not."""
        stop = self._state.stop_of(place)
        is_stopped = stop is not None and stop.position is position
        return is_stopped or self._state.passes(place, position) is not None

    def _is_stopped(self, place: Place, position: Position) -> bool:
        stop = self._state.stop_of(place)
        if stop is None or stop.position is not position:
            return False
        return stop.reason is not StopReason.PAUSE or self._gate.is_held

    def _verdict(self, moment: Moment) -> Verdict:
        match moment:
            case Arrival():
                return self._judge.before(self._state, moment, is_held=self._gate.is_held)
            case Departure():
                return self._judge.after(self._state, moment)
            case Breakdown():
                return self._judge.failed(self._state, moment)
            case _:
                assert_never(moment)

    @cached_property
    def _judge(self) -> Judge:
        return Judge(self._plan)

    @property
    def _state(self) -> Debugging:
        return self._debugging or NOT_DEBUGGED

    def _say(self, event: RunEvent) -> None:
        self._take(event)
        self._recorder.put([event])

    def _take(self, event: RunEvent) -> None:
        self._debugging = debugged(self._debugging, event)
        self._countdowns.heed(stand=self._state.stands)
        self._edits.take(event)


def _retrying(breakdown: Breakdown, at: datetime) -> NodeRetrying:
    return NodeRetrying(
        node_id=breakdown.node_id,
        path=breakdown.path,
        visit=breakdown.visit,
        attempt=breakdown.attempt + 1,
        delay_seconds=0.0,
        at=at,
    )
