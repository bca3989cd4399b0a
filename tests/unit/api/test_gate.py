from __future__ import annotations

import pytest

from api.gate import is_same_origin


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://localhost", "localhost"),
        ("http://localhost", "localhost:80"),
        ("http://localhost:80", "LOCALHOST"),
        ("https://flows.example", "flows.example:443"),
        ("http://[::1]:8000", "[::1]:8000"),
    ],
)
def test_the_same_server(origin: str, host: str) -> None:
    assert is_same_origin(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("null", "localhost"),
        ("", ""),
        ("http://localhost:8001", "localhost:8000"),
        ("http://localhost.evil.example", "localhost"),
        ("http://127.0.0.1:8000", "localhost:8000"),
        ("https://localhost", "localhost:80"),
        ("http://[", "localhost"),
        ("http://localhost:x", "localhost"),
        ("http://localhost", ""),
    ],
)
def test_another_server(origin: str, host: str) -> None:
    assert not is_same_origin(origin, host)
