"""Code that wants to hear of events: given by the program, or installed as a plug-in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import EntryPoint
from typing import Any, Final, TypeAlias

from services.domain.webhooks import unknown_types
from services.errors import SubscriberError
from services.installed import offered, place_of

ENTRY_POINT_GROUP: Final = "workflow_compiler.subscribers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event of a run, as a subscriber gets it: what clients get, and which workflow it is of.

    `type` and `data` are those of the log; `path` is empty outside containers.
    """

    type: str
    seq: int
    at: datetime
    run_id: str
    project_id: str
    workflow_id: str
    workflow: str
    version: int
    node_id: str | None = None
    visit: int | None = None
    attempt: int | None = None
    path: str = ""
    data: Mapping[str, Any]


Hear: TypeAlias = Callable[[Happening], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """An async function, and the events that it is for.

    Attributes:
        name: What log lines call it.
        hear: It is called with one event after another. It must not block the event loop.
        event_types: Types as in the log, `workflow.run.*` for those of runs, or `*` for all.
        workflows: Names or ids of workflows; all when empty.
    """

    name: str
    hear: Hear
    event_types: tuple[str, ...] = ("*",)
    workflows: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if unknown := unknown_types(self.event_types):
            raise SubscriberError(self.name, f"no event has a type of these: {unknown}")


def installed_subscribers() -> tuple[Subscriber, ...]:
    """The subscribers of all installed packages.

    Raises:
        SubscriberError: a plug-in cannot be loaded, or is no subscriber.
    """
    entries = sorted(offered(ENTRY_POINT_GROUP), key=place_of)
    return tuple(_loaded(entry) for entry in entries)


def _loaded(entry: EntryPoint) -> Subscriber:
    try:
        loaded = entry.load()
    except Exception as error:
        # Importing a package runs its code, which may raise anything.
        raise SubscriberError(place_of(entry), f"{type(error).__name__}: {error}") from error
    if not isinstance(loaded, Subscriber):
        why = f"it is a {type(loaded).__name__}; an entry point names one Subscriber"
        raise SubscriberError(place_of(entry), why)
    return loaded
