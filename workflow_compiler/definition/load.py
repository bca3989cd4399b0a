"""Text to plain data: JSON and YAML, bounded, and nothing in it executed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterator
from typing import Any

import yaml

from workflow_compiler.definition.json_text import MAX_DIGITS, read_json
from workflow_compiler.errors import DefinitionError, Problem

MAX_BYTES = 1_048_576
MAX_DEPTH = 64
MAX_VALUES = 500_000

_TAG = "tag:yaml.org,2002:"
_SCALARS = tuple(
    (f"{_TAG}{kind}", re.compile(rf"(?:{pattern})\Z"))
    for kind, pattern in (
        ("null", "~|null|Null|NULL|"),
        ("bool", "true|True|TRUE|false|False|FALSE"),
        ("int", "[-+]?(?:0|[1-9][0-9]*)"),
        ("float", r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"),
    )
)
"""What a scalar without quotes may be (YAML 1.2); everything else is text."""


def load(text: str) -> Any:
    """The data that a JSON or YAML text holds.

    Raises:
        DefinitionError: the text is too large, is neither JSON nor YAML, has a key twice or a
            number that JSON does not know, or unfolds through YAML aliases into too much.
    """
    if len(text) > MAX_BYTES or len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise _refused("too-large", f"the document is larger than {MAX_BYTES:,} bytes")
    try:
        data = _json(text) if text.lstrip()[:1] in {"{", "["} else _yaml(text)
    except RecursionError as error:
        raise _too_deep() from error
    return data


def check_data(document: object) -> None:
    """Refuse data that is nested too deep, unfolds into too many values or has endless numbers.

    Shared parts (YAML aliases) count as often as they are used, and a part that contains itself is
    found by its endless depth; the walk is level by level, so it cannot overflow.

    Raises:
        DefinitionError: it does.
    """
    level, total = [document], 1
    for _ in range(MAX_DEPTH):
        level = [child for value in level for child in _children(value)]
        total += len(level)
        for value in level:
            _check_number(value)
        if not level:
            return
        if total > MAX_VALUES:
            raise _refused("too-large", f"the document unfolds into over {MAX_VALUES:,} values")
    raise _too_deep()


def _check_number(value: object) -> None:
    if type(value) is float and not math.isfinite(value):
        raise _refused("no-number", f"{value} is no JSON number")
    if type(value) is int and value.bit_length() > MAX_DIGITS / math.log10(2):
        raise _too_long()


def _children(value: object) -> Iterator[object]:
    match value:
        case dict():
            yield from value.values()
        case list() | tuple():
            yield from value
        case _:
            return


def _json(text: str) -> Any:
    try:
        return read_json(text)
    except json.JSONDecodeError as error:
        return _yaml_unless_json(text, error)


def _yaml_unless_json(text: str, error: json.JSONDecodeError) -> Any:
    """YAML's flow style looks like JSON at first sight; what neither reads is reported as JSON."""
    try:
        return _yaml(text)
    except DefinitionError:
        raise _refused(
            "no-json", f"the text is no JSON: {error.msg}", error.lineno, error.colno
        ) from error


def _too_long() -> DefinitionError:
    return _refused("no-number", f"a number has more than {MAX_DIGITS:,} digits")


def _yaml(text: str) -> Any:
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - it is a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise _refused("no-yaml", f"the text is no YAML: {error.problem}", *place) from error
    except (yaml.YAMLError, ValueError) as error:
        raise _refused("no-yaml", f"the text is no YAML: {error}") from error


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader with JSON's kinds of values: `on`, `012` and dates are text, keys as well."""

    yaml_implicit_resolvers = {None: list(_SCALARS)}  # noqa: RUF012 - how the library is configured

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            _check_key(key, seen)
            key.tag = f"{_TAG}str"
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)  # type: ignore[no-any-return]


def _check_key(key: yaml.Node, seen: Collection[str]) -> None:
    line, column = key.start_mark.line + 1, key.start_mark.column + 1
    if not isinstance(key, yaml.ScalarNode):
        raise _refused("no-yaml", "keys are text, not lists or objects", line, column)
    if key.value == "<<":
        # Merged keys can double with every alias, long before the size of the result is known.
        raise _refused("no-yaml", "merge keys (<<) are not read; repeat the keys", line, column)
    if key.value in seen:
        message = f"the key {key.value!r} stands twice in one object"
        raise _refused("duplicate-key", message, line, column)


def _too_deep() -> DefinitionError:
    return _refused("too-deep", f"the document is nested deeper than {MAX_DEPTH} levels")


def _refused(
    code: str, message: str, line: int | None = None, column: int | None = None
) -> DefinitionError:
    problem = Problem(code=code, message=message, pointer="", line=line, column=column)
    return DefinitionError([problem])
