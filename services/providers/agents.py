"""Agents: LangChain's tool-calling loop, on the chat models and tools that other nodes use."""

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
from workflow_compiler.ports import Accomplished, Assignment, ChatModels
from workflow_compiler.usage import Usage

_STEPS_PER_TURN = 4
"""Supersteps of LangChain's graph in one turn, with room: the limit that counts is `max_turns`."""


class LangChainAgents:
    """Lets a chat model call tools until it is done."""

    def __init__(self, chat_models: ChatModels, tools: Mapping[str, BaseTool]) -> None:
        self._chat_models = chat_models
        self._tools = tools

    async def carry_out(self, assignment: Assignment) -> Accomplished:
        """Carry out an assignment.

        Raises:
            NodeError: a model or tool is not there, or the turns were too few.
        """
        agent = self._agent(assignment)
        steps = _STEPS_PER_TURN * (assignment.max_turns + 1)
        try:
            state = await agent.ainvoke(
                {"messages": [("user", assignment.prompt)]}, {"recursion_limit": steps}
            )
        except ModelCallLimitExceededError as error:
            message = f"the agent was not done after {assignment.max_turns} turns (max_turns)"
            raise NodeError(ErrorType.STEP_LIMIT, message) from error
        except StructuredOutputError as error:
            raise NodeError(ErrorType.VALIDATION, str(error)) from error
        return _accomplished(state, assignment.model)

    def _agent(self, assignment: Assignment) -> Any:
        schema = assignment.output_schema
        model: Any = self._chat_models.chat_model(assignment.model, assignment.options)
        limit = ModelCallLimitMiddleware(run_limit=assignment.max_turns, exit_behavior="error")
        return create_agent(
            model,
            [self._tool(name) for name in assignment.tools],
            system_prompt=assignment.system,
            middleware=[limit],
            response_format=None if schema is None else {"title": "result", **schema},
            checkpointer=False,  # a visit is done or not done: what is inside is not resumed
        )

    def _tool(self, name: str) -> BaseTool:
        if name not in self._tools:
            raise NodeError(ErrorType.VALIDATION, f"there is no tool {name!r}")
        tool = self._tools[name]
        # A tool that says that it failed tells the model, which may know another way.
        return tool.model_copy(update={"handle_tool_error": tool.handle_tool_error or True})


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
