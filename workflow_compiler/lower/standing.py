"""How far a visit has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from workflow_compiler.errors import Origin
from workflow_compiler.history import BegunVisit, Done
from workflow_compiler.trace import Failure
from workflow_compiler.usage import Usage


@dataclass(slots=True)
class Standing:
    """The attempt that a visit is at, and what the ones before it came to.

    Attributes:
        goes_on: Whether that attempt began in an earlier execution of the run.
        since: When it began there.
        failure: With what the visit has failed, if that was all that was left to do.
        done: What it has come to, if only its end was left to do.
    """

    attempt: int = 1
    failures: int = 0
    goes_on: bool = False
    since: datetime | None = None
    failure: Failure | None = None
    origin: Origin | None = None
    usage: Usage | None = None
    done: Done | None = None

    @classmethod
    def after(cls, begun: BegunVisit, *, is_container: bool) -> Standing:
        """Where an earlier execution of the run came to."""
        # What waits, lets others work, or has failed, lost nothing: its last attempt goes on.
        lets_others_work = begun.attempt > 0 and is_container
        is_over = begun.failure is not None or begun.done is not None
        goes_on = begun.waits or lets_others_work or is_over
        return cls(
            attempt=begun.attempt if goes_on else begun.attempt + 1,
            failures=begun.failures,
            goes_on=goes_on,
            since=begun.since if goes_on else None,
            failure=begun.failure,
            origin=begun.origin,
            usage=begun.usage,
            done=begun.done,
        )
