"""What can go wrong with runs."""

from __future__ import annotations

from collections.abc import Sequence

from services.errors.base import ConflictError, NotFoundError, ServiceError


class RunNotFoundError(NotFoundError):
    """No run has this id."""

    def __init__(self, run_id: str) -> None:
        super().__init__("run", run_id)


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


class RunIsNotOverError(ConflictError):
    """What can be done to a run only after its end was asked while it still goes on."""

    def __init__(self, run_id: str, status: str) -> None:
        self.run_id = run_id
        self.status = status
        super().__init__(f"run {run_id!r} is {status}; cancel it first, or wait until it is over")


class RunIsCompletedError(ConflictError):
    """Nothing of the run failed, so somebody has to say where it begins anew."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(
            f"run {run_id!r} is completed, so nothing of it is to be retried; "
            "say with `from_node` (`--from` on the command line) where to begin anew"
        )


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


class NotRecordableError(ConflictError):
    """Only a run that completed or failed can be made into a test: it comes to the same end."""

    def __init__(self, run_id: str, status: str, *, edited: bool = False) -> None:
        self.run_id = run_id
        self.status = status
        why = "was changed by whoever debugged it" if edited else f"is {status}"
        super().__init__(
            f"run {run_id!r} {why}; only a run that completed or failed by itself becomes a test"
        )


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
