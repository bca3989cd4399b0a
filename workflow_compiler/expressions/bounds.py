"""How much one evaluation may do, and how large what it builds may grow."""

from collections.abc import Mapping
from typing import Any, Final

from workflow_compiler.expressions.errors import RefusedError

MAX_STEPS: Final = 1_000_000
"""Steps of one evaluation; a step is some 20 nanoseconds of work on data."""

MAX_BUILT: Final = 100_000
"""Characters of a string, or elements of a list, that an expression builds."""

MAX_RESULT_BITS: Final = 1_024
MAX_DATA_DEPTH: Final = 100

_STEPS_PER_VALUE: Final = 4
_CHARACTERS_PER_STEP: Final = 16


class Budget:
    """The work that is left to one evaluation.

    Reading a path costs nothing, for the size of the source bounds it already; whatever grows
    with the data asks here first.
    """

    __slots__ = ("_left",)

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self._left = steps

    def spend(self, steps: int) -> None:
        """Pay before the work is done.

        Raises:
            RefusedError: Nothing is left.
        """
        self._left -= steps
        if self._left < 0:
            raise RefusedError("there is too much data to work through")

    def spend_text(self, text: str) -> None:
        """Pay for one pass over a string."""
        self.spend(1 + len(text) // _CHARACTERS_PER_STEP)


def weigh(value: Any, budget: Budget) -> int:
    """Pay for one pass over a value and all that is in it.

    After this the value is known to be shallow enough for recursive code.

    Returns:
        A lower bound for the number of characters of its JSON form.

    Raises:
        RefusedError: It is too deep, or too large for what is left.
    """
    weight = 0
    layer = [value]
    for _ in range(MAX_DATA_DEPTH):
        budget.spend(len(layer) * _STEPS_PER_VALUE)
        deeper: list[Any] = []
        for item in layer:
            weight += _open(item, deeper, budget)
        if not deeper:
            return weight
        layer = deeper
    raise RefusedError(f"the data is nested more than {MAX_DATA_DEPTH} deep")


def check_built_text(length: int) -> None:
    """Refuse a string that is too long, before it is built."""
    if length > MAX_BUILT:
        raise RefusedError(f"a string of more than {MAX_BUILT:,} characters would be built")


def check_built_list(length: int) -> None:
    """Refuse a list that is too long, before it is built."""
    if length > MAX_BUILT:
        raise RefusedError(f"a list of more than {MAX_BUILT:,} elements would be built")


def _open(item: Any, deeper: list[Any], budget: Budget) -> int:
    match item:
        case str():
            budget.spend_text(item)
            return len(item)
        case list() | tuple():
            budget.spend(len(item))
            deeper.extend(item)
            return len(item)
        case Mapping():
            budget.spend(len(item))
            deeper.extend(item.keys())
            deeper.extend(item.values())
            return len(item)
        case _:
            return 1
