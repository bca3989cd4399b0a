"""What processes that share a database tell one another; `sender` is the connection it came by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Growth:
    """The log of a run has new entries, from `first` to `last`."""

    run_id: str
    first: int
    last: int
    sender: int


@dataclass(frozen=True, slots=True)
class Asked:
    """Something was asked of runs; those in the database say what."""

    sender: int


@dataclass(frozen=True, slots=True)
class Spoken:
    """Something that is kept nowhere."""

    message: str
    sender: int


News: TypeAlias = Growth | Asked | Spoken
