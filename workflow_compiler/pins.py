"""What a visit is known to come to, so that its node need not do its work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from workflow_compiler.trace import Failure, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """What the attempts of one visit come to: first these failures, then the output.

    `fails`: there is no output, and every further attempt fails as the last one did. `writes` are
    values for variables, in order; `handle` is the one to leave by, of those that its type has.
    """

    failures: tuple[Failure, ...] = ()
    output: Any = None
    writes: tuple[Write, ...] = ()
    handle: str | None = None
    fails: bool = False


class Pins(Protocol):
    """What is known of the visits of one run."""

    def of(self, node_id: str, path: str, visit: int) -> Pin | None:
        """What a visit comes to; None where its node is to do its work.

        Raises:
            NodeError: its node is not to do any work, and nothing is known of this visit.
        """


class NoPins:
    """Knows nothing, so that every node does its work; the port's null."""

    def of(self, node_id: str, path: str, visit: int) -> Pin | None:
        """Let the node do its work."""
        del node_id, path, visit
        return None
