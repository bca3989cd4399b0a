from __future__ import annotations

import socket
from contextlib import closing

import pytest

from api.server import AddressError, is_loopback, listen, must_be_guarded


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "flows.example"])  # noqa: S104 - refused
def test_without_keys_only_this_machine_is_listened_to(host: str) -> None:
    with pytest.raises(AddressError, match="listens on this machine only"):
        must_be_guarded(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_this_machine_needs_no_key(host: str) -> None:
    assert is_loopback(host)
    must_be_guarded(host)


def test_a_taken_port_is_told() -> None:
    with closing(listen("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        with pytest.raises(AddressError, match=f"port {port} .* is taken"):
            listen("127.0.0.1", port)


def test_port_0_takes_a_free_one() -> None:
    with closing(listen("localhost", 0)) as listener:
        assert listener.family is socket.AF_INET
        assert listener.getsockname()[1] > 0


def test_it_speaks_tcp_by_name_so_that_answers_are_sent_at_once():
    with closing(listen("127.0.0.1", 0)) as listener:
        assert listener.proto == socket.IPPROTO_TCP
