"""What all events of a run's log have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar

from workflow_compiler.errors import ErrorType


@dataclass(frozen=True, slots=True, kw_only=True)
class RunError:
    """Why a run or a visit failed, in words that are safe to show."""

    type: ErrorType
    message: str
    node_id: str | None = None
    visit: int | None = None
    attempt: int | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> RunError:
        """An error that was stored as these values.

        Raises:
            ValueError: this version knows no such type of error.
        """
        return cls(**{**values, "type": ErrorType(values["type"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What all events have: the moment (UTC) at which it happened."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = MappingProxyType({"extra": "forbid"})
    """What reads stored events refuses what this version does not know."""

    type: ClassVar[str]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeEvent(Event):
    """What all events of a node have: which visit and which attempt of it.

    `path` is the item path inside containers (`loop[3]`), empty outside.
    """

    node_id: str
    visit: int
    attempt: int = 1
    path: str = ""
