"""Addresses of databases and queues, fit to be shown."""

from __future__ import annotations

from sqlalchemy import make_url


def without_password(url: str) -> str:
    """The URL of a database or a queue without its secret."""
    return make_url(url).render_as_string(hide_password=True)
