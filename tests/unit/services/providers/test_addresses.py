from ipaddress import ip_address

import pytest

from services.errors import HttpAllowError
from services.providers.addresses import Allowed, is_public, parse_allowed
from services.providers.http import GuardedHttp
from workflow_compiler import NodeError
from workflow_compiler.errors import ErrorType
from workflow_compiler.ports import HttpRequest

ATTACKS = """
127.0.0.1 127.1 2130706433 0x7f.1 0x7f000001 0 0.0.0.0 localhost LOCALHOST user@127.0.0.1
public.test@127.0.0.1 127。0。0。1 169.254.169.254 2852039166 0xa9fea9fe 100.100.100.200
168.63.129.16 192.0.0.192 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 224.0.0.1
255.255.255.255 240.0.0.1 198.18.0.1 [::1] [::] [0:0:0:0:0:0:0:1] [::127.0.0.1] [::ffff:127.0.0.1]
[::ffff:7f00:1] [::ffff:a9fe:a9fe] [::ffff:0:127.0.0.1] [64:ff9b::7f00:1] [64:ff9b::a9fe:a9fe]
[64:ff9b:1::1] [2002:7f00:1::] [2002:a9fe:a9fe::1] [2001:0:7f00:1::] [fe80::1] [fec0::1] [fc00::1]
[fd00:ec2::254] [ff02::1] [2001:db8::1] [100::1]
""".split()  # noqa: SIM905 - fifty quotes would hide the addresses

NO_REQUESTS = ["http://0177.0.0.1/", "http://①②⑦.⓪.⓪.①/", "http://127.0.0.1.\x00/", "http://[::1"]
NO_WEB = ["file:///etc/passwd", "gopher://127.0.0.1/", "ftp://8.8.8.8/", "//127.0.0.1/", "http://"]


async def refusal(url: str) -> ErrorType:
    with pytest.raises(NodeError) as caught:
        await GuardedHttp(Allowed()).send(HttpRequest(method="GET", url=url, timeout_seconds=5))
    return caught.value.type


@pytest.mark.parametrize("host", ATTACKS)
async def test_no_spelling_leads_inside(host: str) -> None:
    assert await refusal(f"http://{host}:1/") is ErrorType.SECURITY


@pytest.mark.parametrize("url", NO_WEB)
async def test_only_the_web_is_reached(url: str) -> None:
    assert await refusal(url) is ErrorType.SECURITY


@pytest.mark.parametrize("url", NO_REQUESTS)
async def test_what_is_no_url_is_refused(url: str) -> None:
    assert await refusal(url) is ErrorType.VALIDATION


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "100.128.0.1", "172.32.0.1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2606:4700::1"],
)
def test_the_public_internet_is_open(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    ("entry", "host", "port", "address"),
    [
        ("db", "DB.", 5432, "10.0.0.1"),
        ("db:5432", "db", 5432, "10.0.0.1"),
        ("10.0.0.0/8", "db", 1, "10.9.9.9"),
        ("10.0.0.0/8", "db", 1, "::ffff:10.9.9.9"),
        ("10.0.0.7", "db", 1, "10.0.0.7"),
        ("[::1]:80", "::1", 80, "::1"),
        ("::1", "localhost", 80, "::1"),
        ("fd00::/8", "db", 80, "fd00::1"),
    ],
)
def test_the_allow_list_permits(entry: str, host: str, port: int, address: str) -> None:
    assert parse_allowed([entry]).permits(host, port, ip_address(address))


@pytest.mark.parametrize(
    ("entry", "host", "port", "address"),
    [
        ("db:5432", "db", 80, "10.0.0.1"),
        ("db", "db.test", 80, "10.0.0.1"),
        ("10.0.0.0/8", "db", 80, "192.168.0.1"),
        ("10.0.0.7:80", "db", 80, "10.0.0.7"),
    ],
)
def test_the_allow_list_permits_no_more(entry: str, host: str, port: int, address: str) -> None:
    assert not parse_allowed([entry]).permits(host, port, ip_address(address))


@pytest.mark.parametrize("entry", ["10.0.0.0/99", "db:http", ":80", "http://db", "a b", "x@y"])
def test_an_entry_that_opens_nothing_is_refused(entry: str) -> None:
    with pytest.raises(HttpAllowError, match="in WORKFLOW_HTTP_ALLOW opens nothing"):
        parse_allowed([entry])
