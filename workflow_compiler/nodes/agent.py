"""`agent`: a model that calls tools until it is done, through the run's `Agents` port."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any

from pydantic import Field, JsonValue

from workflow_compiler.errors import ErrorType, NodeError
from workflow_compiler.json_schema import mismatches, schema_fault
from workflow_compiler.nodes.tool import unknown_tools
from workflow_compiler.ports import Accomplished, Assignment, NodeContext
from workflow_compiler.registry import Completed, Fault, NodeConfig, NodeType, Work
from workflow_compiler.registry.config import Language


class AgentConfig(NodeConfig):
    """Config of `agent`."""

    model: str = Field(description="'scripted', or 'provider:model' for LangChain.")
    prompt: str = Field(description="What it is to do.")
    system: str | None = Field(None, description="Who it is and how it should work.")
    tools: Annotated[tuple[str, ...], Language.LITERAL] = Field(
        (), description="The names of the tools that it may call."
    )
    max_turns: int = Field(10, ge=1, le=100, description="How often the model may be called.")
    output_schema: Annotated[dict[str, JsonValue] | None, Language.LITERAL] = Field(
        None, description="JSON Schema of an object that it must give at the end as 'data'."
    )
    options: dict[str, JsonValue] = Field(
        default_factory=dict, description="Settings that only the model's provider knows."
    )


def agent_type(known: Collection[str] | None = None) -> NodeType:
    """The `agent` node type; `known` are the tools that there are, None where nobody knows."""

    def review(config: AgentConfig) -> tuple[Fault, ...]:
        named = [(f"/tools/{index}", name) for index, name in enumerate(config.tools)]
        return (*unknown_tools(named, known), *_schema_faults(config.output_schema))

    return NodeType(
        name="agent",
        description="Works with tools until it is done; output {text, data, messages, usage}.",
        config=AgentConfig,
        behaviour=_work,
        work=Work.IO,
        sends=True,
        timeout_seconds=300,
        review=review,
    )


async def _work(config: AgentConfig, context: NodeContext) -> Completed:
    assignment = Assignment(
        model=config.model,
        options=config.options,
        prompt=config.prompt,
        system=config.system,
        tools=config.tools,
        max_turns=config.max_turns,
        output_schema=config.output_schema,
    )
    done = await context.run.agents.carry_out(assignment)
    if config.output_schema is not None:
        _must_meet(config.output_schema, done)
    output = {
        "text": done.text,
        "data": done.data,
        "messages": done.messages,
        "usage": done.usage.counts(),
    }
    return Completed(output=output, usage=done.usage)


def _must_meet(schema: dict[str, Any], done: Accomplished) -> None:
    if found := mismatches(schema, done.data):
        places = "; ".join(f"{wrong.pointer or '/'}: {wrong.message}" for wrong in found)
        message = f"the result breaks the output_schema: {places}"
        raise NodeError(ErrorType.VALIDATION, message, done.usage)


def _schema_faults(schema: dict[str, Any] | None) -> tuple[Fault, ...]:
    if schema is None:
        return ()
    why = schema_fault(schema)
    if why is None and schema.get("type") != "object":
        why = "an agent gives an object; write 'type': 'object' and its properties"
    if why is None:
        return ()
    return (Fault(code="invalid-schema", message=why, pointer="/output_schema"),)
