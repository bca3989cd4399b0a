"""What keeps a run from going on until somebody answers, and how answers find their places.

The words are those of LangGraph's clients: an interrupt has an id and a value, and is resumed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.domain.waits import SignalWait, Task, VisitRef
from services.errors import InterruptError, NothingToResumeError

_LOOKS_LIKE_AN_ID: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupt:
    """A visit that waits for a person or for a signal."""

    visit: VisitRef
    source: Task | SignalWait

    @property
    def id(self) -> str:
        """What answers name it by."""
        return visit_id(self.visit)

    @property
    def value(self) -> Mapping[str, Any]:
        """What is asked."""
        match self.source:
            case Task(prompt=prompt, form=form, assignee=assignee, id=task_id):
                asked = {"type": "task", "task_id": task_id, "prompt": prompt}
                return {**asked, "form": dict(form), "assignee": assignee}
            case SignalWait(name=name, key=key):
                return {"type": "signal", "name": name, "key": key}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumption:
    """The answer to one interrupt."""

    interrupt: Interrupt
    answer: Any


def visit_id(visit: VisitRef) -> str:
    """A name of a visit that is the same for everybody who looks at it."""
    place = "\0".join((visit.run_id, visit.path, visit.node_id, str(visit.visit)))
    return hashlib.blake2b(place.encode(), digest_size=16).hexdigest()


def resumptions(
    thread_id: str, interrupts: Sequence[Interrupt], resume: Any
) -> tuple[Resumption, ...]:
    """Which interrupt gets what: the only one the whole value, else each what has its id.

    Raises:
        NothingToResumeError: nothing waits for an answer.
        InterruptError: an id is none of theirs, or nobody can tell whom the value is for.
    """
    if not interrupts:
        raise NothingToResumeError(thread_id)
    by_id = {interrupt.id: interrupt for interrupt in interrupts}
    if _names_ids(resume):
        if unknown := [key for key in resume if key not in by_id]:
            raise InterruptError(f"no interrupt {unknown[0]!r} is open", tuple(by_id))
        return tuple(Resumption(interrupt=by_id[key], answer=resume[key]) for key in resume)
    if len(interrupts) > 1:
        raise InterruptError("several interrupts are open: answer them by their ids", tuple(by_id))
    return (Resumption(interrupt=interrupts[0], answer=resume),)


def _names_ids(resume: Any) -> bool:
    """Whether a value is a map from ids, as clients make it, and no answer that is an object."""
    return (
        isinstance(resume, Mapping)
        and bool(resume)
        and all(_LOOKS_LIKE_AN_ID.fullmatch(str(key)) for key in resume)
    )
