"""New runs that go on from another one: what nobody wants otherwise is as it was there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from services.domain.runs import Run
from services.usecases.accepting import Background
from services.usecases.runs import RunUseCases


class Otherwise(Protocol):
    """What may be otherwise than in the run that the new one goes on from; None leaves it."""

    @property
    def run_input(self) -> Mapping[str, Any] | None:
        """The input."""

    @property
    def version(self) -> int | None:
        """The version of the workflow."""


async def created_from(
    runs: RunUseCases, run: Run, wish: Otherwise, key: str | None, background: Background
) -> Run:
    """Accept a run that goes on from this one; nobody executes it yet.

    Raises:
        ServiceError: what `RunUseCases.create` raises.
    """
    return await runs.create(
        run.project_id,
        run.workflow_id,
        run.input if wish.run_input is None else wish.run_input,
        version=wish.version or run.version,
        idempotency_key=key,
        background=background,
    )
