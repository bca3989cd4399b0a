"""The plan: every decision of the compiler, as frozen data.

`make_plan` takes the decisions; lowering carries them out without thinking. Nodes and edges are
numbered; the numbers are those of the plan's graph.
"""

from workflow_compiler.planning.levels import MAX_NESTING
from workflow_compiler.planning.make import SLOW, make_plan
from workflow_compiler.planning.nodes import NO_RETRY
from workflow_compiler.planning.plan import (
    Choice,
    Level,
    Member,
    Plan,
    PlannedCase,
    PlannedEdge,
    PlannedNode,
    Report,
    Routes,
    Strategy,
)

__all__ = [
    "MAX_NESTING",
    "NO_RETRY",
    "SLOW",
    "Choice",
    "Level",
    "Member",
    "Plan",
    "PlannedCase",
    "PlannedEdge",
    "PlannedNode",
    "Report",
    "Routes",
    "Strategy",
    "make_plan",
]
