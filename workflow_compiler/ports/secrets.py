"""What must be sent to others and seen by nobody else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from workflow_compiler.errors import ErrorType, NodeError
from workflow_compiler.ports.nothing import NOTHING


class Secrets(Protocol):
    """Knows what must be sent to others and seen by nobody else."""

    async def get(self, names: Collection[str]) -> Mapping[str, str]:
        """The secrets with these names.

        Raises:
            NodeError: SECURITY, when there is none of a name, or none that could be kept.
        """

    def redacted(self, value: Any) -> Any:
        """A value without any secret in its texts, however deep they lie."""


class NoSecrets:
    """Knows no secret; the port's null."""

    async def get(self, names: Collection[str]) -> Mapping[str, str]:
        """Refuse every name."""
        if names:
            message = f"this program keeps no secrets, so there is no {min(names)!r}"
            raise NodeError(ErrorType.SECURITY, message)
        return NOTHING

    def redacted(self, value: Any) -> Any:
        """Change nothing."""
        return value
