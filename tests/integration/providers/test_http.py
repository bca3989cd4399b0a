"""The sender of `http` nodes, against a real server on this machine."""

from __future__ import annotations

import gzip
import ssl
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from services.providers.addresses import Address, parse_allowed
from services.providers.http import MAX_BODY, GuardedHttp
from tests.support.web import answer, web
from workflow_compiler import NodeError
from workflow_compiler.ports import HttpRequest, HttpResponse

TLS = Path(__file__).parents[2] / "support" / "tls"
HERE = GuardedHttp(parse_allowed(["127.0.0.1"]))


class Names:
    """A name server that answers with this machine, and counts."""

    def __init__(self, *names: str) -> None:
        self.asked: list[str] = []
        self._names = names

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        del port
        self.asked.append(host)
        return [ip_address("127.0.0.1" if host in self._names else host)]


async def get(url: str, http: GuardedHttp = HERE, **parts: Any) -> HttpResponse:
    return await http.send(HttpRequest(method="GET", url=url, **parts))


async def refused(url: str, http: GuardedHttp = HERE, **parts: Any) -> tuple[str, str]:
    """The type and the words of the error of a request."""
    with pytest.raises(NodeError) as caught:
        await get(url, http, **parts)
    return caught.value.type.value, caught.value.message


async def test_a_request_and_its_answer() -> None:
    async with web({"/a?q=1&q=2&x=y+z": answer(b"hi", X_Kind="short")}) as server:
        response = await HERE.send(
            HttpRequest(
                method="POST",
                url=server.url("/a"),
                headers={"x-key": "k"},
                query={"q": [1, 2], "x": "y z"},
                content=b"body",
            )
        )
        assert (response.status, response.text) == (200, "hi")
        assert response.headers["x-kind"] == "short"
        (seen,) = server.seen
        assert (seen.method, seen.body) == ("POST", b"body")
        assert seen.headers["x-key"] == "k"
        assert seen.headers["host"] == f"127.0.0.1:{server.port}"


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("text/plain; charset=latin-1", "Grüße".encode("latin-1"), "Grüße"),
        ("text/plain; charset=klingon", "Grüße".encode(), "Grüße"),
        ("text/plain", b"\xff", "\ufffd"),
    ],
)
async def test_the_body_is_text_in_the_charset_that_the_server_names(
    kind: str, body: bytes, text: str
) -> None:
    async with web({"/": answer(body, Content_Type=kind)}) as server:
        assert (await get(server.url())).text == text


async def test_what_is_not_allowed_is_refused_before_anything_is_sent() -> None:
    async with web({"/": answer()}) as server:
        closed = GuardedHttp(parse_allowed([]))
        kind, message = await refused(server.url(), closed)
        assert kind == "SECURITY"
        assert message.startswith("'127.0.0.1' may not be reached")
        assert "WORKFLOW_HTTP_ALLOW" in message
        assert server.seen == []


@pytest.mark.parametrize(
    ("entry", "opens"),
    [("127.0.0.0/8", True), ("127.0.0.1:{port}", True), ("127.0.0.1:1", False), ("::1", False)],
)
async def test_the_allow_list_opens_what_it_names(entry: str, opens: bool) -> None:
    async with web({"/": answer()}) as server:
        http = GuardedHttp(parse_allowed([entry.format(port=server.port)]))
        if opens:
            assert (await get(server.url(), http)).status == 200
        else:
            assert (await refused(server.url(), http))[0] == "SECURITY"


async def test_the_name_is_asked_for_once_and_the_connection_goes_to_the_answer() -> None:
    names = Names("shop.test")
    http = GuardedHttp(parse_allowed(["shop.test"]), names.resolve)
    async with web({"/": answer()}) as server:
        await get(server.url(host="shop.test"), http)
        assert names.asked == ["shop.test"]
        assert server.seen[0].headers["host"] == f"shop.test:{server.port}"


async def test_one_bad_address_of_a_name_is_enough_to_refuse_it() -> None:
    async def mixed(host: str, port: int) -> Sequence[Address]:
        del host, port
        return [ip_address("8.8.8.8"), ip_address("10.0.0.1")]

    http = GuardedHttp(parse_allowed([]), mixed)
    kind, message = await refused("http://shop.test/", http)
    assert (kind, "'10.0.0.1' is not public" in message) == ("SECURITY", True)


async def test_the_next_address_is_tried_when_the_first_takes_no_connection() -> None:
    async def two(host: str, port: int) -> Sequence[Address]:
        del host, port
        return [ip_address("127.0.0.2"), ip_address("127.0.0.1")]

    http = GuardedHttp(parse_allowed(["shop.test"]), two)
    async with web({"/": answer(b"hi")}) as server:
        assert (await get(server.url(host="shop.test"), http)).text == "hi"


async def test_tls_verifies_the_name_although_the_address_is_pinned() -> None:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(TLS / "cert.pem", TLS / "key.pem")
    trusting = ssl.create_default_context(cafile=str(TLS / "cert.pem"))
    names = Names("shop.test", "other.test")
    http = GuardedHttp(parse_allowed(["127.0.0.1"]), names.resolve, trusting)
    async with web({"/": answer(b"safe")}, serving) as server:
        assert (await get(server.url(host="shop.test", scheme="https"), http)).text == "safe"
        kind, message = await refused(server.url(host="other.test", scheme="https"), http)
        assert (kind, "certificate" in message.lower()) == ("CONNECTIVITY", True)


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/", "http://[::ffff:10.0.0.1]/", "file:///etc/passwd"]
)
async def test_a_redirect_is_judged_again(target: str) -> None:
    async with web({"/": answer(status="302 Found", Location=target)}) as server:
        kind, _ = await refused(server.url())
        assert kind in {"SECURITY", "VALIDATION"}
        assert len(server.seen) == 1


@pytest.mark.parametrize(("redirects", "followed"), [(5, True), (6, False)])
async def test_five_redirects_are_followed(redirects: int, followed: bool) -> None:
    answers = {f"/{n}": answer(status="302 Found", Location=f"/{n - 1}") for n in range(1, 8)}
    async with web({"/0": answer(b"there"), **answers}) as server:
        if followed:
            assert (await get(server.url(f"/{redirects}"))).text == "there"
        else:
            assert "more than 5 redirects" in (await refused(server.url(f"/{redirects}")))[1]


async def test_another_origin_gets_no_headers_that_may_be_secret() -> None:
    names = Names("shop.test", "other.test")
    http = GuardedHttp(parse_allowed(["127.0.0.1"]), names.resolve)
    async with web({"/end": answer()}) as server:
        server.answers["/same"] = answer(status="307 Temporary Redirect", Location="/away")
        away = server.url("/end", host="other.test")
        server.answers["/away"] = answer(status="307 Temporary Redirect", Location=away)
        headers = {"authorization": "Bearer s", "x-api-key": "s", "accept": "text/plain"}
        await get(server.url("/same", host="shop.test"), http, headers=headers)
        assert [s.headers.get("x-api-key") for s in server.seen] == ["s", "s", None]
        assert [s.headers.get("authorization") for s in server.seen][2] is None
        assert server.seen[2].headers["accept"] == "text/plain"
        assert server.seen[2].headers["host"] == f"other.test:{server.port}"


@pytest.mark.parametrize(("status", "sent"), [("307 Temporary", None), ("303 See Other", b"")])
async def test_another_host_gets_no_body_that_may_be_secret(
    status: str, sent: bytes | None
) -> None:
    http = GuardedHttp(parse_allowed(["127.0.0.1"]), Names("shop.test", "other.test").resolve)
    async with web({"/end": answer()}) as server:
        away = server.url("/end", host="other.test")
        server.answers["/"] = answer(status=status, Location=away)
        request = HttpRequest(method="POST", url=server.url(host="shop.test"), content=b"secret")
        if sent is None:
            with pytest.raises(NodeError, match="would have the body sent to"):
                await http.send(request)
        else:
            await http.send(request)
        assert [seen.body for seen in server.seen[1:]] == ([] if sent is None else [sent])


async def test_cookies_of_one_request_are_not_sent_with_the_next() -> None:
    async with web({"/": answer(Set_Cookie="session=1; Path=/")}) as server:
        await get(server.url())
        await get(server.url())
        assert "cookie" not in server.seen[1].headers


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with web({"/": answer(b"direct")}) as server:
        assert (await get(server.url())).text == "direct"


BOMB = gzip.compress(b"0" * (MAX_BODY + 1))


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (answer(b"0" * (MAX_BODY + 1)), "larger than 2,097,152 bytes"),
        (answer(BOMB, Content_Encoding="gzip"), "larger than 2,097,152 bytes"),
        (answer(gzip.compress(BOMB), Content_Encoding="gzip, gzip"), "packed as 'gzip, gzip'"),
        (answer(b"not packed", Content_Encoding="gzip"), "cannot be unpacked"),
    ],
)
async def test_bodies_are_bounded(reply: bytes, message: str) -> None:
    async with web({"/": reply}) as server:
        kind, words = await refused(server.url())
        assert (kind, message in words) == ("VALIDATION", True)


async def test_an_answer_that_does_not_come_is_a_timeout_and_the_connection_is_closed() -> None:
    async with web({"/": b""}) as server:
        kind, message = await refused(server.url(), timeout_seconds=0.05)
        assert kind == "TIMEOUT"
        assert "no whole answer within 0.05 s" in message
        await server.gone.wait()


@pytest.mark.parametrize(
    "reply", [b"what?\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx"]
)
async def test_nonsense_is_a_connection_problem(reply: bytes) -> None:
    async with web({"/": reply}) as server:
        assert (await refused(server.url()))[0] == "CONNECTIVITY"


async def test_nobody_there_is_a_connection_problem() -> None:
    async with web({}) as server:
        url = server.url()
    assert (await refused(url))[0] == "CONNECTIVITY"


@pytest.mark.parametrize("value", ["a\r\nx-other: b", "ü"])
async def test_a_header_is_one_line_of_ascii(value: str) -> None:
    async with web({"/": answer()}) as server:
        kind, _ = await refused(server.url(), headers={"x-name": value})
        assert (kind, server.seen) == ("VALIDATION", [])


@pytest.mark.parametrize(
    ("url", "kind", "words"),
    [
        ("http://127.0.0.1:70000/", "VALIDATION", "a port is a number from 1 to 65535"),
        ("http://127.0.0.1:0/", "VALIDATION", "a port is a number from 1 to 65535"),
        ("http://127.0.0.1:x/", "VALIDATION", "Invalid port"),
        ("http://.example/", "VALIDATION", "no request can be made"),
        (f"http://{'a' * 70}.example/", "VALIDATION", "no request can be made"),
        ("http://nobody.invalid/", "CONNECTIVITY", "cannot be reached"),
    ],
)
async def test_what_is_wrong_with_an_address_is_said(url: str, kind: str, words: str) -> None:
    found, message = await refused(url)
    assert found == kind
    assert words in message
