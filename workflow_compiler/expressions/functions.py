"""The closed list of functions; each is a method of its first argument, too."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from workflow_compiler.expressions.bounds import (
    MAX_BUILT,
    Budget,
    check_built_list,
    check_built_text,
)
from workflow_compiler.expressions.errors import RefusedError
from workflow_compiler.expressions.patterns import compile_pattern, search
from workflow_compiler.expressions.text import to_plain
from workflow_compiler.expressions.values import (
    have_order,
    is_in,
    is_number,
    is_position,
    kind_of,
    number,
)

_MAX_DIGITS: Final = 400
_MAX_ROUNDING: Final = 300
_STEPS_PER_ELEMENT: Final = 4


@dataclass(frozen=True, slots=True)
class Function:
    """What a name in front of parentheses stands for.

    Attributes:
        signature: How it is called, for messages and for the language reference.
        call: The operation; it takes the budget in front of its arguments.
        least: The smallest number of arguments.
        most: The largest number of arguments; None where it takes any number.
    """

    signature: str
    call: Callable[..., Any]
    least: int = 1
    most: int | None = 1

    def takes(self, count: int) -> bool:
        """Tell whether it can be called with so many arguments."""
        return self.least <= count and (self.most is None or count <= self.most)


def _matches(budget: Budget, text: Any, pattern: Any) -> bool:
    return search(compile_pattern(pattern), text, budget)


def _len(_: Budget, box: Any) -> int:
    match box:
        case str() | list() | tuple() | Mapping():
            return len(box)
        case _:
            raise RefusedError(f"len() takes a string, a list or an object, not {kind_of(box)}")


def _lower(budget: Budget, text: Any) -> str:
    return _changed(_string("lower", text), str.lower, budget)


def _upper(budget: Budget, text: Any) -> str:
    return _changed(_string("upper", text), str.upper, budget)


def _startswith(_: Budget, text: Any, prefix: Any) -> bool:
    return _string("startswith", text).startswith(_string("startswith", prefix))


def _endswith(_: Budget, text: Any, suffix: Any) -> bool:
    return _string("endswith", text).endswith(_string("endswith", suffix))


def _contains(budget: Budget, box: Any, item: Any) -> bool:
    return is_in(item, box, budget)


def _get(_: Budget, box: Any, key: Any, default: Any = None) -> Any:
    match box:
        case None:
            return default
        case Mapping():
            return box.get(key, default) if isinstance(key, str) else default
        case list() | tuple():
            return box[key] if is_position(box, key) else default
        case _:
            raise RefusedError(f"get() reads from an object or a list, not from {kind_of(box)}")


def _keys(budget: Budget, box: Any) -> list[Any]:
    return _listed(_object("keys", box).keys(), budget)


def _values(budget: Budget, box: Any) -> list[Any]:
    return _listed(_object("values", box).values(), budget)


def _min(budget: Budget, *values: Any) -> Any:
    return min(_comparable("min", values, budget))


def _max(budget: Budget, *values: Any) -> Any:
    return max(_comparable("max", values, budget))


def _sum(budget: Budget, items: Any) -> Any:
    numbers = _list("sum", items)
    budget.spend(len(numbers) * _STEPS_PER_ELEMENT)
    for item in numbers:
        _number("sum", item)
    return _computed(sum, numbers)


def _abs(_: Budget, value: Any) -> Any:
    return number(abs(_number("abs", value)))


def _round(_: Budget, value: Any, digits: Any = None) -> Any:
    if digits is None:
        return _computed(round, _number("round", value))
    if type(digits) is not int or abs(digits) > _MAX_ROUNDING:
        raise RefusedError(f"round() takes a whole number of digits up to {_MAX_ROUNDING}")
    return _computed(round, _number("round", value), digits)


def _int(_: Budget, value: Any) -> int:
    return int(_computed(int, _numeral("int", value)))


def _float(_: Budget, value: Any) -> float:
    return float(_computed(float, _numeral("float", value)))


def _str(budget: Budget, value: Any) -> str:
    try:
        text = str(to_plain(value, budget, MAX_BUILT))
    except ValueError:
        raise RefusedError("the number has too many digits for a string") from None
    check_built_text(len(text))
    return text


def _bool(_: Budget, value: Any) -> bool:
    return bool(value)


def _any(budget: Budget, items: Any) -> bool:
    return any(_paid("any", items, budget))


def _all(budget: Budget, items: Any) -> bool:
    return all(_paid("all", items, budget))


FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {
        "len": Function("len(x)", _len),
        "lower": Function("lower(text)", _lower),
        "upper": Function("upper(text)", _upper),
        "startswith": Function("startswith(text, prefix)", _startswith, 2, 2),
        "endswith": Function("endswith(text, suffix)", _endswith, 2, 2),
        "contains": Function("contains(x, item)", _contains, 2, 2),
        "matches": Function("matches(text, pattern)", _matches, 2, 2),
        "get": Function("get(x, key, default=null)", _get, 2, 3),
        "keys": Function("keys(object)", _keys),
        "values": Function("values(object)", _values),
        "min": Function("min(list) or min(a, b, ...)", _min, 1, None),
        "max": Function("max(list) or max(a, b, ...)", _max, 1, None),
        "sum": Function("sum(list)", _sum),
        "abs": Function("abs(number)", _abs),
        "round": Function("round(number, digits=null)", _round, 1, 2),
        "int": Function("int(x)", _int),
        "float": Function("float(x)", _float),
        "str": Function("str(x)", _str),
        "bool": Function("bool(x)", _bool),
        "any": Function("any(list)", _any),
        "all": Function("all(list)", _all),
    }
)


def _string(function: str, value: Any) -> str:
    if not isinstance(value, str):
        raise RefusedError(f"{function}() takes a string, not {kind_of(value)}")
    return value


def _number(function: str, value: Any) -> Any:
    if not is_number(value):
        raise RefusedError(f"{function}() takes numbers, not {kind_of(value)}")
    return value


def _object(function: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RefusedError(f"{function}() takes an object, not {kind_of(value)}")
    return value


def _list(function: str, value: Any) -> Sequence[Any]:
    if not isinstance(value, (list, tuple)):
        raise RefusedError(f"{function}() takes a list, not {kind_of(value)}")
    return value


def _paid(function: str, value: Any, budget: Budget) -> Sequence[Any]:
    items = _list(function, value)
    budget.spend(len(items))
    return items


def _listed(items: Collection[Any], budget: Budget) -> list[Any]:
    check_built_list(len(items))
    budget.spend(len(items))
    return list(items)


def _changed(text: str, change: Callable[[str], str], budget: Budget) -> str:
    check_built_text(len(text))
    budget.spend_text(text)
    changed = change(text)
    check_built_text(len(changed))  # some letters have a longer counterpart
    return changed


def _comparable(function: str, values: tuple[Any, ...], budget: Budget) -> Sequence[Any]:
    items = _list(function, values[0]) if len(values) == 1 else values
    if not items:
        raise RefusedError(f"{function}() of nothing")
    budget.spend(len(items) * _STEPS_PER_ELEMENT)
    for item in items:
        if not have_order(items[0], item):
            kinds = f"{kind_of(items[0])} and {kind_of(item)}"
            raise RefusedError(f"{function}() takes numbers, or strings; {kinds} have no order")
    return items


def _numeral(function: str, value: Any) -> Any:
    match value:
        case str() if len(value) > _MAX_DIGITS:
            raise RefusedError(f"{function}() takes a string of at most {_MAX_DIGITS} characters")
        case bool() | int() | float() | str():
            return value
        case _:
            raise RefusedError(f"{function}() takes a number or a string, not {kind_of(value)}")


def _computed(compute: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return number(compute(*arguments))
    except OverflowError:
        raise RefusedError("the result is too large a number") from None
    except ValueError:
        raise RefusedError(f"{compute.__name__}() finds no number in it") from None
