"""How long a run may take: from its first start, by the clock of the database.

Whatever it does counts, but not how long somebody who debugs it has visits stopped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.domain.debugging import NOT_DEBUGGED
from services.store.leases import Claim
from workflow_compiler import NodeError
from workflow_compiler.definition import Limits
from workflow_compiler.errors import ErrorType


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The moment at which a run fails, `left_seconds` after it was claimed."""

    at: datetime
    left_seconds: float
    limit_seconds: float

    @property
    def error(self) -> NodeError:
        """What the run fails with."""
        message = f"the run took longer than {self.limit_seconds:g} s (limits.deadline_seconds)"
        return NodeError(ErrorType.DEADLINE, message)


def deadline_of(claim: Claim, limits: Limits) -> Deadline | None:
    """The deadline of a claimed run, if its definition has one.

    Raises:
        NodeError: DEADLINE, it has passed.
    """
    if limits.deadline_seconds is None:
        return None
    stood = (claim.run.debugging or NOT_DEBUGGED).stood_until(claim.at)
    at = (claim.run.started_at or claim.at) + timedelta(seconds=limits.deadline_seconds) + stood
    left = (at - claim.at).total_seconds()
    deadline = Deadline(at=at, left_seconds=left, limit_seconds=limits.deadline_seconds)
    if left <= 0:
        raise deadline.error
    return deadline
