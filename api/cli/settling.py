"""What a process does about garbage while it loads what it needs, and when it has."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Meanwhile nothing looks for garbage: modules leave none, and much of the time went there."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def settle() -> None:
    """Leave what is loaded out of every later garbage collection.

    It never becomes garbage, and there is so much of it that to look it through stops everything
    that watchers wait for, each time for a tenth of a second and more.
    """
    gc.collect()
    gc.freeze()
