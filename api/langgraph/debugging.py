"""What of a request for a run is debugging: it needs the scope that it needs over REST."""

from __future__ import annotations

from api.access import must_have
from api.langgraph.asking import Asked
from api.langgraph.branching import Place, is_end
from api.langgraph.breaking import is_stopped
from api.langgraph.requests import RunBody
from services.domain.access import Principal, Scope


def must_be_allowed(principal: Principal, body: RunBody) -> None:
    """Let only those set breakpoints and write variables who may debug.

    Raises:
        ForbiddenError: the key may only run things.
    """
    command = body.command
    if body.interrupt_before or body.interrupt_after or (command is not None and command.update):
        must_have(principal, Scope.DEBUG)


def must_be_allowed_there(asked: Asked, place: Place | None) -> None:
    """Let only those leave a thread at an earlier checkpoint, or go on from a breakpoint.

    To answer a run and to leave it behind for a new one needs no more than to run it; nor does
    naming the end of a thread, as the clients of chats do each time.

    Raises:
        ForbiddenError: the key may only run things.
    """
    body = asked.body
    says_nothing_new = body.input is None
    if place is not None:
        is_debugging = not (is_end(place) and says_nothing_new)
    else:
        resumes = body.command is not None and body.command.resumes
        is_debugging = is_stopped(asked.current) and says_nothing_new and not resumes
    if is_debugging:
        must_have(asked.principal, Scope.DEBUG)
