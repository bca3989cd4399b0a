"""What visits of a node can be given by somebody who debugs a run, and what not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from services.domain.debug.commands import Edit
from services.domain.events.stops import Target
from workflow_compiler import NodeError, Plan
from workflow_compiler.planning import PlannedNode
from workflow_compiler.reducers import reduce_variable


def misfits(plan: Plan, node_id: str, edits: Iterable[Edit]) -> Iterator[tuple[str, str]]:
    """What of these a node of the plan cannot go on with: where in the wish, and why."""
    node = next(node for node in plan.nodes if node.id == node_id)
    for edit in edits:
        match edit.target:
            case Target.INPUT if (detail := _misfit(node, edit.value)) is not None:
                yield "input", detail
            case Target.VARIABLE if edit.name not in plan.variables:
                known = ", ".join(map(repr, plan.variables)) or "none"
                yield (
                    f"variables/{edit.name}",
                    f"no variable {edit.name!r} is declared, only {known}",
                )
            case Target.VARIABLE if (detail := _unfit(plan, edit)) is not None:
                yield f"variables/{edit.name}", detail
            case _:
                pass


_NEXT: Final[Mapping[str, Any]] = MappingProxyType({"append": None, "extend": [], "merge": {}})
"""What any value of a variable with this reducer can be followed by."""


def _unfit(plan: Plan, edit: Edit) -> str | None:
    """Why no node could write to a variable after it had this value."""
    name, reducer = edit.name or "", plan.variables[edit.name or ""].reducer
    if reducer not in _NEXT:
        return None
    try:
        reduce_variable(name, reducer, edit.value, _NEXT[reducer])
    except NodeError as error:
        return error.message
    return None


def _misfit(node: PlannedNode, values: Any) -> str | None:
    """Why a node's type does not take an input."""
    if not isinstance(values, Mapping):
        return "its input is an object, as its config is"
    try:
        node.config.load(values)
    except NodeError as error:
        return error.message
    return None
