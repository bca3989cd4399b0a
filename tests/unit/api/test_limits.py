"""The middleware over bare ASGI: what it hands on, and how much it takes of what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from starlette.types import Message, Receive, Scope, Send

from api.limits import MAX_BODY_BYTES, BodyLimits

SCOPE: Scope = {
    "type": "http",
    "method": "POST",
    "path": "/",
    "headers": [(b"content-type", b"application/json; charset=utf-8")],
}


class Echo:
    """An application that remembers the messages that it received."""

    def __init__(self) -> None:
        self.received: list[Message] = []

    async def __call__(self, _scope: Scope, receive: Receive, _send: Send) -> None:
        self.received += [await receive(), await receive()]


async def ask(
    app: Echo, messages: list[Message], scope: Scope = SCOPE
) -> tuple[list[Message], int]:
    """The answer, and how many of the messages were taken."""
    waiting: Iterator[Message] = iter([*messages, {"type": "http.disconnect"}])
    answer: list[Message] = []
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        taken += 1
        return next(waiting)

    async def send(message: Message) -> None:
        answer.append(message)

    await BodyLimits(app)(scope, receive, send)
    return answer, taken


def chunk(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_the_application_gets_the_body_in_one_piece_and_then_the_rest() -> None:
    app = Echo()
    await ask(app, [chunk(b'{"a":', more=True), chunk(b" 1}")])
    assert app.received == [chunk(b'{"a": 1}'), {"type": "http.disconnect"}]


async def test_no_body_is_no_json_and_passes() -> None:
    app = Echo()
    await ask(app, [chunk(b"")], {**SCOPE, "headers": []})
    assert app.received[0] == chunk(b"")


@pytest.mark.parametrize("pieces", [1, 2, 17])
async def test_a_body_at_the_limit_passes_and_one_over_does_not(pieces: int) -> None:
    body = b'"' + b"x" * (MAX_BODY_BYTES - 2) + b'"'
    size = -(-len(body) // pieces)
    parts = [chunk(body[at : at + size], more=True) for at in range(0, len(body), size)]
    app = Echo()
    await ask(app, [*parts, chunk(b"")])
    assert app.received[0] == chunk(body)
    answer, _ = await ask(Echo(), [*parts, chunk(b" ")])
    assert answer[0]["status"] == 413


async def test_a_body_without_end_is_cut_off() -> None:
    answer, taken = await ask(Echo(), [chunk(b"x" * MAX_BODY_BYTES, more=True)] * 100)
    assert answer[0]["status"] == 413
    assert taken < 20


async def test_a_client_that_goes_away_gets_no_answer() -> None:
    app = Echo()
    answer, _ = await ask(app, [chunk(b'{"a"', more=True)])
    assert (answer, app.received) == ([], [])


async def test_a_refusal_is_a_problem_document() -> None:
    answer, _ = await ask(Echo(), [chunk(b"{")])
    headers = dict(answer[0]["headers"])
    assert headers[b"content-type"] == b"application/problem+json"
    assert json.loads(answer[1]["body"])["type"] == "urn:workflow:problem:invalid-json"
