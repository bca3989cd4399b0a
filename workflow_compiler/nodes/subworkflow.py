"""`subworkflow`: runs another stored workflow as a run of its own, through the `SubRuns` port."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, JsonValue

from workflow_compiler.ports import NodeContext, SubRun
from workflow_compiler.registry import Completed, NodeConfig, NodeType, Work
from workflow_compiler.registry.config import Language


class SubworkflowConfig(NodeConfig):
    """Config of `subworkflow`."""

    workflow: Annotated[str, Language.LITERAL] = Field(
        min_length=1, description="The name or the id of a workflow of the same project."
    )
    version: Annotated[int | None, Language.LITERAL] = Field(
        None, ge=1, description="Which version; the newest when the sub-run is created if absent."
    )
    input: dict[str, JsonValue] = Field(
        default_factory=dict, description="The sub-run's input; strings may be templates."
    )


async def _run(config: SubworkflowConfig, context: NodeContext) -> Completed:
    wanted = SubRun(
        workflow=config.workflow,
        version=config.version,
        input=config.input,
        node_id=context.node_id,
        path=context.path,
        visit=context.visit,
        failures=context.failures,
        until=context.run.until,
    )
    ended = await context.run.sub_runs.run(wanted, context.report)
    return Completed(output=ended.output, usage=ended.usage)


def _called(config: SubworkflowConfig) -> str:
    return config.workflow


SUBWORKFLOW = NodeType(
    name="subworkflow",
    description="Runs another workflow as a run of its own; output is that run's output.",
    config=SubworkflowConfig,
    behaviour=_run,
    work=Work.WAITING,
    calls=_called,
)
