"""What a run leaves to the next one on its thread when it ends without being executed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.domain.events import NodeCompleted, RunStarted
from services.domain.frames import from_stored
from services.domain.runs import Run
from services.domain.variables import Variables
from services.errors import UnreadableEventError
from services.store.events import EventLog
from workflow_compiler.definition import Variable

_TELLING: Final = frozenset({RunStarted.type, NodeCompleted.type})


async def variables_left_by(
    log: EventLog, run: Run, definition: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """The variables of a run as far as its log tells them; None where it has none.

    A log that cannot be read leaves none: the next run goes on from the one before.
    """
    if run.attempt == 0:
        return None  # it never began, so it has changed nothing
    declared = definition.get("variables", {})
    variables = Variables({name: Variable.model_validate(declared[name]) for name in declared})
    try:
        async for entry in log.all(run.id):
            if entry.type in _TELLING:
                variables.take([from_stored(entry)])
    except UnreadableEventError:
        return None
    return variables.values
