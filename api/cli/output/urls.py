"""Addresses of databases, fit to be shown."""

from __future__ import annotations

from sqlalchemy import make_url


def without_password(database_url: str) -> str:
    """The URL of a database without its secret."""
    return make_url(database_url).render_as_string(hide_password=True)
