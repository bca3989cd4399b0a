"""`start` and `end`: optional marks of where a workflow begins and ends."""

from __future__ import annotations

from workflow_compiler.ports import NodeContext
from workflow_compiler.registry import NoConfig, NodeType, Work


async def _pass(config: NoConfig, context: NodeContext) -> None:
    """Do nothing: the mark itself is all."""
    del config, context


START = NodeType(
    name="start",
    description="Where the workflow begins; a root even when edges lead back to it.",
    config=NoConfig,
    behaviour=_pass,
    work=Work.COMPUTING,
    is_root=True,
)

END = NodeType(
    name="end",
    description="Where a path of the workflow ends.",
    config=NoConfig,
    behaviour=_pass,
    work=Work.COMPUTING,
)
