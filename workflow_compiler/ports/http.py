"""Requests to other servers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

from workflow_compiler.errors import ErrorType, NodeError


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One HTTP request; `timeout_seconds` bounds all of it, redirects and body included."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    query: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    content: bytes = b""
    timeout_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """What a server answered; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str


class Http(Protocol):
    """Sends HTTP requests, to those addresses only that a workflow may reach."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Send a request, follow redirects, read the whole answer.

        Raises:
            NodeError: CONNECTIVITY, TIMEOUT, SECURITY for what may not be reached, VALIDATION for
                what is no proper request or an answer that is too large.
        """


class NoHttp:
    """Reaches nothing; the port's null."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Refuse every request."""
        message = f"this program sends no HTTP requests, so {request.url!r} cannot be reached"
        raise NodeError(ErrorType.EXECUTION, message)
