"""What node behaviours need from the world, as ports that a run's context carries.

The library itself does no I/O: time, models and functions come in through here. `RunContext` is the
LangGraph context of every compiled graph; a foreign program may leave it out and gets the system's
clock and the offline model.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from random import Random
from types import MappingProxyType
from typing import Any, Protocol

import anyio
import anyio.lowlevel
import anyio.to_thread

from workflow_compiler.debugging import Debugger, NoDebugger
from workflow_compiler.errors import BodyFailedError, ErrorType, NodeError
from workflow_compiler.history import History, VisitKey
from workflow_compiler.pins import NoPins, Pins
from workflow_compiler.steps import Steps
from workflow_compiler.trace import Record, Write, within
from workflow_compiler.usage import Usage
from workflow_compiler.waiting import SubRunRest, Wait

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Clock(Protocol):
    """Time, so that tests may own it."""

    def now(self) -> datetime:
        """The moment, in UTC."""

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""

    def timeout(self, seconds: float) -> AbstractContextManager[object, bool]:
        """Cancel the body when it takes longer, and go on after the block."""


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The moment, in UTC."""
        return datetime.now(timezone.utc)  # noqa: TID251, UP017 - this is the clock

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        await anyio.sleep(seconds)

    def timeout(self, seconds: float) -> AbstractContextManager[object, bool]:
        """Cancel the body when it takes longer, and go on after the block."""
        return anyio.move_on_after(seconds)


class ChatModel(Protocol):
    """The part of LangChain's chat model interface that an `llm` node uses."""

    def astream(self, input: Any) -> AsyncIterator[Any]:  # noqa: A002 - LangChain's own word
        """Answer a list of messages, chunk by chunk; chunks add up with `+`."""


class ChatModels(Protocol):
    """Finds chat models by name, such as `scripted` or `openai:gpt-5`."""

    def chat_model(self, name: str, options: Mapping[str, Any]) -> ChatModel:
        """The model with these options.

        Raises:
            NodeError: there is none, or what it needs is not installed.
        """


class NoChatModels:
    """Knows no model; the port's null."""

    def chat_model(self, name: str, options: Mapping[str, Any]) -> ChatModel:
        """Refuse every name."""
        del options
        raise NodeError(ErrorType.EXECUTION, f"there is no chat model {name!r} in this program")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One HTTP request; `timeout_seconds` bounds all of it, redirects and body included."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    query: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    content: bytes = b""
    timeout_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """What a server answered; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str


class Http(Protocol):
    """Sends HTTP requests, to those addresses only that a workflow may reach."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Send a request, follow redirects, read the whole answer.

        Raises:
            NodeError: CONNECTIVITY, TIMEOUT, SECURITY for what may not be reached, VALIDATION for
                what is no proper request or an answer that is too large.
        """


class NoHttp:
    """Reaches nothing; the port's null."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Refuse every request."""
        message = f"this program sends no HTTP requests, so {request.url!r} cannot be reached"
        raise NodeError(ErrorType.EXECUTION, message)


class Tools(Protocol):
    """Calls tools by name."""

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """The tool's result, as a value that becomes JSON.

        Raises:
            NodeError: there is no such tool, or it says that it failed.
        """


class NoTools:
    """Knows no tool; the port's null."""

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """Refuse every name."""
        del arguments
        raise NodeError(ErrorType.EXECUTION, f"there is no tool {name!r} in this program")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What an agent is to do, and with what; `max_turns` bounds its calls of the model."""

    model: str
    options: Mapping[str, Any]
    prompt: str
    system: str | None
    tools: tuple[str, ...]
    max_turns: int
    output_schema: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accomplished:
    """What came out of an assignment; `data` only where a schema asked for it."""

    text: str
    data: Any
    messages: tuple[Mapping[str, Any], ...]
    usage: Usage


class Agents(Protocol):
    """Lets a model work with tools until it is done."""

    async def carry_out(self, assignment: Assignment) -> Accomplished:
        """Carry out an assignment.

        Raises:
            NodeError: a model or tool is not there, or the turns were too few.
        """


class NoAgents:
    """Carries out nothing; the port's null."""

    async def carry_out(self, assignment: Assignment) -> Accomplished:
        """Refuse every assignment."""
        message = f"this program has no agents, so {assignment.model!r} cannot work as one"
        raise NodeError(ErrorType.EXECUTION, message)


class Waits(Protocol):
    """Keeps what visits wait for, however long that takes."""

    async def answer(self, wait: Wait, context: NodeContext) -> Any:
        """What a wait ends with: a person's answer, a signal's payload, null for a timer.

        Raises:
            NodeError: TIMEOUT, when nobody answered in time.
        """


class NoWaits:
    """Waits for nothing; the port's null."""

    async def answer(self, wait: Wait, context: NodeContext) -> Any:
        """Refuse every wait."""
        del wait
        message = f"this program cannot wait, so the node {context.node_id!r} cannot be answered"
        raise NodeError(ErrorType.EXECUTION, message)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubRun:
    """A run of another workflow that an attempt of a visit wants.

    `workflow` is a name or an id; `version` None stands for the newest at that moment; `failures`
    counts the attempts of the visit that failed before.
    """

    workflow: str
    version: int | None
    input: Mapping[str, Any]
    node_id: str
    path: str
    visit: int
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubRunEnded:
    """A sub-run that completed; `usage` is the sum over it and its own sub-runs."""

    output: Any
    usage: Usage | None


class SubRuns(Protocol):
    """Runs other workflows for the run that has this port."""

    async def run(self, wanted: SubRun, report: Reporter) -> SubRunEnded:
        """Run a workflow to its end, once for so many failures, however often it is asked for.

        A cancel of the caller stops it and waits until it has stopped.

        Raises:
            NodeError: it cannot be run, failed, or was cancelled.
        """


class NoSubRuns:
    """Knows no other workflow; the port's null."""

    async def run(self, wanted: SubRun, report: Reporter) -> SubRunEnded:
        """Refuse every workflow."""
        del report
        message = f"this program stores no workflows, so {wanted.workflow!r} cannot be run"
        raise NodeError(ErrorType.EXECUTION, message)


class NodeCache(Protocol):
    """Remembers results of nodes, as bytes, for those runs that may share them."""

    async def get(self, key: str) -> bytes | None:
        """What was put under this key and is not too old."""

    async def put(self, key: str, value: bytes, ttl_seconds: float) -> None:
        """Remember a value for so long, or shorter where there is no room."""


class NoNodeCache:
    """Remembers nothing; the port's null."""

    async def get(self, key: str) -> bytes | None:
        """Know nothing."""
        del key
        return None

    async def put(self, key: str, value: bytes, ttl_seconds: float) -> None:
        """Forget it at once."""


class Secrets(Protocol):
    """Knows what must be sent to others and seen by nobody else."""

    async def get(self, names: Collection[str]) -> Mapping[str, str]:
        """The secrets with these names.

        Raises:
            NodeError: SECURITY, when there is none of a name, or none that could be kept.
        """

    def redacted(self, value: Any) -> Any:
        """A value without any secret in its texts, however deep they lie."""


class NoSecrets:
    """Knows no secret; the port's null."""

    async def get(self, names: Collection[str]) -> Mapping[str, str]:
        """Refuse every name."""
        if names:
            message = f"this program keeps no secrets, so there is no {min(names)!r}"
            raise NodeError(ErrorType.SECURITY, message)
        return NOTHING

    def redacted(self, value: Any) -> Any:
        """Change nothing."""
        return value


MAX_THREADS = 40
"""Plain functions that an event loop waits for at once; those that it gave up do not count."""

_LIMITER: anyio.lowlevel.RunVar[anyio.CapacityLimiter] = anyio.lowlevel.RunVar("function_threads")
"""Functions have a limiter of their own, so that they never keep the program's threads busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What came out of one body of a container: its output, and what was written in it."""

    output: Any
    writes: tuple[Write, ...] = ()


class Bodies(Protocol):
    """Runs the bodies of one container; each has records of nodes of its own.

    `names` are what the nodes of a body may read beside all else, such as `item`. Whatever a body
    raises beside BodyFailedError (the run ends early, or stops to wait) is for LangGraph: a
    container lets it through.
    """

    def has(self, slot: str) -> bool:
        """Whether there are nodes in this slot."""

    async def run(
        self, slot: str, names: Mapping[str, Any] = NOTHING, *, item: int | None = None
    ) -> Body:
        """Run the nodes of a slot; those of an empty one give null.

        Raises:
            BodyFailedError: a node in it failed for good; its siblings have been stopped.
        """

    async def run_each(
        self,
        slot: str,
        items: Iterable[Mapping[str, Any]],
        at_once: int,
        recover: Callable[[BodyFailedError], Body],
    ) -> list[Body]:
        """Run a slot for the names of each item, begun in their order, so many at once.

        `recover` says what stands for an item that failed, or raises to stop them all.
        """

    def having(self, writes: Iterable[Write]) -> Bodies:
        """The same, for bodies that see these writes in the variables."""


class NoBodies:
    """Those of a node that is no container; the port's null."""

    def has(self, slot: str) -> bool:
        """Say no."""
        del slot
        return False

    async def run(
        self, slot: str, names: Mapping[str, Any] = NOTHING, *, item: int | None = None
    ) -> Body:
        """Run nothing."""
        del slot, names, item
        return Body(output=None)

    async def run_each(
        self,
        slot: str,
        items: Iterable[Mapping[str, Any]],
        at_once: int,
        recover: Callable[[BodyFailedError], Body],
    ) -> list[Body]:
        """Run nothing, once for each."""
        del slot, at_once, recover
        return [Body(output=None) for _ in items]

    def having(self, writes: Iterable[Write]) -> NoBodies:
        """Change nothing."""
        del writes
        return self


Tap = Callable[[Record], None]
"""Hears what a graph tells about itself."""


def unheard(record: Record) -> None:
    """The tap of a run that nobody listens to."""
    del record


Room = Callable[[VisitKey], Awaitable[None]]
"""Waits until a visit may begin, or make its next attempt; whoever listens can take it in then."""


async def unbounded(visit: VisitKey) -> None:
    """The room of a run whose listener keeps up with everything."""
    del visit


class Course(Protocol):
    """Hears when visits do something and when they end, to keep the order of their ends."""

    def begin(self) -> None:
        """A visit does what no earlier execution of the run has done."""

    def end(self, place: int | None) -> None:
        """A visit has ended; `place` is that of its end in the log, if it stands there already."""


class NoCourse:
    """Keeps no order; the port's null."""

    def begin(self) -> None:
        """Nothing."""

    def end(self, place: int | None) -> None:
        """Nothing."""


NO_COURSE = NoCourse()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """What one run carries through its graph, beside the state.

    `tap` hears every trace record at the moment it is made; records of functions that run in a
    thread come in that thread. `history` is what an earlier execution of the run has behind it.
    LangGraph hands the context down to graphs that a node runs inside itself; tap and history are
    those of the graph with the fingerprint `tapped` only, or of any where that is empty.
    `limiter` is entered for the time of each attempt that may wait. Runs that bring none share one
    with all others of their compiled graph, which is as wide as the definition's `max_concurrency`.
    `steps` counts the visits of the run; the graph gives each of its runs a counter of its own.

    `until` is when the timer of an attempt around it, or of its own, stops what waits; None where
    none does.

    `path` says in which body of which container a node runs (`loop[3]`, empty outside of all), and
    `names` what its nodes may read there, such as `item`; containers set both. `course` hears of
    the visits of a part that runs beside others without supersteps.
    """

    run_id: str = ""
    workflow: str = ""
    version: int = 0
    clock: Clock = field(default_factory=SystemClock)
    chat_models: ChatModels = field(default_factory=NoChatModels)
    http: Http = field(default_factory=NoHttp)
    tools: Tools = field(default_factory=NoTools)
    agents: Agents = field(default_factory=NoAgents)
    waits: Waits = field(default_factory=NoWaits)
    sub_runs: SubRuns = field(default_factory=NoSubRuns)
    node_cache: NodeCache = field(default_factory=NoNodeCache)
    secrets: Secrets = field(default_factory=NoSecrets)
    pins: Pins = field(default_factory=NoPins)
    random: Random = field(default_factory=Random)
    history: History = field(default_factory=History)
    debugger: Debugger = field(default_factory=NoDebugger)
    tap: Tap = unheard
    tapped: str = ""
    room: Room = unbounded
    limiter: AbstractAsyncContextManager[object] | None = None
    steps: Steps = field(default_factory=Steps)
    until: datetime | None = None
    path: str = ""
    names: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    course: Course = NO_COURSE

    def of(self, fingerprint: str) -> RunContext:
        """The context as the graph with this fingerprint may use it."""
        if not self.tapped or self.tapped == fingerprint:
            return self
        return replace(
            self, tap=unheard, history=History(), debugger=NoDebugger(), course=NO_COURSE
        )

    @property
    def values(self) -> Mapping[str, Any]:
        """What expressions and templates read as `run`."""
        return {"id": self.run_id, "workflow": self.workflow}


class Reporter(Protocol):
    """How a behaviour speaks to whoever watches the run."""

    def progress(self, progress: float, message: str | None = None) -> None:
        """Say how far it is, from 0 to 1."""

    def log(self, message: str, level: str = "info") -> None:
        """Write a line."""

    def text(self, text: str) -> None:
        """Stream a piece of text."""

    def emit(self, name: str, payload: Any) -> None:
        """Tell something of one's own: any name, any JSON."""

    def wait_began(
        self, wait: Wait | SubRunRest, due_at: datetime | None, task_id: str | None = None
    ) -> None:
        """Say what the visit waits for; for whoever keeps the waits."""

    def wait_ended(
        self, wait: Wait, answer: Any, task_id: str | None = None, by: str | None = None
    ) -> None:
        """Say that it has come."""

    def left_thread(self) -> None:
        """Say that it was stopped, and a thread of it goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeContext:
    """What a behaviour knows of the attempt it is running, beside its config."""

    run: RunContext
    node_id: str
    visit: int
    attempt: int
    report: Reporter
    failures: int = 0
    bodies: Bodies = field(default_factory=NoBodies)

    @property
    def run_id(self) -> str:
        """The run that this is an attempt of."""
        return self.run.run_id

    @property
    def path(self) -> str:
        """In which body of which container this is; empty outside of all."""
        return self.run.path

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt of this visit: hand it to services that know such keys."""
        return f"{self.run.run_id}:{within(self.run.path, self.node_id)}:{self.visit}"


async def in_thread(
    function: Callable[..., Any],
    arguments: Mapping[str, Any],
    left: Callable[[], None] = lambda: None,
) -> Any:
    """Call a blocking function without stopping the loop.

    A timeout or a cancel does not wait for it: the thread goes on and its result is thrown away.
    `left` is called when that happens.
    """
    at_work = False

    def call() -> Any:
        nonlocal at_work
        at_work = True
        try:
            return function(**arguments)
        finally:
            at_work = False

    try:
        return await anyio.to_thread.run_sync(call, abandon_on_cancel=True, limiter=_threads())
    except anyio.get_cancelled_exc_class():
        if at_work:
            left()
        raise


def _threads() -> anyio.CapacityLimiter:
    limiter = _LIMITER.get(None)
    if limiter is None:
        limiter = anyio.CapacityLimiter(MAX_THREADS)
        _LIMITER.set(limiter)
    return limiter


Function = Callable[..., Awaitable[Any]] | Callable[..., Any]
