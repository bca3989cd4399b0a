"""Requests: errors as types, and asking again where that cannot do anything twice."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import quote

import httpx2
from pydantic import BaseModel, ValidationError

from workflow_client.documents import Item, Page
from workflow_client.errors import (
    ProtocolError,
    ServerFailedError,
    TooManyError,
    UnreachableError,
    problem_error,
)
from workflow_client.patience import Patience

Answer = TypeVar("Answer", bound=BaseModel)
Query = Mapping[str, str | int | bool | None]

MOST: Final = 200
"""How many items a page has at most."""

_CONNECT_SECONDS: Final = 5.0

_PASSES: Final = frozenset({429, 502, 503, 504})
"""Answers after which the same request may succeed a little later."""


def part(value: str) -> str:
    """A value as one part of a path."""
    return quote(value, safe="")


class Http:
    """The REST interface of one server."""

    def __init__(self, http: httpx2.AsyncClient, patience_seconds: float) -> None:
        self._http = http
        self._patience_seconds = patience_seconds

    async def get(self, answer: type[Answer], path: str, query: Query | None = None) -> Answer:
        """Read something."""
        given = {name: value for name, value in (query or {}).items() if value is not None}
        request = self._http.build_request("GET", path, params=given)
        return _read(answer, await self._asked_again(request))

    async def every(
        self, item: type[Item], path: str, query: Query | None = None
    ) -> AsyncGenerator[Item, None]:
        """Read all items of a list, page by page."""
        given: dict[str, str | int | bool | None] = {"limit": MOST, **(query or {})}
        while True:
            page = await self.get(Page[item], path, given)  # type: ignore[valid-type]
            for found in page.items:
                yield found
            if page.next_cursor is None:
                return
            given["cursor"] = page.next_cursor

    async def post(self, answer: type[Answer], path: str, body: Mapping[str, Any]) -> Answer:
        """Change something; whoever gets no answer does not know whether it happened."""
        request = self._http.build_request("POST", path, json=body)
        return _read(answer, await self._asked_until_heard(request))

    async def post_long(self, answer: type[Answer], path: str, body: Mapping[str, Any]) -> Answer:
        """The same where the answer may take any time."""
        timeout = httpx2.Timeout(_CONNECT_SECONDS, read=None)
        request = self._http.build_request("POST", path, json=body, timeout=timeout)
        return _read(answer, await self._asked_until_heard(request))

    async def patch(self, answer: type[Answer], path: str, body: Mapping[str, Any]) -> Answer:
        """Have something be as it is said here, however often that is said."""
        request = self._http.build_request("PATCH", path, json=body)
        return _read(answer, await self._asked_again(request))

    async def delete(self, path: str) -> bytes:
        """Have something gone; what is gone already is a NotFoundError."""
        return await self._asked_until_heard(self._http.build_request("DELETE", path))

    async def post_once(
        self, answer: type[Answer], path: str, body: Mapping[str, Any], key: str
    ) -> Answer:
        """Create something that the key stands for: asked again, it is the same."""
        headers = {"Idempotency-Key": key}
        request = self._http.build_request("POST", path, json=body, headers=headers)
        return _read(answer, await self._asked_again(request))

    async def _asked_until_heard(self, request: httpx2.Request) -> bytes:
        patience = Patience(self._patience_seconds)
        while True:
            try:
                return await self._asked(request)
            except UnreachableError as error:
                if not error.is_unsent:
                    raise
                await patience.wait_after(error)

    async def _asked_again(self, request: httpx2.Request) -> bytes:
        patience = Patience(self._patience_seconds)
        while True:
            try:
                return await self._asked(request)
            except (UnreachableError, TooManyError) as error:
                await patience.wait_after(error)
            except ServerFailedError as error:
                if error.status not in _PASSES:
                    raise
                await patience.wait_after(error)

    async def _asked(self, request: httpx2.Request) -> bytes:
        """What the server answers.

        Raises:
            ProblemError: it said no.
            UnreachableError: it said nothing.
        """
        try:
            response = await self._http.send(request)
        except httpx2.TransportError as error:
            is_unsent = isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout)
            why = str(error) or repr(error)
            raise UnreachableError(str(request.url), why, is_unsent=is_unsent) from error
        if not response.is_success:
            raise problem_error(response.status_code, response.content)
        return response.content


def _read(answer: type[Answer], content: bytes) -> Answer:
    try:
        return answer.model_validate_json(content)
    except ValidationError as error:
        raise ProtocolError(f"the answer is no {answer.__name__}: {error}") from error
