"""The shape of a workflow's graph: loops, dominators, and what each join may have to wait for."""

from workflow_compiler.topology.certain import Certain, Outcomes
from workflow_compiler.topology.game import Board, TokenGame
from workflow_compiler.topology.graph import ENTRY, Graph
from workflow_compiler.topology.joins import TooEntangledError, join_rules
from workflow_compiler.topology.loops import Loop, loops_of
from workflow_compiler.topology.paths import CriticalPaths
from workflow_compiler.topology.races import Hindrance, Late, Pace, Track, pace_of
from workflow_compiler.topology.regions import Region, Shared, Terrain, regions_of, shared_branches
from workflow_compiler.topology.rules import JoinRule
from workflow_compiler.topology.scopes import Scope
from workflow_compiler.topology.stalls import Stalls
from workflow_compiler.topology.swallowing import Swallower, Swallowing
from workflow_compiler.topology.tokens import Tokens

__all__ = [
    "ENTRY",
    "Board",
    "Certain",
    "CriticalPaths",
    "Graph",
    "Hindrance",
    "JoinRule",
    "Late",
    "Loop",
    "Outcomes",
    "Pace",
    "Region",
    "Scope",
    "Shared",
    "Stalls",
    "Swallower",
    "Swallowing",
    "Terrain",
    "TokenGame",
    "Tokens",
    "TooEntangledError",
    "Track",
    "join_rules",
    "loops_of",
    "pace_of",
    "regions_of",
    "shared_branches",
]
