"""Plays a workflow in the library alone: no database, no network, no waiting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import anyio.lowlevel
from typing_extensions import override

from services.domain.chronicle import Chronicle
from services.domain.events.base import RunError
from services.domain.events.runs import RunCompleted, RunCreated, RunFailed, RunStarted
from services.domain.events.vocabulary import RunEvent, Token
from services.domain.runs import Run
from services.domain.translation.translate import Translator
from workflow_compiler import CompiledWorkflow, NodeError, RunContext
from workflow_compiler.errors import ErrorType, RunReturned, StepLimitError
from workflow_compiler.lower import NodeFailedError
from workflow_compiler.pins import Pins
from workflow_compiler.ports import NOTHING, SystemClock
from workflow_compiler.scripted import ScriptedChatModels
from workflow_compiler.trace import Record


class HurriedClock(SystemClock):
    """The machine's time, but nobody sleeps: the pause before another attempt is over at once."""

    @override
    async def sleep(self, seconds: float) -> None:
        del seconds
        await anyio.lowlevel.checkpoint()


def offstage(pins: Pins) -> RunContext:
    """A world that is shut out: visits are pinned, or compute, or fail."""
    return RunContext(clock=HurriedClock(), chat_models=ScriptedChatModels(), pins=pins)


class Rehearsal:
    """One run of a compiled workflow that nobody stores, and the log that it would have."""

    def __init__(self, compiled: CompiledWorkflow, run: Run, world: RunContext) -> None:
        self._compiled = compiled
        self._run = run
        self._clock = world.clock
        self._translator = Translator(compiled.plan, {})
        self._records: list[Record] = []  # functions in threads tell too, and translating is ours
        self._context = replace(
            world,
            run_id=run.id,
            workflow=compiled.plan.name,
            version=run.version,
            tap=self._records.append,
            tapped=compiled.plan.fingerprint,
        )

    async def play(
        self, run_input: Mapping[str, Any], variables: Mapping[str, Any] = NOTHING
    ) -> Chronicle:
        """Run it to its end; what its log would tell."""
        graph, start = self._compiled.graph, self._compiled.initial_state(run_input, variables)
        state: Any = None
        try:
            state = await graph.ainvoke(start, context=self._context)
            told = self._told()
            ending = self._ended(state)
        except RunReturned as returned:
            told, ending = self._told(), self._completed(returned.output)
        except (NodeFailedError, NodeError, StepLimitError) as error:
            told, ending = self._told(), self._failed(self._why(error))
        rest = self._translator.skip_rest(ending.at) if isinstance(ending, RunCompleted) else ()
        chronicle = Chronicle(self._run)
        chronicle.take([*self._beginning(run_input), *told, *rest, ending])
        return chronicle

    def _told(self) -> list[RunEvent]:
        """What the nodes told of their visits."""
        told = [event for record in self._records for event in self._translator.hear(record)]
        told += self._translator.catch_up()
        return [event for event in told if not isinstance(event, Token)]

    def _beginning(self, run_input: Mapping[str, Any]) -> tuple[RunEvent, RunEvent]:
        run, at = self._run, self._run.created_at
        outside = len(self._compiled.plan.scopes[0].nodes)
        created = RunCreated(
            workflow_id=run.workflow_id,
            version=run.version,
            input=run_input,
            node_count=outside,
            at=at,
        )
        return created, RunStarted(attempt=1, at=at)

    def _ended(self, state: Any) -> RunCompleted | RunFailed:
        if stuck := self._translator.stuck():
            message = f"nothing can go on, but tokens wait on: {', '.join(stuck)}"
            return self._failed(RunError(type=ErrorType.DEADLOCK, message=message))
        try:
            return self._completed(self._compiled.output(state, self._context))
        except NodeError as error:
            return self._failed(self._why(error))

    def _why(self, error: NodeFailedError | NodeError | StepLimitError) -> RunError:
        match error:
            case NodeFailedError(failure=failure):
                return RunError(
                    type=failure.type,
                    message=failure.message,
                    node_id=error.node_id,
                    visit=error.visit,
                    attempt=error.attempt,
                )
            case NodeError():
                return RunError(type=error.type, message=error.message)
            case StepLimitError():
                return RunError(type=error.type, message=error.message, node_id=error.node_id)

    def _completed(self, output: Any) -> RunCompleted:
        return RunCompleted(output=output, at=self._clock.now())

    def _failed(self, error: RunError) -> RunFailed:
        return RunFailed(error=error, at=self._clock.now())
