"""Ends runs that are not executed any more, and says what they leave on their thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from services.domain.events.frames import from_stored
from services.domain.events.runs import RunStarted
from services.domain.events.vocabulary import NodeCompleted
from services.domain.runs import Run
from services.domain.variables import Variables
from services.engine.closing import Ending, end_run
from services.errors import UnreadableEventError
from services.journal import Journal
from services.store.events import EventLog
from services.store.leases import Claim
from services.store.runs import Runs
from services.store.versions import Versions
from workflow_compiler.definition import Variable

_TELLING: Final = frozenset({RunStarted.type, NodeCompleted.type})


@dataclass(frozen=True, slots=True)
class Closer:
    """Ends claimed runs without executing them, with what they had begun."""

    journal: Journal
    runs: Runs
    log: EventLog
    versions: Versions

    async def end(self, claim: Claim, ending: Ending) -> None:
        """Record the end of a run.

        Raises:
            ServiceError: the run is not ours any more.
            TransitionError: the run cannot end like this, because somebody cancelled it.
        """
        run = claim.run
        visits = await self.runs.open_visits(run.id)
        version = await self.versions.get(run.project_id, run.workflow_id, run.version)
        definition = version.definition if version is not None else {}
        left = await variables_left_by(self.log, run, definition)
        ending = replace(ending, variables=left)
        await end_run(self.journal, run, claim.fence, visits, ending)


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
