"""Commands that look into runs. They are loaded when they are called: they know node types."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from api.cli.lazy import Entry

LOOKS: Final[Mapping[str, Entry]] = MappingProxyType(
    {
        "state": Entry(
            "api.cli.moments:state", "Show how a run stood at any moment: tokens, variables, nodes."
        ),
        "diff": Entry("api.cli.moments:diff", "Compare two runs, visit by visit."),
        "node": Entry("api.cli.lone:node", "Run one node alone, with the input of a run."),
    }
)
