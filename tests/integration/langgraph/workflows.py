"""Workflows that LangGraph's clients drive, and what they have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

Wire = dict[str, Any]

Client = Any
"""LangGraph's client: its types promise less than a server gives."""

CHAT: Wire = {
    "name": "chat",
    "variables": {"messages": {"reducer": "extend", "default": []}},
    "output": {"messages": "{{ vars.messages }}"},
    "nodes": [
        {"id": "hear", "type": "set", "config": {"values": {"messages": "input.messages"}}},
        {
            "id": "answer",
            "type": "llm",
            "config": {"model": "scripted", "prompt": "{{ vars.messages[-1].content }}"},
        },
        {
            "id": "say",
            "type": "set",
            "config": {
                "values": {"messages": "[{'type': 'ai', 'content': answer.output.text}]"},
            },
        },
    ],
    "edges": [{"source": "hear", "target": "answer"}, {"source": "answer", "target": "say"}],
}
FORM: Wire = {"type": "object", "required": ["ok"], "properties": {"ok": {"type": "boolean"}}}
ASKING: Wire = {
    "name": "asking",
    "output": {"ok": "{{ approve.output.ok }}"},
    "nodes": [
        {
            "id": "approve",
            "type": "human",
            "config": {"prompt": "Shall we {{ input.what }}?", "form": FORM},
        }
    ],
    "edges": [],
}
ASKING_TWO: Wire = {
    "name": "asking-two",
    "output": {"left": "{{ left.output }}", "right": "{{ right.output }}"},
    "nodes": [
        {"id": "left", "type": "human", "config": {"prompt": "Left?"}},
        {"id": "right", "type": "wait_event", "config": {"name": "right", "key": "7"}},
    ],
    "edges": [],
}
PARENT: Wire = {
    "name": "parent",
    "nodes": [
        {
            "id": "ask",
            "type": "subworkflow",
            "config": {"workflow": "asking", "input": {"what": "nest"}},
        }
    ],
    "edges": [],
}


def user(text: str) -> Wire:
    """An input of a chat."""
    return {"messages": [{"type": "human", "content": text, "id": text}]}


@contextmanager
def refused(status: int) -> Iterator[None]:
    """What is asked meanwhile is answered with this status; some calls have no type for it."""
    with pytest.raises(httpx.HTTPStatusError) as caught:
        yield
    assert caught.value.response.status_code == status
