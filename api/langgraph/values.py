"""The state of a thread as clients know it: its variables, and over them what was given out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from services.domain.runs import Run, RunStatus
from workflow_compiler.trace import Write

INTERRUPTS: Final = "__interrupt__"


def as_state(output: Any) -> dict[str, Any]:
    """An output as a part of the state: an object is one already, anything else is `output`."""
    match output:
        case None:
            return {}
        case Mapping():
            return dict(output)
        case _:
            return {"output": output}


def written(writes: Iterable[Write]) -> dict[str, Any]:
    """What a visit wrote into variables, by name."""
    return {write[0]: write[1] for write in writes}


def values_of(variables: Mapping[str, Any], run: Run | None) -> dict[str, Any]:
    """The values that a run has come to with these variables."""
    if run is None or run.status is not RunStatus.COMPLETED:
        return dict(variables)
    return {**variables, **as_state(run.output)}
