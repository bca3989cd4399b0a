"""A node's config brought together with its type: validated, its languages compiled.

What can be known before a run is known here: the shape of the config, the syntax of every template
and expression, the names that they read. What is left is a function from a run's data to the config
that the behaviour gets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from workflow_compiler.definition.source import pointer_of
from workflow_compiler.errors import ErrorType, NodeError, Problem
from workflow_compiler.expressions import (
    Expression,
    ExpressionSyntaxError,
    Names,
    Scope,
    Template,
    compile_expression,
    compile_template,
    is_template,
)
from workflow_compiler.expressions.names import in_the_log
from workflow_compiler.expressions.text import as_text
from workflow_compiler.registry import NodeConfig, NodeType
from workflow_compiler.registry.config import Language, languages

Text = TypeVar("Text", Expression, Template)
Resolve: TypeAlias = Callable[[Scope], Any]


@dataclass(frozen=True, slots=True)
class BoundValue:
    """A JSON value in whose strings the templates or expressions are compiled.

    `resolve` is None where the value is the same in every run.
    """

    given: Any
    resolve: Resolve | None
    texts: tuple[Expression | Template, ...]

    def value(self, scope: Scope) -> Any:
        """The value in a run with this data.

        Raises:
            EvaluationError: a template or expression cannot be worked out.
        """
        return self.given if self.resolve is None else self.resolve(scope)


@dataclass(frozen=True, slots=True)
class BoundConfig:
    """The config of one node, ready to be resolved once per visit.

    Attributes:
        model: The config model of the node's type.
        given: The config as it is stored.
        static: The stored config as a model; None where only a run can tell whether it is valid.
        fields: The stored fields with their languages compiled.
        moving: Those that only a run can tell, and how; none where every run has the same config.
        secrets: Names of the secrets that it reads.
    """

    model: type[NodeConfig]
    given: Mapping[str, Any]
    static: NodeConfig | None
    fields: Mapping[str, BoundValue]
    moving: tuple[tuple[str, Resolve], ...]
    secrets: frozenset[str] = frozenset()

    def values(self, scope: Scope) -> Mapping[str, Any]:
        """The config as data, with every template and expression replaced by its value.

        Raises:
            EvaluationError: one of them cannot be worked out.
        """
        if not self.moving:
            return self.given
        found = dict(self.given)
        for name, resolve in self.moving:
            found[name] = resolve(scope)
        return found

    def filled(self, values: Any, secrets: Mapping[str, str]) -> Any:
        """Values as somebody found them in the log, with secrets in the place of their names.

        Only in the fields that name them: anywhere else such a text is data.
        """
        if not isinstance(values, Mapping):
            return values
        return {
            name: _filled(value, {key: secrets[key] for key in self._secrets_of(name)})
            for name, value in values.items()
        }

    def _secrets_of(self, field: str) -> frozenset[str]:
        texts = self.fields[field].texts if field in self.fields else ()
        return frozenset[str]().union(*(text.secrets for text in texts))

    def load(self, values: Mapping[str, Any]) -> NodeConfig:
        """The config model of these values.

        Raises:
            NodeError: a value that a template gave is not what the type needs.
        """
        if self.static is not None and values is self.given:
            return self.static
        try:
            return self.model.model_validate(values)
        except ValidationError as error:
            details = error.errors(include_url=False)[0]
            place = ".".join(map(str, details["loc"]))
            message = f"config {place!r}: {details['msg']}"
            raise NodeError(ErrorType.VALIDATION, message) from error


class Binder:
    """Binds texts to the names that are legal at one place; `problems` takes what is wrong."""

    def __init__(self, names: Names, problems: list[Problem]) -> None:
        self._names = names
        self._expressions: dict[str, Expression] = {}
        self._templates: dict[str, Template] = {}
        self.problems = problems

    def config(self, node_type: NodeType, given: Mapping[str, Any], pointer: str) -> BoundConfig:
        """Bind a node's config; its problems are added to `problems`."""
        model = node_type.config
        static = self._validated(model, given, pointer)
        fields: dict[str, BoundValue] = {}
        moving: list[tuple[str, Resolve]] = []
        for name, language, is_text in languages(model):
            if name not in given:
                continue
            fields[name] = bound = self.value(given[name], language, pointer + pointer_of(name))
            if bound.resolve is not None:
                moving.append((name, _textual(bound.resolve) if is_text else bound.resolve))
        texts = (text for value in fields.values() for text in value.texts)
        secrets = frozenset[str]().union(*(text.secrets for text in texts))
        return BoundConfig(model, given, static, fields, tuple(moving), secrets)

    def value(self, given: Any, language: Language, pointer: str) -> BoundValue:
        """Bind a JSON value, however deep its strings lie."""
        match given:
            case str():
                return self._string(given, language, pointer)
            case dict():
                return self._object(given, language, pointer)
            case list() | tuple():
                return self._list(given, language, pointer)
            case _:
                return BoundValue(given, None, ())

    def expression(self, source: str, pointer: str) -> Expression | None:
        """Compile an expression; None when it is wrong."""
        return self._compiled(self._expressions, compile_expression, source, pointer)

    def _string(self, given: str, language: Language, pointer: str) -> BoundValue:
        match language:
            case Language.LITERAL:
                return BoundValue(given, None, ())
            case Language.EXPRESSION:
                expression = self.expression(given, pointer)
                return _bound(given, expression.evaluate if expression else None, expression)
            case Language.TEMPLATE:
                if not is_template(given):
                    return BoundValue(given, None, ())
                template = self._compiled(self._templates, compile_template, given, pointer)
                return _bound(given, template.render if template else None, template)

    def _compiled(
        self,
        known: dict[str, Text],
        compile_: Callable[[str, Names], Text],
        source: str,
        pointer: str,
    ) -> Text | None:
        """Compile a text once, however often it stands under these names."""
        if (found := known.get(source)) is not None:
            return found
        try:
            made = known[source] = compile_(source, self._names)
        except ExpressionSyntaxError as error:
            self.problems += [_language_problem(fault, pointer) for fault in error.faults]
            return None
        return made

    def _object(self, given: dict[str, Any], language: Language, pointer: str) -> BoundValue:
        parts = {k: self.value(v, language, pointer + pointer_of(k)) for k, v in given.items()}
        texts = tuple(text for part in parts.values() for text in part.texts)

        def resolve(scope: Scope) -> dict[str, Any]:
            return {key: part.value(scope) for key, part in parts.items()}

        return BoundValue(given, resolve if texts else None, texts)

    def _list(self, given: Sequence[Any], language: Language, pointer: str) -> BoundValue:
        parts = [self.value(v, language, pointer + pointer_of(i)) for i, v in enumerate(given)]
        texts = tuple(text for part in parts for text in part.texts)

        def resolve(scope: Scope) -> list[Any]:
            return [part.value(scope) for part in parts]

        return BoundValue(given, resolve if texts else None, texts)

    def _validated(
        self, model: type[NodeConfig], given: Mapping[str, Any], pointer: str
    ) -> NodeConfig | None:
        try:
            return model.model_validate(given)
        except ValidationError as error:
            self.problems += _config_problems(error, model, pointer)
            return None


def _filled(value: Any, secrets: Mapping[str, str]) -> Any:
    match value:
        case str():
            for name, reference in in_the_log(secrets).items():
                value = value.replace(reference, secrets[name])
            return value
        case dict():
            return {key: _filled(part, secrets) for key, part in value.items()}
        case list():
            return [_filled(part, secrets) for part in value]
        case _:
            return value


def _textual(resolve: Resolve) -> Resolve:
    return lambda scope: as_text(resolve(scope))


def _bound(given: Any, resolve: Resolve | None, text: Expression | Template | None) -> BoundValue:
    return BoundValue(given, resolve, () if text is None else (text,))


def _config_problems(
    error: ValidationError, model: type[NodeConfig], pointer: str
) -> Iterator[Problem]:
    literal = {(name,) for name, kind, _ in languages(model) if kind is Language.LITERAL}
    for details in error.errors(include_url=False):
        if details["loc"][:1] not in literal and _may_be_filled_in(details):
            continue
        unknown = details["type"] == "extra_forbidden"
        hint = f"known keys: {', '.join(model.model_fields) or 'none'}" if unknown else None
        yield Problem(
            code="invalid-config",
            message=_config_message(details),
            pointer=pointer + pointer_of(*details["loc"]),
            hint=hint,
        )


def _may_be_filled_in(details: ErrorDetails) -> bool:
    """A template where the type wants a number is judged when its value is known."""
    return isinstance(details["input"], str) and is_template(details["input"])


def _config_message(details: ErrorDetails) -> str:
    key = str(details["loc"][-1]) if details["loc"] else "config"
    match details["type"]:
        case "missing":
            return f"the config needs the key {key!r}"
        case "extra_forbidden":
            return f"the config key {key!r} is not known"
        case _:
            return f"config {key!r}: {details['msg'].removeprefix('Value error, ')}"


def _language_problem(error: ExpressionSyntaxError, pointer: str) -> Problem:
    place = f"line {error.line}, column" if error.line > 1 else "column"
    return Problem(
        code="invalid-expression",
        message=f"{error.message}, at {place} {error.column}",
        pointer=pointer,
        hint=error.hint,
        line=error.line,
        column=error.column,
    )
