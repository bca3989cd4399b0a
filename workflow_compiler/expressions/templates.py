r"""Texts with holes: `Dear {{ input.name | default("customer") }}`.

A hole reads one path and may pass it through filters. The text is read once, from left to
right, and what a hole gives is never read again: braces that arrive in data stay braces. A
literal `{{` is written `\{{`, and a backslash in front of a hole `\\{{`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from workflow_compiler.expressions.bounds import Budget
from workflow_compiler.expressions.errors import (
    EvaluationError,
    ExpressionSyntaxError,
    RefusedError,
    all_of,
)
from workflow_compiler.expressions.holes import Hole, compile_hole
from workflow_compiler.expressions.names import Names, Scope
from workflow_compiler.expressions.text import MAX_TEXT, to_text
from workflow_compiler.expressions.tokens import fault

MAX_STEPS: Final = 6_000_000
"""Steps of one rendering: enough for a text of the largest size."""

_OPENING: Final = re.compile(r"(?P<backslashes>\\*)\{\{")
_INSIDE: Final = re.compile(
    r"""(?:[^"'}]|"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|\}(?!\}))*+(?=\}\})""", re.DOTALL
)

_Renderer: TypeAlias = Callable[[Scope], Any]


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template; two of the same source are equal.

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
    _renderer: _Renderer = field(compare=False, repr=False)

    def render(self, scope: Scope) -> Any:
        """Fill the holes. A text that is one hole and nothing else gives the value as it is.

        Raises:
            EvaluationError: A path cannot be read, or the text would be too long.
        """
        return self._renderer(scope)


def is_template(text: str) -> bool:
    r"""Tell whether rendering can change the text: it has a hole, or an escaped `\{{`."""
    return "{{" in text


def compile_template(text: str, names: Names) -> Template:
    """Read a text with holes and check all that can be checked without data.

    Raises:
        ExpressionSyntaxError: A hole is not closed, is no path, or speaks of unknown names.
    """
    texts, holes = _split(text, names)
    return Template(
        source=text,
        references=frozenset[str]().union(*(hole.references for hole in holes)),
        roots=frozenset[str]().union(*(hole.roots for hole in holes)),
        secrets=frozenset[str]().union(*(hole.secrets for hole in holes)),
        relies_on=frozenset[str]().union(*(hole.relies_on for hole in holes)),
        sees_status=any(hole.sees_status for hole in holes),
        _renderer=_renderer(texts, holes),
    )


def _split(source: str, names: Names) -> tuple[list[str], list[Hole]]:
    """Cut the text at its holes; there is one piece of text more than there are holes."""
    texts, holes, position = [""], list[Hole](), 0
    faults: list[ExpressionSyntaxError] = []
    for opening in _OPENING.finditer(source):
        if opening.start() < position:
            continue  # inside the string of a hole
        backslashes = len(opening["backslashes"])
        texts[-1] += source[position : opening.start()] + "\\" * (backslashes // 2)
        position = opening.end()
        if backslashes % 2:
            texts[-1] += "{{"
            continue
        inside = _INSIDE.match(source, position)
        if inside is None:
            faults.append(_unclosed(source, opening))
            break
        try:
            holes.append(compile_hole(source, position, inside.end(), names))
        except ExpressionSyntaxError as error:
            faults += error.faults
        texts.append("")
        position = inside.end() + len("}}")
    if faults:
        raise all_of(faults)
    texts[-1] += source[position:]
    return texts, holes


def _unclosed(source: str, opening: re.Match[str]) -> ExpressionSyntaxError:
    hint = r"close it with }}; a literal {{ is written \{{"
    return fault(source, opening.end() - len("{{"), "this hole is not closed", hint)


def _renderer(texts: Sequence[str], holes: Sequence[Hole]) -> _Renderer:
    if len(holes) == 1 and not any(texts):
        return lambda scope: holes[0].read(scope, Budget(MAX_STEPS))
    return lambda scope: _fill(texts, holes, scope)


def _fill(texts: Sequence[str], holes: Sequence[Hole], scope: Scope) -> str:
    budget = Budget(MAX_STEPS)
    filled = [texts[0]]
    size = len(texts[0])
    for hole, text in zip(holes, texts[1:], strict=True):
        piece = _text_of(hole, scope, budget)
        size += len(piece) + len(text)
        _check_size(size, hole)
        filled += [piece, text]
    rendered = "".join(filled)
    if holes and not rendered.isascii():
        _check_size(len(rendered.encode(errors="surrogatepass")), holes[-1])
    return rendered


def _text_of(hole: Hole, scope: Scope, budget: Budget) -> str:
    try:
        return to_text(hole.read(scope, budget), budget)
    except RefusedError as refused:
        raise EvaluationError(str(refused), hole.text) from None


def _check_size(size: int, hole: Hole) -> None:
    if size > MAX_TEXT:
        reason = f"the text would be longer than {MAX_TEXT:,} bytes"
        raise EvaluationError(reason, hole.text)
