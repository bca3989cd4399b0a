"""The requests of `http` nodes: guarded, bounded, pinned to the address that was judged.

A workflow is data that strangers may have written, and its URLs often come from other data. So a
request goes to the public internet or to what the operator allows, and nowhere else. The name is
resolved once, every address that it has is judged, and the connection goes to a judged address and
not to the name again, so that a second answer of the name server cannot lead it elsewhere; TLS
still verifies the name. Each redirect is a new request and is judged again.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import cache
from ipaddress import ip_address

import httpx2 as httpx
from typing_extensions import override

from services.providers.addresses import Address, Allowed
from workflow_compiler import NodeError
from workflow_compiler.errors import ErrorType
from workflow_compiler.ports import HttpRequest, HttpResponse

MAX_REDIRECTS = 5
MAX_BODY = 2 * 1024 * 1024
MAX_SECONDS = 600.0
"""However long a node may take, no single request takes longer."""

MAX_PORT = 65_535
_PORTS = {"http": 80, "https": 443}
_ENCODINGS = frozenset({"", "identity", "gzip", "deflate"})
"""What may be unpacked, and only one at a time: nested ones can swell without bound."""

_KEPT_ABROAD = frozenset({"accept", "accept-encoding", "content-length", "content-type"})
"""Headers that follow a redirect to another origin; all others may be secrets."""

_IMPROPER = (
    httpx.InvalidURL,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    UnicodeError,  # headers are ASCII, and the parts of a name are not empty
)

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]
"""The addresses of a host, in the order in which to try them."""


async def resolve(host: str, port: int) -> Sequence[Address]:
    """The addresses of a host, as this machine knows them.

    Raises:
        OSError: the host has none.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(entry[4][0]) for entry in found))


@cache
def _public_tls() -> ssl.SSLContext:
    """The certificates that everybody trusts; to read them takes longer than to start all else."""
    return httpx.create_ssl_context()


class GuardedHttp:
    """Sends requests to the public internet, and to what the operator allows."""

    def __init__(
        self,
        allowed: Allowed,
        resolve: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._tls = tls

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Send a request, follow redirects, read the whole answer.

        Raises:
            NodeError: CONNECTIVITY, TIMEOUT, SECURITY for what may not be reached, VALIDATION for
                what is no proper request or an answer that is too large.
        """
        async with _bounded(request), self._client() as client:
            response = await _follow(client, _built(client, request))
            async with aclosing(response):
                return await _read(response)

    async def status_of(self, request: HttpRequest) -> int:
        """Send a request; the status of the answer, which is not read. A redirect is an answer.

        Raises:
            NodeError: CONNECTIVITY, TIMEOUT, SECURITY for what may not be reached, VALIDATION for
                what is no proper request.
        """
        async with _bounded(request), self._client() as client:
            response = await client.send(_built(client, request), stream=True)
            await response.aclose()
            return response.status_code

    def _client(self) -> httpx.AsyncClient:
        """A client of its own: cookies and connections of one run are no business of another."""
        transport = _PinnedTransport(self._allowed, self._resolve, self._tls or _public_tls())
        return httpx.AsyncClient(transport=transport, trust_env=False, timeout=None)


@asynccontextmanager
async def _bounded(request: HttpRequest) -> AsyncIterator[None]:
    """The time that a request may take, and the words for whatever goes wrong with it.

    Raises:
        NodeError: see `GuardedHttp`.
    """
    seconds = min(request.timeout_seconds or MAX_SECONDS, MAX_SECONDS)
    try:
        async with asyncio.timeout(seconds):
            yield
    except (TimeoutError, httpx.TimeoutException) as error:
        message = f"{request.url!r} gave no whole answer within {seconds:g} s"
        raise NodeError(ErrorType.TIMEOUT, message) from error
    except _IMPROPER as error:
        message = f"no request can be made to {request.url!r}: {error}"
        raise NodeError(ErrorType.VALIDATION, message) from error
    except httpx.DecodingError as error:
        message = f"the answer of {request.url!r} cannot be unpacked: {error}"
        raise NodeError(ErrorType.VALIDATION, message) from error
    except (httpx.TransportError, OSError) as error:
        message = f"{request.url!r} cannot be reached: {_words(error)}"
        raise NodeError(ErrorType.CONNECTIVITY, message) from error


def _built(client: httpx.AsyncClient, request: HttpRequest) -> httpx.Request:
    return client.build_request(
        request.method,
        request.url,
        headers={"accept-encoding": "gzip, deflate", **request.headers},
        params=dict(request.query) or None,
        content=request.content or None,
    )


class _PinnedTransport(httpx.AsyncBaseTransport):
    """Connects to judged addresses only; redirects come through here as well."""

    def __init__(self, allowed: Allowed, resolve: Resolve, tls: ssl.SSLContext) -> None:
        self._allowed = allowed
        self._resolve = resolve
        # No proxy from the environment: it would resolve the name itself. No connection is kept:
        # one that was verified for a name must not serve another name at the same address.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._inner = httpx.AsyncHTTPTransport(verify=tls, trust_env=False, limits=limits)

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the first address of its host that takes the connection.

        Raises:
            NodeError: SECURITY, an address of the host may not be reached.
        """
        host, addresses = await self._judged(request.url)
        failure: httpx.ConnectError | None = None
        for address in addresses:
            try:
                return await self._inner.handle_async_request(_pinned(request, host, address))
            except httpx.ConnectError as error:
                failure = error
        raise failure or httpx.ConnectError(f"the host {host!r} has no address")

    @override
    async def aclose(self) -> None:
        """Close what is open."""
        await self._inner.aclose()

    async def _judged(self, url: httpx.URL) -> tuple[str, Sequence[Address]]:
        if url.scheme not in _PORTS or not url.raw_host:
            # Where a redirect leads is the other side's, and may hold what is no business of a log.
            kind = f"{url.scheme!r} ones" if url.raw_host else "those without one"
            message = f"only http and https URLs with a host can be requested, not {kind}"
            raise NodeError(ErrorType.SECURITY, message)
        host, port = url.raw_host.decode("ascii"), _port(url)
        addresses = await self._resolve(host, port)
        for address in addresses:
            if not self._allowed.permits(host, port, address):
                message = (
                    f"{host!r} may not be reached: its address {str(address)!r} is not public."
                    " An operator can open it with the setting WORKFLOW_HTTP_ALLOW"
                )
                raise NodeError(ErrorType.SECURITY, message)
        return host, addresses


def _port(url: httpx.URL) -> int:
    port = _PORTS[url.scheme] if url.port is None else url.port
    if not 0 < port <= MAX_PORT:
        host = url.raw_host.decode("ascii")
        message = f"no request can be made to {host!r}: a port is a number from 1 to {MAX_PORT}"
        raise NodeError(ErrorType.VALIDATION, message)
    return port


def _pinned(request: httpx.Request, host: str, address: Address) -> httpx.Request:
    """The same request, to an address; `Host` and the name that TLS verifies stay."""
    return httpx.Request(
        method=request.method,
        url=request.url.copy_with(host=str(address)),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": host},
    )


async def _follow(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """The answer at the end of the redirects."""
    first = request.url
    for _ in range(MAX_REDIRECTS + 1):
        response = await client.send(request, stream=True)
        following = response.next_request
        if following is None:
            return response
        await response.aclose()
        request = _without_secrets(request, following)
    message = f"{str(first)!r} leads to more than {MAX_REDIRECTS} redirects"
    raise NodeError(ErrorType.CONNECTIVITY, message)


def _without_secrets(request: httpx.Request, following: httpx.Request) -> httpx.Request:
    """The request that a redirect leads to; another origin gets neither headers nor a body.

    Raises:
        NodeError: SECURITY, the body would go to another host, or in the clear.
    """
    if _origin(request.url) == _origin(following.url):
        return following
    is_upgrade = following.url.scheme == "https" and request.url.raw_host == following.url.raw_host
    if following.headers.get("content-length", "0") != "0" and not is_upgrade:
        message = f"{str(request.url)!r} would have the body sent to {str(following.url)!r}"
        raise NodeError(ErrorType.SECURITY, f"{message}; send it there if that is wanted")
    for name in set(following.headers) - _KEPT_ABROAD - {"host"}:
        del following.headers[name]
    return following


def _origin(url: httpx.URL) -> tuple[str, bytes, int | None]:
    return url.scheme, url.raw_host, url.port or _PORTS.get(url.scheme)


async def _read(response: httpx.Response) -> HttpResponse:
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in _ENCODINGS:
        message = f"the answer is packed as {encoding!r}; gzip and deflate can be unpacked"
        raise NodeError(ErrorType.VALIDATION, message)
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > MAX_BODY:
            message = f"the answer is larger than {MAX_BODY:,} bytes"
            raise NodeError(ErrorType.VALIDATION, message)
    return HttpResponse(
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        text=_text(bytes(content), response.charset_encoding),
    )


def _text(content: bytes, charset: str | None) -> str:
    try:
        return content.decode(charset or "utf-8", errors="replace")
    except LookupError:
        return content.decode("utf-8", errors="replace")


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
