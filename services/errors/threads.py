"""What can go wrong with threads."""

from __future__ import annotations

from services.errors.base import ConflictError, NotFoundError


class ThreadNotFoundError(NotFoundError):
    """The project has no thread with this id."""

    def __init__(self, thread_id: str) -> None:
        super().__init__("thread", thread_id)


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
    """The project has a thread with this id already."""

    def __init__(self, thread_id: str) -> None:
        self.thread_id = thread_id
        super().__init__(f"there is a thread {thread_id!r} already")


class NothingToResumeError(ConflictError):
    """Nothing on the thread is paused or waits for an answer."""

    def __init__(self, thread_id: str) -> None:
        self.thread_id = thread_id
        super().__init__(f"nothing on thread {thread_id!r} waits for an answer")
