"""JSON that an option of a command holds: as it stands, in a file, or on stdin."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from api.cli.exits import UsageError
from api.errors import JsonError
from api.strict_json import MAX_BYTES, read_json


def read_option(option: str, given: str) -> Any:
    """The value that an option stands for: JSON, @file, or - for stdin.

    Raises:
        UsageError: it is no JSON or too large, or the file cannot be read.
    """
    text = _source(option, given)
    if len(text) > MAX_BYTES:
        raise UsageError(f"{option}: more than {MAX_BYTES:,} bytes of JSON")
    try:
        return read_json(text)
    except JsonError as error:
        raise UsageError(f"{option}: {error.detail}") from error


def _source(option: str, given: str) -> bytes:
    if given == "-":
        return sys.stdin.buffer.read()
    if not given.startswith("@"):
        return given.encode(errors="surrogateescape")
    try:
        return Path(given[1:]).read_bytes()
    except OSError as error:
        raise UsageError(f"{option}: cannot read {given[1:]!r}: {error.strerror}") from error
