"""Events as text: made once when an event happens, then stored, replayed and sent as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from services.domain.events.base import NodeEvent
from services.domain.events.runs import (
    RunCancelled,
    RunCompleted,
    RunFailed,
    RunResumed,
    RunStarted,
)
from services.domain.events.vocabulary import EVENT_TYPES, WIRE_PREFIX, RunEvent, Token, event_data
from services.errors import UnreadableEventError

LAST_TYPES = frozenset({RunCompleted.type, RunFailed.type, RunCancelled.type})
"""After an event of one of these types nothing happens to a run any more."""

_PLACE = ("node_id", "visit", "attempt", "path")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """One entry of a run's log. `data` is JSON text that nobody parses on its way to a client.

    `seq` is None as long as the log has not given it its place; tokens never get one.
    """

    seq: int | None
    type: str
    at: datetime
    node_id: str | None = None
    path: str | None = None
    visit: int | None = None
    attempt: int | None = None
    data: str

    def placed(self, seq: int) -> StoredEvent:
        """The entry in its place; spelt out, since `replace` takes several times as long."""
        return StoredEvent(
            seq=seq,
            type=self.type,
            at=self.at,
            node_id=self.node_id,
            path=self.path,
            visit=self.visit,
            attempt=self.attempt,
            data=self.data,
        )


@dataclass(frozen=True, slots=True)
class Frame:
    """One event, ready to be sent."""

    seq: int | None
    type: str
    text: str
    run_id: str

    @property
    def is_last(self) -> bool:
        """Whether it tells the end of its run."""
        return self.type in LAST_TYPES


def to_stored(event: RunEvent | Token) -> StoredEvent:
    """An event as the log holds it, still without its place there.

    NaN and the infinities have no JSON: whoever takes values in refuses them, and what slips
    through is written as null, so that one bad number cannot make a log unreadable.

    Raises:
        PydanticSerializationError: the event holds a value that has no JSON at all.
    """
    data = to_json(event_data(event), inf_nan_mode="null", fallback=_plain).decode()
    return StoredEvent(seq=None, type=event.type, at=event.at, data=data, **_place(event))


def from_stored(stored: StoredEvent) -> RunEvent:
    """The event that was stored: the inverse of `to_stored`.

    Raises:
        UnreadableEventError: this version of the service writes no such event.
    """
    try:
        values = from_json(stored.data) | _present(stored) | {"at": stored.at}
        return event_of(stored.type, values)
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableEventError(stored.seq, stored.type, repr(error)) from error


def event_of(event_type: str, values: Mapping[str, Any]) -> RunEvent:
    """The event of a type as the log has it, with these fields.

    Raises:
        KeyError: this version knows no such type.
        ValueError: the fields are not those of the type.
    """
    event: RunEvent = _reader(event_type).validate_python(dict(values))
    return event


def to_frame(run_id: str, stored: StoredEvent) -> Frame:
    """An entry of the log as clients get it."""
    envelope: dict[str, Any] = {} if stored.seq is None else {"seq": stored.seq}
    envelope["type"] = WIRE_PREFIX + stored.type
    envelope["at"] = wire_time(stored.at)
    envelope["run_id"] = run_id
    envelope |= _present(stored)
    head = to_json(envelope).decode().removesuffix("}")
    return Frame(stored.seq, stored.type, f'{head},"data":{stored.data}}}', run_id)


def from_frame(frame: Frame) -> RunEvent | Token:
    """The event that a client gets: the inverse of `to_frame`.

    Raises:
        UnreadableEventError: this version of the service writes no such event.
    """
    envelope = from_json(frame.text)
    place = {name: envelope[name] for name in ("at", *_PLACE) if name in envelope}
    try:
        event: RunEvent | Token = _reader(frame.type).validate_python(envelope["data"] | place)
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableEventError(frame.seq, frame.type, repr(error)) from error
    return event


def wire_time(at: datetime) -> str:
    """A moment in UTC as clients read it."""
    return at.isoformat().removesuffix("+00:00") + "Z"


def _place(event: RunEvent | Token) -> dict[str, Any]:
    match event:
        case NodeEvent() | Token():
            return {name: getattr(event, name) for name in _PLACE}
        case RunStarted() | RunResumed():
            return {"attempt": event.attempt}
        case _:
            return {}


def _present(stored: StoredEvent) -> dict[str, Any]:
    place = {name: getattr(stored, name) for name in _PLACE}
    return {name: value for name, value in place.items() if value is not None}


@cache
def _reader(event_type: str) -> TypeAdapter[Any]:
    return TypeAdapter(Token if event_type == Token.type else EVENT_TYPES[event_type])


def _plain(value: object) -> object:
    """The read-only mappings that the domain likes are plain objects in JSON."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a value of type {type(value).__name__!r} has no JSON")
