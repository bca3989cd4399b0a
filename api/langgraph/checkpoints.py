"""Checkpoints as clients know them: places in the log of a run, each with a name of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

_ID: Final = re.compile(r"(?P<run>[0-9a-zA-Z-]{1,64})\.(?P<seq>[0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A run as of the entry `seq` of its log."""

    run_id: str
    seq: int

    @property
    def id(self) -> str:
        """What clients call it."""
        return f"{self.run_id}.{self.seq}"

    def on(self, thread_id: str) -> dict[str, Any]:
        """The place of this checkpoint, as clients hand it back."""
        return {"thread_id": thread_id, "checkpoint_ns": "", "checkpoint_id": self.id}


def parse_checkpoint(text: str) -> Checkpoint | None:
    """The checkpoint with this id; None where no checkpoint is ever called so."""
    match = _ID.fullmatch(text)
    return None if match is None else Checkpoint(match["run"], int(match["seq"]))
