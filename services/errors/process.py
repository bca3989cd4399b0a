"""What can happen to a process and to what it keeps."""

from __future__ import annotations

from collections.abc import Mapping

from services.errors.base import ServiceError


class DatabaseUnavailableError(ServiceError):
    """The database that the settings name cannot be used, now at least."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the database cannot be used: {why}")


class OutcomeUnknownError(ServiceError):
    """The database vanished while it was asked to commit, and did not come back to say more."""

    def __init__(self) -> None:
        super().__init__("the database vanished during a commit; it may have taken place or not")


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


class CursorError(ServiceError):
    """The cursor was not made by an earlier page of the same list."""

    def __init__(self, cursor: str) -> None:
        self.cursor = cursor
        super().__init__(f"{cursor!r} is no cursor; use the next_cursor of the page before")
