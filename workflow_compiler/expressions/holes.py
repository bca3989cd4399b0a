"""One hole of a template: a path, and the filters that its value passes through."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from workflow_compiler.expressions import closures
from workflow_compiler.expressions.bounds import Budget
from workflow_compiler.expressions.closures import Evaluator
from workflow_compiler.expressions.errors import EvaluationError
from workflow_compiler.expressions.evaluate import LITERALS, Builder
from workflow_compiler.expressions.guards import relied_on, sees_status
from workflow_compiler.expressions.names import Names, Scope, suggest
from workflow_compiler.expressions.syntax import Syntax, parse
from workflow_compiler.expressions.text import to_json
from workflow_compiler.expressions.tokens import fault

_FILTERS: Final = ("default", "json")
_BAR_OR_STRING: Final = re.compile(
    r"""\|+ | "(?:[^"\\]|\\.)*+" | '(?:[^'\\]|\\.)*+' """, re.VERBOSE | re.DOTALL
)
_NO_OPERATORS: Final = (
    "a hole holds a path and filters, nothing else",
    "write ['my-key'] for a key with other signs; use a transform node to compute",
)
_NO_NAMES: Final = Names(frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class Hole:
    """What stands between `{{` and `}}`, compiled.

    Attributes:
        text: The source, without its braces.
        read: Gives the value, after the filters.
        references: Ids of the nodes that it reads.
        roots: Names that it reads and that are no nodes.
        secrets: Names of the secrets that it reads.
        relies_on: Ids of the nodes that must have completed, for there is no default.
        sees_status: Whether it may see the status of a node.
    """

    text: str
    read: Evaluator
    references: frozenset[str]
    roots: frozenset[str]
    secrets: frozenset[str]
    relies_on: frozenset[str]
    sees_status: bool


def compile_hole(source: str, start: int, end: int, names: Names) -> Hole:
    """Read `source[start:end]` as a hole; errors point into the whole of `source`.

    Raises:
        ExpressionSyntaxError: It is no path with filters, or speaks of unknown names.
    """
    if source.startswith("{", start):
        hint = r"a hole has two braces; a literal {{ is written \{{"
        raise fault(source, start, "this brace is one too many", hint)
    if not source[start:end].strip():
        raise fault(source, start, "the hole is empty", "write a path, such as {{ input.name }}")
    path, *filters = (parse(source, *piece) for piece in _pieces(source, start, end))
    _check_path(path)
    defaults = _defaults(filters)
    builder = Builder(path, names, closures.optional_key if defaults else closures.key)
    read, text = builder.whole(path.tree), source[start:end].strip()
    for default in defaults:
        read = _with_default(read, default)
    for _ in filters[len(defaults) :]:
        read = closures.call(_to_json, [read], text)
    relies_on = frozenset[str]() if defaults else relied_on(path.tree, names, builder.references)
    return Hole(
        text=text,
        read=read,
        references=frozenset(builder.references),
        roots=frozenset(builder.roots),
        secrets=frozenset(builder.secrets),
        relies_on=relies_on,
        sees_status=bool(builder.references) and sees_status(path.tree, names),
    )


def _pieces(source: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut the hole at its bars, except those inside strings."""
    for found in _BAR_OR_STRING.finditer(source, start, end):
        match found.group():
            case "|":
                yield start, found.start()
                start = found.end()
            case bars if bars.startswith("|"):
                raise fault(source, found.start(), *_NO_OPERATORS)
            case _:
                pass
    yield start, end


def _check_path(path: Syntax) -> None:
    node = path.tree
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        if isinstance(node, ast.Subscript) and not _is_literal(node.slice):
            raise path.fault(node.slice, *_NO_OPERATORS)
        node = node.value
    match node:
        case ast.Name(id=name) if name not in LITERALS:
            return
        case ast.Call():
            hint = "write {{ path | default('...') }} for a value that may be missing"
            raise path.fault_in_name(node, "a hole calls no functions", hint)
        case (
            ast.BinOp(left=first)
            | ast.Compare(left=first)
            | ast.BoolOp(values=[first, *_])
            | ast.IfExp(body=first)
        ):
            raise path.fault_after(first, *_NO_OPERATORS)
        case _:
            raise path.fault(node, *_NO_OPERATORS)


def _defaults(filters: Sequence[Syntax]) -> list[Evaluator]:
    """Give the literals of the `default` filters, after checking that `json` follows them."""
    literals = [_literal(filter_) for filter_ in filters]
    defaults = [literal for literal in literals if literal is not None]
    for filter_, literal in zip(filters[len(defaults) :], literals[len(defaults) :], strict=True):
        if literal is not None:
            raise filter_.fault(filter_.tree, "the default comes too late", "put json last")
    return defaults


def _literal(syntax: Syntax) -> Evaluator | None:
    """Read one filter: `default(literal)` has a literal, `json` has none."""
    match syntax.tree:
        case ast.Name(id="json"):
            return None
        case ast.Call(func=ast.Name(id="default"), args=[literal]) if _is_literal(literal):
            return Builder(syntax, _NO_NAMES).build(literal)
        case ast.Name(id="default") | ast.Call(func=ast.Name(id="default")):
            message, place = "default takes one literal", _first_argument(syntax.tree)
            raise syntax.fault(place, message, "write default('text'), default(0)")
        case ast.Name(id=name) | ast.Call(func=ast.Name(id=name)):
            hint = suggest(name, _FILTERS) or "the filters are json and default(literal)"
            raise syntax.fault(syntax.tree, f"unknown filter {name!r}", hint)
        case _:
            hint = "the filters are json and default(literal)"
            raise syntax.fault(syntax.tree, "this is no filter", hint)


def _first_argument(node: ast.expr) -> ast.expr:
    """The argument of a call that has any, else the whole."""
    return node.args[0] if isinstance(node, ast.Call) and node.args else node


def _is_literal(node: ast.expr) -> bool:
    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            return name in LITERALS
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=ast.Constant()):
            return True
        case ast.List(elts=items) | ast.Dict(values=items):
            return all(map(_is_literal, items))
        case _:
            return False


def _with_default(read: Evaluator, literal: Evaluator) -> Evaluator:
    def evaluate(scope: Scope, budget: Budget) -> Any:
        try:
            value = read(scope, budget)
        except EvaluationError:
            value = None
        return literal(scope, budget) if value is None else value

    return evaluate


def _to_json(budget: Budget, value: Any) -> str:
    return to_json(value, budget)
