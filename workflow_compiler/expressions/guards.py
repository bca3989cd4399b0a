"""What an expression wants of nodes: which it takes for granted, and whether it sees a status.

It takes a node for granted whose output it reads, come what may: of one that was skipped or failed
that is null. An expression that decides something by itself (`x if ... else y`, `or`, `and`), asks
for the node's status, or compares the output as a whole, is taken to know what it does.
"""

import ast
from collections.abc import Collection, Iterator

from workflow_compiler.expressions.names import NODES, Names

_TELLING = frozenset({"status", "visit", "error"})
_WITHOUT_STATUS = frozenset({"output", "visit", "error"})


def relied_on(tree: ast.expr, names: Names, references: Collection[str]) -> frozenset[str]:
    """Those of its references that must have completed, or the expression gets null from them."""
    if not references:
        return frozenset()
    nodes = list(ast.walk(tree))
    if any(isinstance(node, ast.IfExp | ast.BoolOp) for node in nodes):
        return frozenset()
    compared = {id(side) for node in nodes for side in _compared(node)}
    read = [(found, id(node)) for node in nodes if (found := _read(node, names))]
    asked = {node_id for (node_id, key), _ in read if key in _TELLING}
    used = {node_id for (node_id, key), at in read if key == "output" and at not in compared}
    return frozenset(used - asked)


def sees_status(tree: ast.expr, names: Names) -> bool:
    """Whether it may see the status of a node, by that name or as a part of all that is known."""
    nodes = list(ast.walk(tree))
    steps = [(step[0], step[1]) for node in nodes if (step := _step(node)) is not None]
    harmless = {id(record) for record, key in steps if key in _WITHOUT_STATUS}
    return any(_node_id(node, names) and id(node) not in harmless for node in nodes)


def _compared(node: ast.AST) -> Iterator[ast.expr]:
    """The sides of a comparison that null can take part in."""
    if isinstance(node, ast.Compare) and all(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
        yield node.left
        yield from node.comparators


def _read(node: ast.AST, names: Names) -> tuple[str, str] | None:
    """The id of a node, and the key that is read of what it left behind."""
    path = _step(node)
    if path is None:
        return None
    record, key = path
    node_id = _node_id(record, names)
    return None if node_id is None else (node_id, key)


def _node_id(record: ast.AST, names: Names) -> str | None:
    """The id of the node of which this is all that is known."""
    match record:
        case ast.Name(id=name) if name in names.nodes and name not in names.roots:
            return name
        case _:
            outer = _step(record)
            is_node = outer is not None and isinstance(outer[0], ast.Name) and outer[0].id == NODES
            return outer[1] if outer is not None and is_node else None


def _step(node: ast.AST) -> tuple[ast.expr, str] | None:
    match node:
        case ast.Attribute(value=value, attr=key):
            return value, key
        case ast.Subscript(value=value, slice=ast.Constant(value=str() as key)):
            return value, key
        case _:
            return None
