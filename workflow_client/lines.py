"""What carries events: a socket, or a stream over HTTP where something lets no socket through."""

from __future__ import annotations

from contextlib import aclosing

from workflow_client.sockets import over_socket
from workflow_client.streams import over_http
from workflow_client.wanted import Messages, Wanted


class Lines:
    """The lines to one run, one after the other."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._is_socket = False
        self._has_socket_spoken = False

    async def next(self, after_seq: int) -> Messages:
        """What the server says of what comes after a place, until the line breaks.

        What keeps sockets out keeps out the first one, and from then on the two take turns; where
        one has spoken, what broke is only the line.

        Raises:
            ProblemError: the server does not show it.
            UnreachableError: the line cannot be opened, or broke.
            ProtocolError: this is no such server.
        """
        self._is_socket = self._has_socket_spoken or not self._is_socket
        carried = over_socket if self._is_socket else over_http
        async with aclosing(carried(self._wanted, after_seq)) as messages:
            async for message in messages:
                self._has_socket_spoken = self._is_socket
                yield message
