"""What each operator of the language does with JSON values."""

import ast
import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from workflow_compiler.expressions.values import (
    Operation,
    add,
    arithmetic,
    equal,
    is_in,
    is_not_in,
    ordered,
    signed,
    unequal,
)

BINARY: Final[Mapping[type[ast.operator], Operation]] = MappingProxyType(
    {
        ast.Add: add,
        ast.Sub: arithmetic(operator.sub, "-"),
        ast.Mult: arithmetic(operator.mul, "*"),
        ast.Div: arithmetic(operator.truediv, "/"),
        ast.FloorDiv: arithmetic(operator.floordiv, "//"),
        ast.Mod: arithmetic(operator.mod, "%"),
    }
)
COMPARE: Final[Mapping[type[ast.cmpop], Operation]] = MappingProxyType(
    {
        ast.Eq: equal,
        ast.NotEq: unequal,
        ast.Lt: ordered(operator.lt, "<"),
        ast.LtE: ordered(operator.le, "<="),
        ast.Gt: ordered(operator.gt, ">"),
        ast.GtE: ordered(operator.ge, ">="),
        ast.In: is_in,
        ast.NotIn: is_not_in,
    }
)
SIGNS: Final[Mapping[type[ast.unaryop], Callable[..., Any]]] = MappingProxyType(
    {ast.USub: signed(operator.neg, "-"), ast.UAdd: signed(operator.pos, "+")}
)
