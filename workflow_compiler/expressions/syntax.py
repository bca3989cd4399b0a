"""The grammar: what of Python's syntax an expression may use, and how large it may be."""

import ast
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from workflow_compiler.expressions.errors import ExpressionSyntaxError
from workflow_compiler.expressions.tokens import Normalised, adjoining, fault, normalise

MAX_SOURCE: Final = 2_000
MAX_NODES: Final = 300
MAX_DEPTH: Final = 40
MAX_LITERAL_BITS: Final = 64

_BEFORE_OPERATOR: Final = re.compile(r"[\s)]*")
_BEFORE_NAME: Final = re.compile(r"[\s)]*\.\s*")

_GRAMMAR: Final = frozenset(
    {ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.List, ast.Tuple, ast.Dict}
    | {ast.IfExp, ast.BoolOp, ast.UnaryOp, ast.BinOp, ast.Compare}
)
_OPERATORS: Final = frozenset(
    {ast.And, ast.Or, ast.Not, ast.UAdd, ast.USub}
    | {ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod}
    | {ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn}
)
_REFUSED: Final[Mapping[type[ast.expr], tuple[str, str | None]]] = MappingProxyType(
    {
        ast.Slice: ("a slice is not part of the language", "read one element: items[0]"),
        ast.Set: ("a set is not part of the language", "write a list: [a, b]"),
        ast.Starred: ("unpacking with * is not part of the language", None),
    }
)


@dataclass(frozen=True, slots=True)
class Syntax:
    """A tree that is inside the grammar, and the way from its nodes back to the text."""

    tree: ast.expr
    _source: str
    _normalised: Normalised

    def text(self, node: ast.expr) -> str:
        """Give the piece of the text that the node was read from."""
        return self._source[self._start(node) : self._end(node)].strip()

    def fault(self, node: ast.expr, message: str, hint: str | None = None) -> ExpressionSyntaxError:
        """Point at a node."""
        return fault(self._source, self._start(node), message, hint)

    def fault_in_name(
        self, node: ast.expr, message: str, hint: str | None = None
    ) -> ExpressionSyntaxError:
        """Point at the name of a function, or at the last one of a path."""
        return fault(self._source, self._name(node), message, hint)

    def fault_after(
        self, node: ast.expr, message: str, hint: str | None = None
    ) -> ExpressionSyntaxError:
        """Point at what follows a node: the operator that it is the left side of."""
        end = self._end(node)
        between = _BEFORE_OPERATOR.match(self._source, end)
        return fault(self._source, between.end() if between else end, message, hint)

    def last_name(self, node: ast.Attribute) -> str:
        """Give the last name of a path, as it was written."""
        return self._source[self._name(node) : self._end(node)]

    def _name(self, node: ast.expr) -> int:
        named = node.func if isinstance(node, ast.Call) else node
        if not isinstance(named, ast.Attribute):
            return self._start(node)
        end = self._end(named.value)
        between = _BEFORE_NAME.match(self._source, end)
        return between.end() if between else end

    def _start(self, node: ast.expr) -> int:
        return self._origin(node.col_offset)

    def _end(self, node: ast.expr) -> int:
        end = node.end_col_offset
        return self._normalised.origins[-1] if end is None else self._origin(end)

    def _origin(self, column: int) -> int:
        # Python's trees count the bytes of UTF-8.
        before = self._normalised.text.encode()[:column].decode()
        return self._normalised.origins[len(before)]


def parse(source: str, start: int = 0, end: int | None = None) -> Syntax:
    """Read `source[start:end]` as an expression; errors point into the whole of `source`.

    Raises:
        ExpressionSyntaxError: It is no expression, or one that is too large.
    """
    end = len(source) if end is None else end
    if not source[start:end].strip():
        raise fault(source, start, "the expression is empty")
    if end - start > MAX_SOURCE:
        message = f"the expression has {end - start:,} characters; {MAX_SOURCE:,} are allowed"
        raise fault(source, start, message, "split it over several nodes")
    normalised = normalise(source, start, end)
    syntax = Syntax(_parse(source, normalised), source, normalised)
    if not normalised.text.isascii():
        _spell_as_written(syntax)
    _check_grammar(syntax)
    return syntax


def _spell_as_written(syntax: Syntax) -> None:
    """Give names back their letters: Python's parser folds those that look alike (NFKC)."""
    for node in ast.walk(syntax.tree):
        if isinstance(node, ast.Name):
            node.id = syntax.text(node)
        elif isinstance(node, ast.Attribute):
            node.attr = syntax.last_name(node)


def _parse(source: str, normalised: Normalised) -> ast.expr:
    try:
        return ast.parse(normalised.text, mode="eval").body
    except SyntaxError as error:
        place, message = _explained(error, normalised.text)
        raise fault(source, normalised.origins[place], message) from None
    except UnicodeEncodeError as error:
        message = "half of a surrogate pair is no character"
        raise fault(source, normalised.origins[error.start], message) from None
    except (ValueError, RecursionError, MemoryError):
        message = "the expression is too deep or too long for the parser"
        raise fault(source, normalised.origins[0], message) from None


def _explained(error: SyntaxError, text: str) -> tuple[int, str]:
    """Where it is and what; the parser names the end of a text by 0, and of a pair its begin."""
    end = len(text.rstrip())
    message = _sentence(error)
    if not error.offset or error.offset > end:
        return end, "the expression ends too early"
    if "forgot a comma" in message:
        return adjoining(text, error.offset - 1), "two values follow one another"
    if message.startswith("expected 'else'"):
        return min((error.end_offset or 1) - 1, end), "an 'else' is missing"
    return error.offset - 1, message


def _sentence(error: SyntaxError) -> str:
    words = error.msg.removesuffix(".")
    return words[:1].lower() + words[1:]


def _check_grammar(syntax: Syntax) -> None:
    """Walk the tree without recursion, because its depth is what is to be found out."""
    count = 0
    layer = [syntax.tree]
    for _ in range(MAX_DEPTH):
        for node in layer:
            _check_node(syntax, node)
        count += len(layer)
        layer = [child for node in layer for child in _children(node)]
        if count + len(layer) > MAX_NODES:
            message = f"the expression has more than {MAX_NODES} parts"
            raise syntax.fault(syntax.tree, message, "split it over several nodes")
        if not layer:
            return
    if _longest_row(syntax.tree) > MAX_DEPTH // 2:  # the tree of a row is as deep as it is long
        message = f"the expression is too long: a row has at most {MAX_DEPTH - 1} operators"
        raise syntax.fault(syntax.tree, message, "split it over several nodes, or use sum([...])")
    message = f"the expression is nested more than {MAX_DEPTH} deep"
    raise syntax.fault(layer[0], message, "split it over several nodes")


def _longest_row(tree: ast.expr) -> int:
    """Operators in the longest row, as in `a + b - c`."""
    rows: dict[int, int] = {}
    for node in ast.walk(tree):  # what is outside comes first
        if isinstance(node, ast.BinOp):
            rows[id(node.left)] = rows[id(node)] = rows.get(id(node), 0) + 1
    return max(rows.values(), default=0)


def _children(node: ast.expr) -> list[ast.expr]:
    return [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]


def _check_node(syntax: Syntax, node: ast.expr) -> None:
    if type(node) not in _GRAMMAR:
        message, hint = _REFUSED.get(type(node), ("this is not part of the language", None))
        raise syntax.fault(node, message, hint)
    match node:
        case ast.Constant():
            _check_constant(syntax, node)
        case ast.Attribute() if node.attr.startswith("_"):
            hint = f"write [{node.attr!r}] for a key of this name"
            raise syntax.fault_in_name(node, f"{node.attr!r} starts with an underscore", hint)
        case ast.Call() if node.keywords:  # no token writes one, yet none may slip through
            raise syntax.fault(node, "arguments are not named", "give them by their position")
        case ast.Dict():
            _check_keys(syntax, node)
        case ast.UnaryOp() | ast.BinOp() | ast.BoolOp():
            _check_operators(syntax, node, [node.op])
        case ast.Compare():
            _check_operators(syntax, node, node.ops)
        case _:
            pass


def _check_operators(syntax: Syntax, node: ast.expr, operators: Sequence[ast.AST]) -> None:
    # The tokens let no other through today; Python's grammar may grow tomorrow.
    if not {type(operator) for operator in operators} <= _OPERATORS:
        raise syntax.fault(node, "this operator is not part of the language")


def _check_constant(syntax: Syntax, node: ast.Constant) -> None:
    match node.value:
        case int() if node.value.bit_length() > MAX_LITERAL_BITS:
            message = f"a whole number has at most {MAX_LITERAL_BITS} bits"
            raise syntax.fault(node, message)
        case float() if not math.isfinite(node.value):
            raise syntax.fault(node, "this number is too large")
        case str() if any("\ud800" <= character <= "\udfff" for character in node.value):
            raise syntax.fault(node, "half of a surrogate pair is no character")
        case None | bool() | int() | float() | str():
            pass
        case _:
            raise syntax.fault(node, "this literal is not part of the language")


def _check_keys(syntax: Syntax, node: ast.Dict) -> None:
    for key in node.keys:
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
            place = key or node
            raise syntax.fault(place, "the keys of an object are strings", "write {'key': value}")
