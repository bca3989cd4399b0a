"""What all errors of the service come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class ServiceError(Exception):
    """Everything that the service raises on purpose."""


class NotFoundError(ServiceError):
    """There is no such thing, or it belongs to somebody else."""

    def __init__(self, kind: str, id: str) -> None:  # noqa: A002 - the wire's word
        self.kind = kind
        self.id = id
        super().__init__(f"no {kind} {id!r}")


class ConflictError(ServiceError):
    """The thing exists, but its state forbids what was asked."""


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
