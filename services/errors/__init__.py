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
│   ├── RunIsNotOverError        only what is over can be retried or deleted
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

from services.errors.access import (
    AccessError,
    ForbiddenError,
    KeyExistsError,
    KeyNotFoundError,
    UnauthenticatedError,
)
from services.errors.base import (
    ConflictError,
    InputError,
    InputProblem,
    NotFoundError,
    ServiceError,
)
from services.errors.debugging import (
    BreakpointError,
    EditError,
    ForkError,
    NotAloneError,
    NotStoppedError,
    PinError,
    RunNotStartedError,
    SeveralStopsError,
)
from services.errors.migrations import (
    Incompatibility,
    IncompatibleVersionError,
    RunIsNotAtRestError,
)
from services.errors.process import (
    CursorError,
    DatabaseUnavailableError,
    JournalClosedError,
    LeaseLostError,
    NotReadyError,
    OutcomeUnknownError,
    UnreadableEventError,
)
from services.errors.runs import (
    IdempotencyError,
    NestingError,
    NotRecordableError,
    NotVisitedError,
    RunAlreadyExecutedError,
    RunIsCompletedError,
    RunIsNotOverError,
    RunIsOverError,
    RunIsPausedError,
    RunIsStoppingError,
    RunNotFoundError,
    RunNotPausedError,
    VisitNotFoundError,
)
from services.errors.schedules import ScheduleError, ScheduleNameTakenError, ScheduleNotFoundError
from services.errors.settings import (
    DatabaseDriverError,
    DispatchError,
    FunctionsError,
    HttpAllowError,
    KeyringSecretError,
    NodeTypesError,
    SubscriberError,
    TelemetryError,
    ToolsError,
)
from services.errors.threads import (
    NothingToResumeError,
    ThreadBusyError,
    ThreadExistsError,
    ThreadNotFoundError,
)
from services.errors.waits import AnswerError, InterruptError, TaskIsOverError, TaskNotFoundError
from services.errors.webhooks import (
    DeliveryIsOnItsWayError,
    DeliveryNotFoundError,
    WebhookError,
    WebhookNotFoundError,
)
from services.errors.workflows import (
    ProjectError,
    ProjectExistsError,
    ProjectNotFoundError,
    StaleVersionError,
    VersionNotFoundError,
    WorkflowNameTakenError,
    WorkflowNotFoundError,
)

__all__ = [
    "AccessError",
    "AnswerError",
    "BreakpointError",
    "ConflictError",
    "CursorError",
    "DatabaseDriverError",
    "DatabaseUnavailableError",
    "DeliveryIsOnItsWayError",
    "DeliveryNotFoundError",
    "DispatchError",
    "EditError",
    "ForbiddenError",
    "ForkError",
    "FunctionsError",
    "HttpAllowError",
    "IdempotencyError",
    "Incompatibility",
    "IncompatibleVersionError",
    "InputError",
    "InputProblem",
    "InterruptError",
    "JournalClosedError",
    "KeyExistsError",
    "KeyNotFoundError",
    "KeyringSecretError",
    "LeaseLostError",
    "NestingError",
    "NodeTypesError",
    "NotAloneError",
    "NotFoundError",
    "NotReadyError",
    "NotRecordableError",
    "NotStoppedError",
    "NotVisitedError",
    "NothingToResumeError",
    "OutcomeUnknownError",
    "PinError",
    "ProjectError",
    "ProjectExistsError",
    "ProjectNotFoundError",
    "RunAlreadyExecutedError",
    "RunIsCompletedError",
    "RunIsNotAtRestError",
    "RunIsNotOverError",
    "RunIsOverError",
    "RunIsPausedError",
    "RunIsStoppingError",
    "RunNotFoundError",
    "RunNotPausedError",
    "RunNotStartedError",
    "ScheduleError",
    "ScheduleNameTakenError",
    "ScheduleNotFoundError",
    "ServiceError",
    "SeveralStopsError",
    "StaleVersionError",
    "SubscriberError",
    "TaskIsOverError",
    "TaskNotFoundError",
    "TelemetryError",
    "ThreadBusyError",
    "ThreadExistsError",
    "ThreadNotFoundError",
    "ToolsError",
    "UnauthenticatedError",
    "UnreadableEventError",
    "VersionNotFoundError",
    "VisitNotFoundError",
    "WebhookError",
    "WebhookNotFoundError",
    "WorkflowNameTakenError",
    "WorkflowNotFoundError",
]
