"""Plays a run's graph once: what its nodes tell goes to the log, and at last there is an ending."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Iterable
from contextlib import aclosing
from dataclasses import replace
from threading import get_ident
from typing import Any

import structlog

from services.domain.events.base import RunError
from services.domain.events.runs import RunCompleted, RunFailed
from services.domain.events.vocabulary import (
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    RunEvent,
    Token,
)
from services.domain.redaction import Trickles
from services.domain.runs import Run
from services.domain.translation.raw import Raw
from services.domain.translation.translate import Translator
from services.engine.activity import Activity
from services.engine.closing import Ending
from services.engine.environment import Beginning, Environment
from services.engine.recorder import Recorder
from workflow_compiler import CompiledWorkflow, NodeError, Plan, RunContext
from workflow_compiler.errors import ErrorType, RunReturned, StepLimitError
from workflow_compiler.history import VisitKey
from workflow_compiler.lower import NodeFailedError, node_name
from workflow_compiler.planning import PlannedNode
from workflow_compiler.registry import Work
from workflow_compiler.trace import AttemptFailed, LargeResult, Record, VisitStarted

_log = structlog.get_logger(__name__)


class Play:
    """One pass over the stream of a run's graph."""

    def __init__(
        self,
        run: Run,
        compiled: CompiledWorkflow,
        environment: Environment,
        beginning: Beginning,
        recorder: Recorder,
        activity: Activity,
    ) -> None:
        self._run = run
        self._compiled = compiled
        self._environment = environment
        self._recorder = recorder
        self._activity = activity
        self._variables = beginning.variables
        self._translator = Translator(
            compiled.plan, environment.prices, beginning.told, beginning.history.stopped
        )
        self._containers = {node.id for node in compiled.plan.nodes if node.type.slots}
        self._loop = asyncio.get_running_loop()
        self._thread = get_ident()
        self._is_mute = False
        self._trickles = Trickles(environment.secrets.redactor)

    def mute(self) -> None:
        """Tell nothing more: how nodes take a stop in the middle is no part of the run's story."""
        self._is_mute = True

    @property
    def still_running(self) -> Collection[VisitKey]:
        """The visits of which a thread was at work when they were stopped."""
        return self._translator.still_running

    def hear(self, record: Record) -> None:
        """The tap of the run; a function in a thread speaks through the loop."""
        if get_ident() != self._thread:
            self._loop.call_soon_threadsafe(self.hear, record)
            return
        if self._is_mute:
            return
        match record:
            case VisitStarted() if record.node_id not in self._containers:
                self._activity.began((record.node_id, record.path, record.visit))
            case AttemptFailed(delay_seconds=float()):
                self._activity.pauses((record.node_id, record.path, record.visit))
            case LargeResult(size=size):
                place = {"node_id": record.node_id, "path": record.path, "visit": record.visit}
                _log.warning("session.large_result", run_id=self._run.id, **place, bytes=size)
            case _:
                pass
        self._tell(self._translator.hear(record))

    async def play(self, context: RunContext) -> Ending:
        """Consume the graph's stream; the event with which the run ends."""
        try:
            try:
                async with aclosing(self._stream(context)) as stream:
                    async for raw in stream:
                        self._tell(self._translator.translate(raw))
            finally:
                self._tell(self._translator.catch_up())
            return await self._completed(context)
        except RunReturned as returned:
            return self._returned(returned.output)
        except NodeFailedError as error:
            return self._failed(_error_of(error))
        except StepLimitError as error:
            told = RunError(type=error.type, message=error.message, node_id=error.node_id)
            return self._failed(told)
        except NodeError as error:
            return self._failed(RunError(type=error.type, message=error.message))
        except Exception as error:  # noqa: BLE001 - whatever it is, the run must end
            _log.exception("session.broken", run_id=self._run.id)
            kind = type(error).__name__
            message = f"internal error ({kind}); the server's log has the details"
            return self._failed(RunError(type=ErrorType.UNKNOWN, message=message))

    def _stream(self, context: RunContext) -> AsyncGenerator[Raw, None]:
        names: Any = _streamed_names(self._compiled.plan)
        stream: Any = self._compiled.graph.astream_events(
            self._compiled.initial_state(self._run.input, self._variables.first),
            self._compiled.config,
            version="v2",
            context=context,
            stream_mode=["custom"],  # the root's chunks tell us nothing, so let there be none
            include_names=names,
            include_types=["chat_model"],
        )
        return stream  # type: ignore[no-any-return]

    def _tell(self, told: Iterable[RunEvent | Token]) -> None:
        for event in told:
            if isinstance(event, Token):
                self._show(event, self._trickles.take(_visit(event), event.text))
            else:
                if isinstance(event, NodeCompleted | NodeFailed | NodeCancelled):
                    self._end(event)
                self._variables.take([event])
                self._recorder.put([event])

    def _end(self, event: NodeCompleted | NodeFailed | NodeCancelled) -> None:
        visit = _visit(event)
        self._activity.ended(visit)
        if rest := self._trickles.end(visit):
            node_id, path, number = visit
            token = Token(
                at=event.at,
                node_id=node_id,
                path=path,
                visit=number,
                attempt=event.attempt,
                text=rest,
            )
            self._show(token, rest)
        self._environment.hub.show_tokens(self._run.id)

    def _show(self, token: Token, text: str) -> None:
        """Publish a token with this text, in which there is no secret, if there is any."""
        if text:
            shown = token if text == token.text else replace(token, text=text)
            self._environment.hub.publish_token(self._run.id, self._run.project_id, shown)

    async def _completed(self, context: RunContext) -> Ending:
        now = self._environment.clock.now()
        if stuck := self._translator.stuck():
            message = f"nothing can go on, but tokens wait on: {', '.join(stuck)}"
            return self._failed(RunError(type=ErrorType.DEADLOCK, message=message))
        self._recorder.put(self._translator.skip_rest(now))
        state = self._translator.final_state()
        output = self._compiled.output(state, context)
        self._variables.settle(state["vars"])
        return RunCompleted(output=output, at=now)

    def _returned(self, output: object) -> Ending:
        """A node ended the run: what is at work has been stopped, what is left never begins."""
        now = self._environment.clock.now()
        self._recorder.put(self._translator.skip_rest(now))
        return RunCompleted(output=output, at=now)

    def _failed(self, error: RunError) -> RunFailed:
        return RunFailed(error=error, at=self._environment.clock.now())


def _visit(event: Token | NodeCompleted | NodeFailed | NodeCancelled) -> VisitKey:
    return (event.node_id, event.path, event.visit)


def _streamed_names(plan: Plan) -> frozenset[str]:
    """Whose events to put into the stream: each costs a wake-up of the loop, and few are read.

    The graph's own, and those of nodes that may call a model. It is a set since LangChain only asks
    of every event whether its name is among them.
    """
    members = (member for level in plan.levels for member in level.members)
    own = ((member, plan.nodes[member.node]) for member in members if member.node is not None)
    waiting = (member for member, node in own if _may_wait(node))
    return frozenset({plan.name, *(node_name(plan, member) for member in waiting)})


def _may_wait(node: PlannedNode) -> bool:
    return node.type.work is not Work.COMPUTING and not node.type.slots


def _error_of(error: NodeFailedError) -> RunError:
    return RunError(
        type=error.failure.type,
        message=error.failure.message,
        node_id=error.node_id,
        visit=error.visit,
        attempt=error.attempt,
    )
