"""What can be done with JSON values: look-up, comparison, arithmetic, text.

Every operation takes what it can honour and refuses the rest; none falls back on a guess.
"""

import math
import operator
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, Final, TypeAlias

from workflow_compiler.expressions.bounds import (
    MAX_RESULT_BITS,
    Budget,
    check_built_list,
    check_built_text,
    weigh,
)
from workflow_compiler.expressions.errors import RefusedError
from workflow_compiler.expressions.names import suggest

Operation: TypeAlias = Callable[[Any, Any, Budget], Any]
"""What stands between two operands."""

_NUMBERS: Final = frozenset({int, float})
_SCALARS: Final = frozenset({str, int, float, bool, type(None)})
_MAX_KEYS_SHOWN: Final = 10
_MAX_KEYS_READ: Final = 100
_MAX_KEY_SHOWN: Final = 40


def kind_of(value: Any) -> str:
    """Name the kind of a value, the way messages speak of it."""
    match value:
        case None:
            kind = "null"
        case bool():
            kind = "a boolean"
        case int() | float():
            kind = "a number"
        case str():
            kind = "a string"
        case list() | tuple():
            kind = "a list"
        case Mapping():
            kind = "an object"
        case _:
            kind = f"a {type(value).__name__}"
    return kind


def is_number(value: Any) -> bool:
    """Tell whether it counts as a number: a boolean does not."""
    return type(value) in _NUMBERS or (
        isinstance(value, (int, float)) and not isinstance(value, bool)
    )


def look_up(box: Any, key: Any) -> Any:
    """Read a key of an object or a position of a list; null holds nothing but null.

    Raises:
        RefusedError: There is nothing at this key, or nothing can be looked up here.
    """
    match box:
        case None:
            return None
        case Mapping():
            if isinstance(key, str) and key in box:
                return box[key]
            raise RefusedError(_missing_key(box, key))
        case list() | tuple():
            if is_position(box, key):
                return box[key]
            raise RefusedError(_missing_position(box, key))
        case _:
            raise RefusedError(f"{kind_of(box)} has no keys; {_shown(key)} was asked for")


def item_at(box: Any, key: Any, _: Budget) -> Any:
    """Read `box[key]`, as an operation on two operands."""
    return look_up(box, key)


def is_position(items: list[Any] | tuple[Any, ...], key: Any) -> bool:
    """Tell whether the key points at an element; a negative one counts from the end."""
    return isinstance(key, int) and not isinstance(key, bool) and -len(items) <= key < len(items)


def equal(left: Any, right: Any, budget: Budget) -> bool:
    """Compare anything with anything; values of different kinds are just not equal."""
    if type(left) in _SCALARS or type(right) in _SCALARS:
        return bool(left == right)
    match left, right:
        case (list(), list()) | (Mapping(), Mapping()) if len(left) != len(right):
            return False
        case _:
            weigh(left, budget)
            return bool(left == right)


def unequal(left: Any, right: Any, budget: Budget) -> bool:
    """Deny `equal`."""
    return not equal(left, right, budget)


def is_in(item: Any, box: Any, budget: Budget) -> bool:
    """Find a part of a string, an element of a list, or a key of an object.

    Raises:
        RefusedError: The box holds nothing, or holds nothing of this kind.
    """
    match box:
        case str():
            if not isinstance(item, str):
                raise RefusedError(f"a string contains strings, not {kind_of(item)}")
            budget.spend_text(box)
            return item in box
        case list() | tuple():
            _pay_for_search(box, item, budget)
            return item in box
        case Mapping():
            return isinstance(item, str) and item in box
        case _:
            raise RefusedError(f"{kind_of(box)} contains nothing")


def is_not_in(item: Any, box: Any, budget: Budget) -> bool:
    """Deny `is_in`."""
    return not is_in(item, box, budget)


def ordered(compare: Callable[[Any, Any], bool], symbol: str) -> Operation:
    """Make an order of numbers among each other, and of strings among each other."""

    def operation(left: Any, right: Any, _: Budget) -> bool:
        if type(left) in _NUMBERS and type(right) in _NUMBERS:
            return compare(left, right)
        if not have_order(left, right):
            raise RefusedError(f"{kind_of(left)} and {kind_of(right)} have no order ({symbol})")
        return compare(left, right)

    return operation


def have_order(left: Any, right: Any) -> bool:
    """Tell whether one of two values can come before the other."""
    return (is_number(left) and is_number(right)) or (
        isinstance(left, str) and isinstance(right, str)
    )


def arithmetic(compute: Callable[[Any, Any], Any], symbol: str) -> Operation:
    """Make an operation on two numbers out of Python's."""

    def operation(left: Any, right: Any, _: Budget) -> Any:
        if not (is_number(left) and is_number(right)):
            kinds = f"{kind_of(left)} and {kind_of(right)}"
            raise RefusedError(f"{symbol} needs two numbers, not {kinds}")
        try:
            return number(compute(left, right))
        except ZeroDivisionError:
            raise RefusedError("division by zero") from None
        except OverflowError:
            raise RefusedError("the result is too large a number") from None

    return operation


def signed(compute: Callable[[Any], Any], symbol: str) -> Callable[[Budget, Any], Any]:
    """Make a sign in front of a number."""

    def operation(_: Budget, value: Any) -> Any:
        if not is_number(value):
            raise RefusedError(f"{symbol} needs a number, not {kind_of(value)}")
        return number(compute(value))

    return operation


_add_numbers: Final = arithmetic(operator.add, "+")


def add(left: Any, right: Any, budget: Budget) -> Any:
    """Add two numbers, or join two strings or two lists.

    Raises:
        RefusedError: The operands are of other kinds, or the result would be too large.
    """
    match left, right:
        case (str(), str()):
            check_built_text(len(left) + len(right))
            return left + right
        case (list() | tuple(), list() | tuple()):
            check_built_list(len(left) + len(right))
            budget.spend(len(left) + len(right))
            return [*left, *right]
        case _:
            return _add_numbers(left, right, budget)


def number(value: Any) -> Any:
    """Let a number pass that an expression may give.

    Raises:
        RefusedError: It is infinite, not a number, or too long.
    """
    if isinstance(value, float):
        if not math.isfinite(value):
            raise RefusedError("the result is no finite number")
    elif value.bit_length() > MAX_RESULT_BITS:
        raise RefusedError(f"the result is a number of more than {MAX_RESULT_BITS:,} bits")
    return value


def _pay_for_search(items: list[Any] | tuple[Any, ...], item: Any, budget: Budget) -> None:
    if type(item) not in _SCALARS:
        weigh(items, budget)
    elif isinstance(item, str):
        budget.spend(len(items) * (1 + len(item) // 1_000))
    else:
        budget.spend(len(items))


def _missing_key(box: Mapping[str, Any], key: Any) -> str:
    if not isinstance(key, str):
        return f"the keys of an object are strings, not {kind_of(key)}"
    names = [str(name) for name in islice(box, _MAX_KEYS_READ)]
    shown = ", ".join(_shown(name) for name in names[:_MAX_KEYS_SHOWN])
    more = len(box) - _MAX_KEYS_SHOWN
    keys = f"it has {shown}{f' and {more:,} more' if more > 0 else ''}" if names else "it is empty"
    meant = suggest(key, names)
    return f"no key {_shown(key)} ({keys}{f'; {meant}' if meant else ''})"


def _missing_position(items: list[Any] | tuple[Any, ...], key: Any) -> str:
    if not isinstance(key, int) or isinstance(key, bool):
        return f"a list is read by position, not by {kind_of(key)}"
    return f"no position {key} in a list of {len(items):,}"


def _shown(key: Any) -> str:
    if not isinstance(key, str):
        return kind_of(key)
    return repr(key if len(key) <= _MAX_KEY_SHOWN else f"{key[: _MAX_KEY_SHOWN - 1]}…")
