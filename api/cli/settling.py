"""What a process does once, when it has loaded all that it needs and stays for long."""

from __future__ import annotations

import gc


def settle() -> None:
    """Leave what is loaded out of every later garbage collection.

    It never becomes garbage, and there is so much of it that to look it through stops everything
    that watchers wait for, each time for a tenth of a second and more.
    """
    gc.collect()
    gc.freeze()
