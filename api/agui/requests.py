"""What an AG-UI client asks for, as a run of a workflow."""

from __future__ import annotations

from typing import Any

from ag_ui.core import Message, ResumeEntry, RunAgentInput

from api.langgraph.requests import Command, RunBody


def wanted_run(workflow: str, asked: RunAgentInput) -> RunBody:
    """The run that a request stands for, or the answers to the one that has stopped."""
    if asked.resume:
        command = Command(resume=_answers(asked.resume))
        return RunBody(assistant_id=workflow, command=command)
    given = asked.forwarded_props if isinstance(asked.forwarded_props, dict) else {}
    messages = [_plain(message) for message in _new(asked.messages)]
    return RunBody(
        assistant_id=workflow,
        input={**given, "messages": messages},
        if_not_exists="create",
    )


def declines(asked: RunAgentInput) -> bool:
    """Whether the client does not want to answer, so that the run cannot go on."""
    return any(entry.status == "cancelled" for entry in asked.resume or ())


def _answers(entries: list[ResumeEntry]) -> dict[str, Any]:
    return {entry.interrupt_id: entry.payload for entry in entries}


def _new(messages: list[Message]) -> list[Message]:
    """What was said since the workflow spoke last: clients send the whole talk every time."""
    spoken = [place for place, message in enumerate(messages) if message.role == "assistant"]
    return messages[spoken[-1] + 1 :] if spoken else messages


def _plain(message: Message) -> dict[str, Any]:
    return message.model_dump(mode="json", by_alias=True, exclude_none=True)
