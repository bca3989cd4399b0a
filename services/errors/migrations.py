"""What can go wrong when a run changes its version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.errors.base import ConflictError


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
