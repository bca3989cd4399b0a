"""LangChain's loop of an agent: a model that calls tools until it is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import ModelCallLimitMiddleware
from langchain.agents.middleware.model_call_limit import ModelCallLimitExceededError
from langchain.agents.structured_output import StructuredOutputError
from langchain_core.messages import AIMessage, AnyMessage, ToolMessage
from langchain_core.tools import BaseTool

from workflow_compiler import NodeError
from workflow_compiler.errors import ErrorType
from workflow_compiler.ports import Accomplished, Assignment
from workflow_compiler.usage import Usage

_STEPS_PER_TURN = 4
"""Supersteps of LangChain's graph in one turn, with room: the limit that counts is `max_turns`."""


async def carry_out(assignment: Assignment, model: Any, tools: Sequence[BaseTool]) -> Accomplished:
    """Have a model carry out an assignment with these tools.

    Raises:
        NodeError: the turns were too few, or the result is not as it should be.
    """
    steps = _STEPS_PER_TURN * (assignment.max_turns + 1)
    try:
        state = await _agent(assignment, model, tools).ainvoke(
            {"messages": [("user", assignment.prompt)]}, {"recursion_limit": steps}
        )
    except ModelCallLimitExceededError as error:
        message = f"the agent was not done after {assignment.max_turns} turns (max_turns)"
        raise NodeError(ErrorType.STEP_LIMIT, message) from error
    except StructuredOutputError as error:
        raise NodeError(ErrorType.VALIDATION, str(error)) from error
    return _accomplished(state, assignment.model)


def _agent(assignment: Assignment, model: Any, tools: Sequence[BaseTool]) -> Any:
    schema = assignment.output_schema
    limit = ModelCallLimitMiddleware(run_limit=assignment.max_turns, exit_behavior="error")
    return create_agent(
        model,
        tools,
        system_prompt=assignment.system,
        middleware=[limit],
        response_format=None if schema is None else {"title": "result", **schema},
        checkpointer=False,  # a visit is done or not done: what is inside is not resumed
    )


def _accomplished(state: Mapping[str, Any], model: str) -> Accomplished:
    messages: Sequence[AnyMessage] = state["messages"]
    answers = [message for message in messages if isinstance(message, AIMessage)]
    return Accomplished(
        text=str(answers[-1].text),
        data=state.get("structured_response"),
        messages=tuple(map(_plain, messages)),
        usage=_sum(answers, model),
    )


def _plain(message: AnyMessage) -> dict[str, Any]:
    said = {"role": _ROLES.get(message.type, message.type), "content": str(message.text)}
    match message:
        case AIMessage(tool_calls=[_, *_] as calls):
            parts = ("id", "name", "args")
            return {**said, "tool_calls": [{part: call[part] for part in parts} for call in calls]}  # type: ignore[literal-required]
        case ToolMessage():
            return {**said, "name": message.name, "tool_call_id": message.tool_call_id}
        case _:
            return said


_ROLES = {"human": "user", "ai": "assistant"}


def _sum(answers: Iterable[AIMessage], model: str) -> Usage:
    counted = [answer.usage_metadata for answer in answers if answer.usage_metadata]
    return Usage(
        input_tokens=sum(counts["input_tokens"] for counts in counted),
        output_tokens=sum(counts["output_tokens"] for counts in counted),
        total_tokens=sum(counts["total_tokens"] for counts in counted),
        model=model,
    )
