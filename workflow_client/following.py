"""The events of a run, each once and in order, whatever happens to the line."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from pydantic import ValidationError

from workflow_client.documents import Event
from workflow_client.errors import ProtocolError, UnreachableError
from workflow_client.lines import Lines
from workflow_client.patience import Patience
from workflow_client.wanted import Wanted


async def follow(wanted: Wanted, after_seq: int) -> AsyncGenerator[Event, None]:
    """The events of a run after a place, to its last one.

    Raises:
        ProblemError: the server does not show it.
        UnreachableError: the server was silent for too long.
        ProtocolError: this is no such server.
    """
    seen, lines, patience = after_seq, Lines(wanted), Patience(wanted.patience_seconds)
    while True:
        try:
            async with aclosing(lines.next(seen)) as messages:
                async for message in messages:
                    patience.renew()
                    match message:
                        case {"type": "event", "event": event}:
                            shown = _event(event)
                            seen = seen if shown.seq is None else shown.seq
                            yield shown
                        case {"type": "resync", "from": int(head)}:
                            seen = head
                        case {"type": "end"}:
                            return
                        case _:
                            pass
        except UnreachableError as error:
            await patience.wait_after(error)


def _event(document: object) -> Event:
    try:
        return Event.model_validate(document)
    except ValidationError as error:
        raise ProtocolError(f"no event: {error}") from error
