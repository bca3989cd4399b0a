"""What a visit may wait for: a person, a moment, a signal.

A wait is a durable question with an answer or a due time. Whoever executes the run keeps it
(`workflow_compiler.ports.Waits`); a node type only says what it waits for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanTask:
    """A question to a person; the answer meets the JSON Schema `form`."""

    prompt: str
    form: Mapping[str, Any]
    assignee: str | None = None
    due_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A moment, or so many seconds after the wait began; one of the two is given."""

    until: datetime | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Something that happens outside, by its name, to whom or what the key says."""

    name: str
    key: str = ""
    timeout_seconds: float | None = None


Wait: TypeAlias = HumanTask | Timer | Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class SubRunRest:
    """A sub-run that waits itself, or is paused; `workflow` as the node names it."""

    workflow: str
    run_id: str
