"""What can go wrong when somebody answers."""

from __future__ import annotations

from collections.abc import Sequence

from services.errors.base import ConflictError, InputError, NotFoundError, ServiceError


class TaskNotFoundError(NotFoundError):
    """No task has this id."""

    def __init__(self, task_id: str) -> None:
        super().__init__("task", task_id)


class TaskIsOverError(ConflictError):
    """A task is answered once: somebody was faster, or nobody needs the answer any more."""

    def __init__(self, task_id: str, status: str, by: str | None) -> None:
        self.task_id = task_id
        self.status = status
        who = f" by {by}" if by else ""
        super().__init__(f"task {task_id!r} is {status}{who}")


class AnswerError(InputError):
    """The answer breaks the form of the task; `problems` says all that is wrong with it."""


class InterruptError(ServiceError):
    """An answer does not say for which of the open interrupts it is; `known` are their ids."""

    def __init__(self, why: str, known: Sequence[str]) -> None:
        self.known = tuple(known)
        super().__init__(f"{why}; open: {', '.join(self.known)}")
