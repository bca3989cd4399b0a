"""From a tree to one closure, with every name that it speaks of checked."""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from workflow_compiler.expressions import closures
from workflow_compiler.expressions.closures import Evaluator
from workflow_compiler.expressions.errors import ExpressionSyntaxError, RefusedError, all_of
from workflow_compiler.expressions.functions import FUNCTIONS, Function
from workflow_compiler.expressions.names import NODES, SECRETS, Names, suggest
from workflow_compiler.expressions.operators import BINARY, COMPARE, SIGNS
from workflow_compiler.expressions.patterns import compile_pattern, search
from workflow_compiler.expressions.syntax import Syntax
from workflow_compiler.expressions.values import item_at

KeyReader: TypeAlias = Callable[[Evaluator, str, str], Evaluator]

LITERALS: Final[Mapping[str, object]] = MappingProxyType(
    {"true": True, "false": False, "null": None}
)
"""What JSON writes other than Python does."""


@dataclass(slots=True)
class Builder:
    """Builds the closure of a tree, and notes on the way what the tree reads.

    Attributes:
        syntax: The tree.
        names: What it may speak of.
        key: How a key is read that is known beforehand.
        references: Ids of the nodes that it reads.
        roots: Names that it reads and that are no nodes.
        secrets: Names of the secrets that it reads.
        paths: A closure for each maximal path, by the text of the path.
        faults: What is wrong with what it speaks of.
    """

    syntax: Syntax
    names: Names
    key: KeyReader = closures.key
    references: set[str] = field(default_factory=set)
    roots: set[str] = field(default_factory=set)
    secrets: set[str] = field(default_factory=set)
    paths: dict[str, Evaluator] = field(default_factory=dict)
    faults: list[ExpressionSyntaxError] = field(default_factory=list)

    def whole(self, node: ast.expr) -> Evaluator:
        """Make the closure of the whole tree.

        Raises:
            ExpressionSyntaxError: It speaks of names, nodes or functions that do not exist.
        """
        evaluator = self.build(node)
        if self.faults:
            raise all_of(self.faults)
        return evaluator

    def build(self, node: ast.expr) -> Evaluator:
        """Make the closure of a part that stands on its own."""
        evaluator = self.part(node)
        if _is_path(node):
            self.paths[self.syntax.text(node)] = evaluator
        return evaluator

    def part(self, node: ast.expr) -> Evaluator:
        """Make the closure of a part that may be the beginning of a longer path."""
        return _RULES[type(node)](self, node)

    def wrong(self, fault: ExpressionSyntaxError) -> Evaluator:
        """Note a fault and go on, to find the others; what is built is never evaluated."""
        self.faults.append(fault)
        return closures.constant(None)

    def root(self, node: ast.Name) -> Evaluator:
        """Read a name of the scope, after making sure that there is one."""
        name = node.id
        if name in self.names.roots:
            self.roots.add(name)
        elif name in self.names.nodes:
            self.references.add(name)
        else:
            hint = self.names.suggest(name)
            return self.wrong(self.syntax.fault(node, f"unknown name {name!r}", hint))
        return closures.root(name)

    def is_nodes(self, node: ast.expr) -> bool:
        """Tell whether this is the root under which nodes are found by id."""
        return isinstance(node, ast.Name) and node.id == NODES and NODES in self.names.roots

    def node_record(self, node: ast.Attribute | ast.Subscript, node_id: str) -> Evaluator:
        """Read what a node left behind, by the id of the node."""
        place = node.slice if isinstance(node, ast.Subscript) else node
        if node_id not in self.names.nodes:
            hint = self.names.suggest_node(node_id)
            return self.wrong(self.syntax.fault_in_name(place, f"unknown node {node_id!r}", hint))
        self.roots.add(NODES)
        self.references.add(node_id)
        return self.key(closures.root(NODES), node_id, self.syntax.text(node))

    def is_secrets(self, node: ast.expr) -> bool:
        """Tell whether this is the root under which secrets are found by name."""
        return isinstance(node, ast.Name) and node.id == SECRETS and SECRETS in self.names.roots

    def secret(self, node: ast.Attribute | ast.Subscript, name: str) -> Evaluator:
        """Read a secret, which has a name that is known before any run."""
        self.roots.add(SECRETS)
        self.secrets.add(name)
        return closures.key(closures.root(SECRETS), name, self.syntax.text(node))


def _constant(_: Builder, node: ast.Constant) -> Evaluator:
    return closures.constant(node.value)


def _name(builder: Builder, node: ast.Name) -> Evaluator:
    if node.id in LITERALS:
        return closures.constant(LITERALS[node.id])
    if builder.is_nodes(node):
        message = f"{NODES!r} is read by the id of a node"
        return builder.wrong(builder.syntax.fault(node, message, f"write {NODES}['id']"))
    if builder.is_secrets(node):
        message = f"{SECRETS!r} are read by name"
        return builder.wrong(builder.syntax.fault(node, message, f"write {SECRETS}.NAME"))
    return builder.root(node)


def _attribute(builder: Builder, node: ast.Attribute) -> Evaluator:
    if builder.is_nodes(node.value):
        return builder.node_record(node, node.attr)
    if builder.is_secrets(node.value):
        return builder.secret(node, node.attr)
    return builder.key(builder.part(node.value), node.attr, builder.syntax.text(node))


def _subscript(builder: Builder, node: ast.Subscript) -> Evaluator:
    name = _literal_text(node.slice)
    if builder.is_nodes(node.value):
        if name is None:
            hint = f"write {NODES}['id']"
            message = "the id of a node is a literal string"
            return builder.wrong(builder.syntax.fault(node.slice, message, hint))
        return builder.node_record(node, name)
    if builder.is_secrets(node.value):
        if name is None:
            message = "the name of a secret is a literal string"
            return builder.wrong(builder.syntax.fault(node.slice, message))
        return builder.secret(node, name)
    box, text = builder.part(node.value), builder.syntax.text(node)
    if name is not None:
        return builder.key(box, name, text)
    return closures.binary(item_at, box, builder.build(node.slice), text)


def _call(builder: Builder, node: ast.Call) -> Evaluator:
    name, given = _called(node)
    function = _function(builder, node, name, len(given))
    read = builder.part if _is_path(node) else builder.build
    evaluators = [read(first) for first in given[:1]] + [builder.build(a) for a in given[1:]]
    if function is None:
        return closures.constant(None)
    call, text = function.call, builder.syntax.text(node)
    if name == "matches" and (pattern := _literal_text(given[1])) is not None:
        del evaluators[1]
        call = _matcher(builder, given[1], pattern)
    return closures.call(call, evaluators, text)


def _called(node: ast.Call) -> tuple[str | None, list[ast.expr]]:
    """The name of what is called, and with what; a method is given its receiver first."""
    match node.func:
        case ast.Name(id=name):
            return name, node.args
        case ast.Attribute(attr=name, value=receiver):
            return name, [receiver, *node.args]
        case other:
            return None, [other, *node.args]


def _function(builder: Builder, node: ast.Call, name: str | None, count: int) -> Function | None:
    """What is called; None where that is wrong."""
    if name is None:
        message = "only functions that have a name can be called"
        builder.wrong(builder.syntax.fault(node.func, message))
        return None
    function = FUNCTIONS.get(name)
    if function is None:
        hint = suggest(name, FUNCTIONS) or f"the functions are {', '.join(sorted(FUNCTIONS))}"
        builder.wrong(builder.syntax.fault_in_name(node, f"unknown function {name!r}", hint))
        return None
    if not function.takes(count):
        message = f"{name}() cannot take {count} argument{'' if count == 1 else 's'}"
        hint = f"call it as {function.signature}"
        builder.wrong(builder.syntax.fault_in_name(node, message, hint))
        return None
    return function


def _matcher(builder: Builder, node: ast.expr, pattern: str) -> Callable[..., Any]:
    try:
        compiled = compile_pattern(pattern)
    except RefusedError as refused:
        return builder.wrong(builder.syntax.fault(node, str(refused)))
    return lambda budget, text: search(compiled, text, budget)


def _list(builder: Builder, node: ast.List | ast.Tuple) -> Evaluator:
    return closures.listing([builder.build(item) for item in node.elts])


def _dict(builder: Builder, node: ast.Dict) -> Evaluator:
    names = [key.value for key in node.keys if isinstance(key, ast.Constant)]
    items = [builder.build(value) for value in node.values]
    return closures.mapping(list(zip(map(str, names), items, strict=True)))


def _if(builder: Builder, node: ast.IfExp) -> Evaluator:
    return closures.choice(*map(builder.build, (node.test, node.body, node.orelse)))


def _bool(builder: Builder, node: ast.BoolOp) -> Evaluator:
    parts = [builder.build(part) for part in node.values]
    return closures.all_of(parts) if isinstance(node.op, ast.And) else closures.any_of(parts)


def _unary(builder: Builder, node: ast.UnaryOp) -> Evaluator:
    operand = builder.build(node.operand)
    if isinstance(node.op, ast.Not):
        return closures.negation(operand)
    return closures.call(SIGNS[type(node.op)], [operand], builder.syntax.text(node))


def _binary(builder: Builder, node: ast.BinOp) -> Evaluator:
    left, right = builder.build(node.left), builder.build(node.right)
    return closures.binary(BINARY[type(node.op)], left, right, builder.syntax.text(node))


def _compare(builder: Builder, node: ast.Compare) -> Evaluator:
    text = builder.syntax.text(node)
    first = builder.build(node.left)
    operations = [COMPARE[type(op)] for op in node.ops]
    others = [builder.build(part) for part in node.comparators]
    if len(others) == 1:
        return closures.binary(operations[0], first, others[0], text)
    return closures.comparisons(first, list(zip(operations, others, strict=True)), text)


_RULES: Final[Mapping[type[ast.expr], Callable[[Builder, Any], Evaluator]]] = MappingProxyType(
    {
        ast.Constant: _constant,
        ast.Name: _name,
        ast.Attribute: _attribute,
        ast.Subscript: _subscript,
        ast.Call: _call,
        ast.List: _list,
        ast.Tuple: _list,
        ast.Dict: _dict,
        ast.IfExp: _if,
        ast.BoolOp: _bool,
        ast.UnaryOp: _unary,
        ast.BinOp: _binary,
        ast.Compare: _compare,
    }
)


def _is_path(node: ast.expr) -> bool:
    """Tell whether it only reads: `a.b[0]`, and `a.get("b")` with literals."""
    match node:
        case ast.Name(id=name):
            return name not in LITERALS
        case ast.Attribute(value=box) | ast.Subscript(value=box):
            return _is_path(box)
        case ast.Call(func=ast.Attribute(attr="get", value=box), args=rest):
            return _is_path(box) and _are_literal(rest)
        case ast.Call(func=ast.Name(id="get"), args=[box, *rest]):
            return _is_path(box) and _are_literal(rest)
        case _:
            return False


def _are_literal(nodes: Sequence[ast.expr]) -> bool:
    return all(isinstance(node, ast.Constant) for node in nodes)


def _literal_text(node: ast.expr) -> str | None:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case _:
            return None
