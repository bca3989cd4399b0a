"""An expression that was compiled once and can be evaluated many times."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from workflow_compiler.expressions.bounds import Budget
from workflow_compiler.expressions.closures import Evaluator
from workflow_compiler.expressions.errors import EvaluationError
from workflow_compiler.expressions.evaluate import Builder
from workflow_compiler.expressions.guards import relied_on, sees_status
from workflow_compiler.expressions.names import Names, Scope
from workflow_compiler.expressions.syntax import parse


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression; two of the same source are equal.

    Attributes:
        source: The text as its author wrote it.
        references: Ids of the nodes that it reads, by a root name or by `nodes["id"]`.
        roots: Names that it reads and that are no nodes; `nodes` is one of them.
        secrets: Names of the secrets that it reads.
        relies_on: Ids of the nodes that must have completed, or it gets null from them.
        sees_status: Whether it may see the status of a node.
    """

    source: str
    references: frozenset[str] = field(compare=False)
    roots: frozenset[str] = field(compare=False)
    secrets: frozenset[str] = field(compare=False)
    relies_on: frozenset[str] = field(compare=False)
    sees_status: bool = field(compare=False)
    _evaluator: Evaluator = field(compare=False, repr=False)
    _paths: Mapping[str, Evaluator] = field(compare=False, repr=False)

    def evaluate(self, scope: Scope) -> Any:
        """Work out the value.

        Raises:
            EvaluationError: The data does not fit, or there is too much of it.
        """
        value = self._evaluator(scope, Budget())
        if type(value) is float and not math.isfinite(value):
            raise EvaluationError("the result is no finite number", self.source)
        return value

    def values(self, scope: Scope) -> dict[str, Any]:
        """Read every path of the expression, to explain what it decided.

        A path is as long as it can be: `classify.output.score`, or `context.get("score")`.
        One that cannot be read gives null.
        """
        return {text: _read(path, scope) for text, path in self._paths.items()}


def compile_expression(source: str, names: Names) -> Expression:
    """Read an expression and check all that can be checked without data.

    Raises:
        ExpressionSyntaxError: It is no expression, is too large, or speaks of unknown names.
    """
    syntax = parse(source)
    builder = Builder(syntax, names)
    evaluator = builder.whole(syntax.tree)
    return Expression(
        source=source,
        references=frozenset(builder.references),
        roots=frozenset(builder.roots),
        secrets=frozenset(builder.secrets),
        relies_on=relied_on(syntax.tree, names, builder.references),
        sees_status=bool(builder.references) and sees_status(syntax.tree, names),
        _evaluator=evaluator,
        _paths=MappingProxyType(builder.paths),
    )


def _read(path: Evaluator, scope: Scope) -> Any:
    try:
        return path(scope, Budget())
    except EvaluationError:
        return None
