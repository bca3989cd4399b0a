"""Requests that may come again: known by a key of whoever asks, and by what they ask for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Any, Final

from pydantic_core import to_jsonable_python

REMEMBERED: Final = timedelta(days=7)
"""For so long a key stands for its request; who asks again does so sooner."""


_PLAIN: Final = partial(to_jsonable_python, fallback=dict)
"""What values and mappings of any kind are as JSON."""


@dataclass(frozen=True, slots=True)
class Once:
    """A request that makes one thing, however often it comes."""

    key: str
    digest: str


def once(key: str | None, *asked: Any) -> Once | None:
    """The request with this key that asks for this; None where it has no key.

    In what order the keys of an object come makes no difference, however deep it lies.
    """
    if key is None:
        return None
    said = json.dumps(asked, sort_keys=True, default=_PLAIN)
    return Once(key, sha256(said.encode()).hexdigest())
