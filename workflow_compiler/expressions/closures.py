"""The closures that evaluations consist of, one maker per form of the language."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from workflow_compiler.expressions.bounds import Budget
from workflow_compiler.expressions.errors import EvaluationError, RefusedError
from workflow_compiler.expressions.names import Scope
from workflow_compiler.expressions.values import Operation, look_up

Evaluator: TypeAlias = Callable[[Scope, Budget], Any]


def constant(value: Any) -> Evaluator:
    """Give the same value always."""
    return lambda _scope, _budget: value


def root(name: str) -> Evaluator:
    """Read a name of the scope."""

    def evaluate(scope: Scope, _: Budget) -> Any:
        if name in scope:
            return scope[name]
        raise EvaluationError("there is no value of this name here", name)

    return evaluate


def key(box: Evaluator, name: str, text: str) -> Evaluator:
    """Read a key that is known beforehand."""

    def evaluate(scope: Scope, budget: Budget) -> Any:
        value = box(scope, budget)
        if type(value) is dict and name in value:
            return value[name]  # what nearly all look-ups are, without a call
        return _look_up(value, name, text)

    return evaluate


def optional_key(box: Evaluator, name: str, text: str) -> Evaluator:
    """Read a key that need not be there; without it, the value is null."""

    def evaluate(scope: Scope, budget: Budget) -> Any:
        value = box(scope, budget)
        if isinstance(value, Mapping):
            return value.get(name)
        return _look_up(value, name, text)

    return evaluate


def binary(operation: Operation, left: Evaluator, right: Evaluator, text: str) -> Evaluator:
    """Put an operation between two operands."""

    def evaluate(scope: Scope, budget: Budget) -> Any:
        try:
            return operation(left(scope, budget), right(scope, budget), budget)
        except RefusedError as refused:
            raise EvaluationError(str(refused), text) from None

    return evaluate


def call(function: Callable[..., Any], arguments: Sequence[Evaluator], text: str) -> Evaluator:
    """Call a function, which takes the budget in front of its arguments."""

    def evaluate(scope: Scope, budget: Budget) -> Any:
        values = [argument(scope, budget) for argument in arguments]
        try:
            return function(budget, *values)
        except RefusedError as refused:
            raise EvaluationError(str(refused), text) from None

    return evaluate


def comparisons(
    first: Evaluator, others: Sequence[tuple[Operation, Evaluator]], text: str
) -> Evaluator:
    """Compare neighbours, `a < b < c`, up to the first pair that does not hold."""

    def evaluate(scope: Scope, budget: Budget) -> bool:
        left = first(scope, budget)
        for operation, other in others:
            right = other(scope, budget)
            try:
                holds = operation(left, right, budget)
            except RefusedError as refused:
                raise EvaluationError(str(refused), text) from None
            if not holds:
                return False
            left = right
        return True

    return evaluate


def all_of(parts: Sequence[Evaluator]) -> Evaluator:
    """Give the first value that is false, else the last one."""
    *leading, last = parts

    def evaluate(scope: Scope, budget: Budget) -> Any:
        for part in leading:
            value = part(scope, budget)
            if not value:
                return value
        return last(scope, budget)

    return evaluate


def any_of(parts: Sequence[Evaluator]) -> Evaluator:
    """Give the first value that is true, else the last one."""
    *leading, last = parts

    def evaluate(scope: Scope, budget: Budget) -> Any:
        for part in leading:
            value = part(scope, budget)
            if value:
                return value
        return last(scope, budget)

    return evaluate


def negation(operand: Evaluator) -> Evaluator:
    """Turn true into false and false into true."""
    return lambda scope, budget: not operand(scope, budget)


def choice(test: Evaluator, chosen: Evaluator, otherwise: Evaluator) -> Evaluator:
    """Evaluate one of two parts only."""
    return lambda scope, budget: (
        chosen(scope, budget) if test(scope, budget) else otherwise(scope, budget)
    )


def listing(items: Sequence[Evaluator]) -> Evaluator:
    """Make a list."""
    return lambda scope, budget: [item(scope, budget) for item in items]


def mapping(items: Sequence[tuple[str, Evaluator]]) -> Evaluator:
    """Make an object."""
    return lambda scope, budget: {name: item(scope, budget) for name, item in items}


def _look_up(box: Any, name: str, text: str) -> Any:
    try:
        return look_up(box, name)
    except RefusedError as refused:
        raise EvaluationError(str(refused), text) from None
