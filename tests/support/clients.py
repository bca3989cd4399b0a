"""Clients of the servers of tests: they have patience with a machine that is busy with tests."""

from __future__ import annotations

import ssl
from typing import Any

import httpx

PATIENCE_SECONDS = 60.0

_PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing is asked over TLS, and to read all certificates takes longer than most tests."""


def client_of(url: str = "", **options: Any) -> httpx.AsyncClient:
    """A client of the server at this address."""
    return httpx.AsyncClient(base_url=url, verify=_PLAIN, timeout=PATIENCE_SECONDS, **options)
