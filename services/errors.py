"""What can go wrong in the service, as types.

ServiceError
├── NotFoundError                there is no such thing, or it is not yours
│   ├── ProjectNotFoundError
│   ├── WorkflowNotFoundError
│   ├── VersionNotFoundError
│   ├── RunNotFoundError
│   ├── ThreadNotFoundError
│   ├── ScheduleNotFoundError
│   ├── TaskNotFoundError
│   ├── VisitNotFoundError       a node of the run has no such visit, or there is no such node
│   ├── WebhookNotFoundError
│   ├── DeliveryNotFoundError
│   └── KeyNotFoundError
├── AccessError                  whoever asks may not
│   ├── UnauthenticatedError     without a key, or with one that opens nothing
│   └── ForbiddenError           the key is not good for this
├── ConflictError                it exists, but its state forbids what was asked
│   ├── RunAlreadyExecutedError  the run runs, or ran
│   ├── RunIsOverError           the run has reached its end
│   ├── ThreadBusyError          a run of the thread is not over yet
│   ├── ThreadExistsError        there is a thread with this id already
│   ├── NothingToResumeError     nothing on the thread waits for an answer
│   ├── ScheduleNameTakenError   another schedule of the project has this name
│   ├── RunIsPausedError         the run was paused before it began
│   ├── RunIsStoppingError       somebody has cancelled the run
│   ├── RunNotPausedError        nobody holds the run, so it cannot be resumed
│   ├── RunNotStartedError       nobody has had it executed, so it cannot go on
│   ├── NotStoppedError          no such visit of the run has stopped
│   ├── SeveralStopsError        several have, and it is not said which is meant
│   ├── EditError                a stopped visit cannot be changed like that
│   ├── RunIsNotOverError        only what is over can be retried
│   ├── RunIsCompletedError      nothing failed: a place to begin anew is missing
│   ├── RunIsNotAtRestError      only a run that waits or is paused can change its version
│   ├── IncompatibleVersionError what has run already would not have run so in that version
│   ├── NotRecordableError       the run has no end that a test could come to
│   ├── TaskIsOverError          somebody has answered the task, or nobody needs an answer
│   ├── DeliveryIsOnItsWayError  the delivery is being sent just now
│   ├── WorkflowNameTakenError   another workflow of the project has this name
│   ├── ProjectExistsError       another project has this id
│   ├── KeyExistsError           the same request has made an API key before
│   └── StaleVersionError        somebody else published in the meantime
├── InputError                   the input breaks the workflow's schema; carries every finding
│   ├── AnswerError              the answer breaks the task's form
│   ├── ProjectError             a project cannot be called like this
│   ├── BreakpointError          a breakpoint names what is not there, or its condition is wrong
│   ├── ForkError                a fork names what is not there, or changes what had begun by then
│   ├── PinError                 a pin names a node that is not there
│   ├── ScheduleError            no such cron expression or time zone, or its moment never comes
│   └── WebhookError             the webhook has no address, or no event has its types
├── InterruptError               an answer that is for no open interrupt, or for none in particular
├── NotVisitedError              a run cannot begin anew at a node that was never visited
├── NotAloneError                a node of this type does nothing without others
├── NestingError                 a sub-run would run an ancestor again, or is nested too deep
├── IdempotencyError             the key was used for another request
├── DatabaseDriverError          the driver of the database is not installed
├── DatabaseUnavailableError     the database cannot be reached, or lets nobody in
├── OutcomeUnknownError          the database vanished in a commit, so nobody knows if it took place
├── FunctionsError               a module of functions cannot be used
├── KeyringSecretError           a secret of the keyring cannot be read
├── ToolsError                   a module or server of tools cannot be used
├── DispatchError                what brings runs to workers is not installed
├── TelemetryError               what tells of runs is not installed
├── HttpAllowError               an entry of WORKFLOW_HTTP_ALLOW opens nothing
├── SubscriberError              a subscriber to events cannot be used
├── NodeTypesError               a plug-in with a node type cannot be used
├── CursorError                  a page was asked for with a cursor that no page gave
├── LeaseLostError               another process executes the run; whoever gets this stops
├── NotReadyError                parts without which nothing works are away
├── JournalClosedError           the process is shutting down and records nothing any more
└── UnreadableEventError         an entry of the log is not what this version writes
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class ServiceError(Exception):
    """Everything that the service raises on purpose."""


class NotFoundError(ServiceError):
    """There is no such thing, or it belongs to somebody else."""

    def __init__(self, kind: str, id: str) -> None:  # noqa: A002 - the wire's word
        self.kind = kind
        self.id = id
        super().__init__(f"no {kind} {id!r}")


class ProjectNotFoundError(NotFoundError):
    """No project has this id."""

    def __init__(self, project_id: str) -> None:
        super().__init__("project", project_id)


class WorkflowNotFoundError(NotFoundError):
    """The project has no workflow with this id or name."""

    def __init__(self, workflow_id: str) -> None:
        super().__init__("workflow", workflow_id)


class VersionNotFoundError(NotFoundError):
    """The workflow has no version with this number."""

    def __init__(self, workflow_id: str, version: int) -> None:
        self.workflow_id = workflow_id
        self.version = version
        super().__init__("version", f"{workflow_id}@{version}")


class RunNotFoundError(NotFoundError):
    """No run has this id."""

    def __init__(self, run_id: str) -> None:
        super().__init__("run", run_id)


class ThreadNotFoundError(NotFoundError):
    """The project has no thread with this id."""

    def __init__(self, thread_id: str) -> None:
        super().__init__("thread", thread_id)


class ScheduleNotFoundError(NotFoundError):
    """The project has no schedule with this id."""

    def __init__(self, schedule_id: str) -> None:
        super().__init__("schedule", schedule_id)


class TaskNotFoundError(NotFoundError):
    """No task has this id."""

    def __init__(self, task_id: str) -> None:
        super().__init__("task", task_id)


class VisitNotFoundError(NotFoundError):
    """A run has no such visit; `known` are those that the node has."""

    def __init__(self, node_id: str, known: Sequence[tuple[str, str, int]]) -> None:
        self.known = tuple(known)
        super().__init__("visit of the node", node_id)
        shown = ", ".join(
            f"{visit} on {path!r}" if path else f"{visit}" for _, path, visit in known
        )
        if shown:
            self.args = (f"the node {node_id!r} has no such visit; it has: {shown}",)


class WebhookNotFoundError(NotFoundError):
    """The project has no webhook with this id."""

    def __init__(self, webhook_id: str) -> None:
        super().__init__("webhook", webhook_id)


class DeliveryNotFoundError(NotFoundError):
    """The webhook has no delivery with this id."""

    def __init__(self, delivery_id: str) -> None:
        super().__init__("delivery", delivery_id)


class KeyNotFoundError(NotFoundError):
    """There is no API key with this id."""

    def __init__(self, key_id: str) -> None:
        super().__init__("key", key_id)


class AccessError(ServiceError):
    """Whoever asks may not."""


class UnauthenticatedError(AccessError):
    """Nobody knows who asks: there is no key, or it opens nothing (any more)."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}; send a valid one as 'Authorization: Bearer KEY'")


class ForbiddenError(AccessError):
    """Whoever asks is known, and may not do this."""

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted
        super().__init__(f"this needs {wanted}, which your key does not have")


class ConflictError(ServiceError):
    """The thing exists, but its state forbids what was asked."""


class RunAlreadyExecutedError(ConflictError):
    """A run is executed once: this one runs, or ran."""

    def __init__(self, run_id: str, status: str) -> None:
        self.run_id = run_id
        self.status = status
        super().__init__(f"run {run_id!r} is {status}; create a new run to execute it again")


class RunIsOverError(ConflictError):
    """The run has reached its end; nothing can be done to it any more."""

    def __init__(self, run_id: str, status: str) -> None:
        self.run_id = run_id
        self.status = status
        super().__init__(f"run {run_id!r} is over: it is {status}")


class ThreadBusyError(ConflictError):
    """A run of the thread is not over, and the new one was not to wait for it."""

    def __init__(self, thread_id: str, active_run_id: str) -> None:
        self.thread_id = thread_id
        self.active_run_id = active_run_id
        super().__init__(
            f"run {active_run_id!r} of thread {thread_id!r} is not over; wait for its end, or say"
            " in 'multitask' what is to become of it: enqueue, interrupt or rollback"
        )


class ThreadExistsError(ConflictError):
    """A thread has this id already, perhaps one of somebody else."""

    def __init__(self, thread_id: str) -> None:
        self.thread_id = thread_id
        super().__init__(f"there is a thread {thread_id!r} already")


class NothingToResumeError(ConflictError):
    """Nothing on the thread is paused or waits for an answer."""

    def __init__(self, thread_id: str) -> None:
        self.thread_id = thread_id
        super().__init__(f"nothing on thread {thread_id!r} waits for an answer")


class ScheduleNameTakenError(ConflictError):
    """Another schedule of the project has this name."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"there is a schedule {name!r} already; change it or choose another name")


class RunIsPausedError(ConflictError):
    """The run was paused before it began: it begins when it is resumed."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(f"run {run_id!r} is paused; resume it and it begins")


class RunIsStoppingError(ConflictError):
    """Somebody has cancelled the run: it goes on to its end and nowhere else."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(f"run {run_id!r} is being cancelled; it cannot be paused or resumed")


class RunNotPausedError(ConflictError):
    """Only what was paused can be resumed."""

    def __init__(self, run_id: str, status: str) -> None:
        self.run_id = run_id
        self.status = status
        super().__init__(f"run {run_id!r} is {status}, and nobody has paused it")


class RunNotStartedError(ConflictError):
    """Nobody has had the run executed, so there is nothing of it that could go on."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(f"run {run_id!r} is pending; execute it, and it stops where you want it")


def _shown(visits: Sequence[tuple[str, str, int]]) -> str:
    """Visits in words."""
    return ", ".join(
        f"visit {visit} of {node!r}" + (f" in {path!r}" if path else "")
        for node, path, visit in visits
    )


class NotStoppedError(ConflictError):
    """No such visit of the run has stopped; `stopped` are those that have."""

    def __init__(
        self, run_id: str, node_id: str | None, stopped: Sequence[tuple[str, str, int]]
    ) -> None:
        self.run_id = run_id
        self.node_id = node_id
        self.stopped = tuple(stopped)
        of = f" of {node_id!r}" if node_id is not None else ""
        have = f"these have: {_shown(stopped)}" if stopped else "none has"
        super().__init__(f"no such visit{of} of run {run_id!r} has stopped; {have}")


class SeveralStopsError(ConflictError):
    """Several visits have stopped; say which one by its node, path and number."""

    def __init__(self, run_id: str, stopped: Sequence[tuple[str, str, int]]) -> None:
        self.run_id = run_id
        self.stopped = tuple(stopped)
        super().__init__(f"say which one is meant; these have stopped: {_shown(stopped)}")


class EditError(ConflictError):
    """A stopped visit cannot be changed like that."""

    def __init__(self, node_id: str, reason: str) -> None:
        self.node_id = node_id
        super().__init__(f"the stopped visit of {node_id!r} cannot go on so: {reason}")


class RunIsNotOverError(ConflictError):
    """A retry is a new run, and this one still goes on."""

    def __init__(self, run_id: str, status: str) -> None:
        self.run_id = run_id
        self.status = status
        super().__init__(
            f"run {run_id!r} is {status}; retry it when it is over, or cancel it first"
        )


class RunIsCompletedError(ConflictError):
    """Nothing of the run failed, so somebody has to say where it begins anew."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(
            f"run {run_id!r} is completed, so nothing of it is to be retried; "
            "say with `from_node` (`--from` on the command line) where to begin anew"
        )


class RunIsNotAtRestError(ConflictError):
    """A run changes its version while it waits or is paused and nobody executes it."""

    def __init__(self, run_id: str, status: str) -> None:
        self.run_id = run_id
        self.status = status
        super().__init__(
            f"run {run_id!r} is {status} or about to go on; it can change its version "
            "while it is waiting or paused"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Incompatibility:
    """One thing that has run and would not have run so in another version.

    `node_id` is None where no node is to blame.
    """

    code: str
    detail: str
    node_id: str | None = None


class IncompatibleVersionError(ConflictError):
    """The run cannot go on with that version; `reasons` says all that stands against it."""

    def __init__(self, version: int, reasons: Sequence[Incompatibility]) -> None:
        self.version = version
        self.reasons = tuple(reasons)
        said = "\n".join(f"{reason.code}: {reason.detail}" for reason in self.reasons)
        super().__init__(f"version {version} does not fit what has run:\n{said}")


class NotRecordableError(ConflictError):
    """Only a run that completed or failed can be made into a test: it comes to the same end."""

    def __init__(self, run_id: str, status: str, *, edited: bool = False) -> None:
        self.run_id = run_id
        self.status = status
        why = "was changed by whoever debugged it" if edited else f"is {status}"
        super().__init__(
            f"run {run_id!r} {why}; only a run that completed or failed by itself becomes a test"
        )


class TaskIsOverError(ConflictError):
    """A task is answered once: somebody was faster, or nobody needs the answer any more."""

    def __init__(self, task_id: str, status: str, by: str | None) -> None:
        self.task_id = task_id
        self.status = status
        who = f" by {by}" if by else ""
        super().__init__(f"task {task_id!r} is {status}{who}")


class DeliveryIsOnItsWayError(ConflictError):
    """The delivery is being sent just now; what comes of it is known soon."""

    def __init__(self, delivery_id: str) -> None:
        self.delivery_id = delivery_id
        super().__init__(f"delivery {delivery_id!r} is being sent; look at it again in a moment")


class WorkflowNameTakenError(ConflictError):
    """Another workflow of the project has this name."""

    def __init__(self, project_id: str, name: str) -> None:
        self.project_id = project_id
        self.name = name
        super().__init__(
            f"project {project_id!r} has a workflow {name!r}; "
            "publish a new version of it or choose another name"
        )


class KeyExistsError(ConflictError):
    """The same request has made an API key before, whose text nobody can read again."""

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        super().__init__(
            f"this request has made the key {key_id!r}, and its answer had the text: if that is"
            " lost, revoke the key and make another one with another Idempotency-Key"
        )


class ProjectExistsError(ConflictError):
    """Another project has this id."""

    def __init__(self, project_id: str) -> None:
        self.project_id = project_id
        super().__init__(f"there is a project {project_id!r} already")


class StaleVersionError(ConflictError):
    """Somebody else published a version since this one was read."""

    def __init__(self, workflow_id: str, expected: int, head: int) -> None:
        self.workflow_id = workflow_id
        self.expected = expected
        self.head = head
        super().__init__(
            f"workflow {workflow_id!r} is at version {head}, not {expected}; read it again"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InputProblem:
    """One place where an input breaks the schema; `pointer` is a JSON pointer into the input."""

    pointer: str
    code: str
    detail: str


class InputError(ServiceError):
    """The input breaks the workflow's `input_schema`; `problems` says all that is wrong with it."""

    def __init__(self, problems: Sequence[InputProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{p.pointer or '/'}: {p.detail}" for p in self.problems))


class BreakpointError(InputError):
    """A breakpoint names what is not there, or its condition is wrong; `problems` says it all.

    The pointers lead into a list of breakpoints.
    """


class PinError(InputError):
    """A pin names a node that is not there; `problems` says which pins do."""


class ForkError(InputError):
    """A run cannot be forked like that; `problems` says all that stands against it."""


class AnswerError(InputError):
    """The answer breaks the form of the task; `problems` says all that is wrong with it."""


class ProjectError(InputError):
    """A project cannot be called like this."""


class WebhookError(InputError):
    """A webhook cannot be as it is wanted; `problems` says all that is wrong with it."""


class ScheduleError(InputError):
    """A schedule says when in words that mean nothing, or a moment that never comes."""


class InterruptError(ServiceError):
    """An answer does not say for which of the open interrupts it is; `known` are their ids."""

    def __init__(self, why: str, known: Sequence[str]) -> None:
        self.known = tuple(known)
        super().__init__(f"{why}; open: {', '.join(self.known)}")


class NotVisitedError(ServiceError):
    """A run was to begin anew where it has never been; `visited` are the nodes where it has."""

    def __init__(
        self, node_id: str, path: str | None, visit: int | None, visited: Sequence[str]
    ) -> None:
        self.node_id = node_id
        self.path = path
        self.visit = visit
        self.visited = tuple(visited)
        at = "".join(
            [f" at {path!r}" if path else "", f", visit {visit}" if visit is not None else ""]
        )
        nodes = ", ".join(map(repr, self.visited)) or "none"
        super().__init__(f"node {node_id!r} was not visited{at}; visited nodes: {nodes}")


class NotAloneError(ServiceError):
    """A node of this type does nothing without others, so it cannot be run alone."""

    def __init__(self, node_id: str, node_type: str, why: str) -> None:
        self.node_id = node_id
        super().__init__(f"the node {node_id!r} is a {node_type!r}: {why}")


class NestingError(ServiceError):
    """A sub-run would run one of its ancestors again, or has too many of them.

    `chain` names the workflows from the outermost run to the one that is refused.
    """

    def __init__(self, chain: Sequence[str], why: str) -> None:
        self.chain = tuple(chain)
        super().__init__(f"{why}: {' -> '.join(self.chain)}")


class IdempotencyError(ServiceError):
    """An idempotency key stands for one request; this one is another."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"the idempotency key {key!r} was used for another request")


class DatabaseDriverError(ServiceError):
    """The database that the settings name needs a driver that is not installed."""

    def __init__(self, module: str | None) -> None:
        self.module = module
        super().__init__(
            f"this database needs the Python package {module!r}: install it first,"
            " for example with the extra workflow-compiler[postgres]"
        )


class DatabaseUnavailableError(ServiceError):
    """The database that the settings name cannot be used, now at least."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the database cannot be used: {why}")


class OutcomeUnknownError(ServiceError):
    """The database vanished while it was asked to commit, and did not come back to say more."""

    def __init__(self) -> None:
        super().__init__("the database vanished during a commit; it may have taken place or not")


class FunctionsError(ServiceError):
    """A module whose functions `python` nodes should call cannot be used."""

    def __init__(self, module: str, why: str) -> None:
        self.module = module
        super().__init__(f"module {module!r} of WORKFLOW_FUNCTIONS cannot be used: {why}")


class KeyringSecretError(ServiceError):
    """A secret cannot be read from the keyring of the system."""

    def __init__(self, name: str, why: str) -> None:
        self.name = name
        super().__init__(f"the secret {name!r} (WORKFLOW_KEYRING) cannot be read: {why}")


class ToolsError(ServiceError):
    """A module or server whose tools nodes should call cannot be used."""

    def __init__(self, source: str, why: str) -> None:
        self.source = source
        super().__init__(f"the tools of {source!r} cannot be used: {why}")


class DispatchError(ServiceError):
    """The way in which runs are brought to workers needs packages that are not installed."""

    def __init__(self, extra: str) -> None:
        self.extra = extra
        super().__init__(
            f"WORKFLOW_DISPATCH={extra} needs the extra workflow-compiler[{extra}]: install it"
        )


class TelemetryError(ServiceError):
    """The settings want runs to be told of in a way whose extra is not installed."""

    def __init__(self, extra: str, why: str) -> None:
        self.extra = extra
        super().__init__(
            f'this needs the extra {extra!r} ({why}): pip install "workflow-compiler[{extra}]"'
        )


class HttpAllowError(ServiceError):
    """An entry of the allow-list of `http` nodes is none."""

    def __init__(self, entry: str) -> None:
        self.entry = entry
        super().__init__(
            f"{entry!r} in WORKFLOW_HTTP_ALLOW opens nothing; write a host, host:port,"
            " or a network such as 10.0.0.0/8"
        )


class SubscriberError(ServiceError):
    """Code that wants to hear of events cannot be used."""

    def __init__(self, subscriber: str, why: str) -> None:
        self.subscriber = subscriber
        super().__init__(f"the subscriber {subscriber!r} cannot be used: {why}")


class NodeTypesError(ServiceError):
    """An installed package offers a node type that cannot be used."""

    def __init__(self, plugin: str, why: str) -> None:
        self.plugin = plugin
        super().__init__(f"the node type of the plug-in {plugin!r} cannot be used: {why}")


class CursorError(ServiceError):
    """The cursor was not made by an earlier page of the same list."""

    def __init__(self, cursor: str) -> None:
        self.cursor = cursor
        super().__init__(f"{cursor!r} is no cursor; use the next_cursor of the page before")


class LeaseLostError(ServiceError):
    """The right to execute the run went to another process; nothing was written."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(f"the lease of run {run_id!r} is lost; its new owner goes on with it")


class NotReadyError(ServiceError):
    """This process cannot work now, because some of its parts cannot; `reasons` say why."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        self.reasons = dict(reasons)
        told = "; ".join(f"{part}: {why}" for part, why in reasons.items())
        super().__init__(f"not ready: {told}")


class JournalClosedError(ServiceError):
    """The process is shutting down: everything before was recorded, this was not."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(f"the journal is closed; nothing was recorded for run {run_id!r}")


class UnreadableEventError(ServiceError):
    """An entry of the log is not what this version of the service writes."""

    def __init__(self, seq: int | None, type: str, why: str) -> None:  # noqa: A002 - the wire's word
        self.seq = seq
        self.type = type
        super().__init__(f"event {seq} of type {type!r} cannot be read: {why}")
