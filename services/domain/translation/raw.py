"""What LangGraph's stream of events says of the tasks of a graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

Raw: TypeAlias = Mapping[str, Any]
"""One event of `astream_events`, version 2."""


def task_of(raw: Raw) -> str:
    """The task that an event is of; one inside another is named `outer|inner`."""
    return str(raw["metadata"].get("langgraph_checkpoint_ns", ""))


def around(task: str) -> str:
    """The task around a task; empty where there is none."""
    return task.rpartition("|")[0]


def is_node(tags: Iterable[str]) -> bool:
    """Whether an event is of a node's own run, and not of something inside it."""
    return any(tag.startswith("graph:step:") for tag in tags)
