"""What can go wrong while somebody debugs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.errors.base import ConflictError, InputError, ServiceError


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
    """A stopped visit cannot be changed like that; `reasons` says all that stands against it.

    They are by JSON pointers into what somebody wants; the empty one is the wish as a whole.
    """

    def __init__(self, node_id: str, reasons: Mapping[str, str]) -> None:
        self.node_id = node_id
        self.reasons = dict(reasons)
        why = "; ".join(self.reasons.values())
        super().__init__(f"the stopped visit of {node_id!r} cannot go on so: {why}")


class BreakpointError(InputError):
    """A breakpoint names what is not there, or its condition is wrong; `problems` says it all.

    The pointers lead into a list of breakpoints.
    """


class PinError(InputError):
    """A pin names a node that is not there; `problems` says which pins do."""


class ForkError(InputError):
    """A run cannot be forked like that; `problems` says all that stands against it."""


class NotAloneError(ServiceError):
    """A node of this type does nothing without others, so it cannot be run alone."""

    def __init__(self, node_id: str, node_type: str, why: str) -> None:
        self.node_id = node_id
        super().__init__(f"the node {node_id!r} is a {node_type!r}: {why}")
