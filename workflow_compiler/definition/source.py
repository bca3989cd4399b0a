"""Where the parts of a definition stood in the document that somebody wrote.

Problems are found in the canonical form but must be addressed in the document as it was given: a
React Flow node keeps its config under `data`, a short form keeps its nodes in a map, and a file has
lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import yaml

from workflow_compiler.definition.scalars import place_in_scalar
from workflow_compiler.errors import Problem


class Source:
    """Maps canonical JSON pointers to the given document's, and those to its lines.

    `moved` holds the pointers of the subtrees that stood elsewhere; `text` is None when the
    document was given as data; `remarks` are what was odd about the spelling, but no error;
    `faults` are what could not be read and was left out, with their addresses in the given
    document; `kept` says for `nodes` and `edges` which are left then, by their places.
    """

    def __init__(
        self,
        moved: Mapping[str, str] | None = None,
        text: str | None = None,
        remarks: Sequence[Problem] = (),
        faults: Sequence[Problem] = (),
        kept: Mapping[str, Sequence[int]] | None = None,
    ) -> None:
        self._moved = dict(moved or {})
        self._text = text
        self._kept = dict(kept or {})
        self.remarks = tuple(remarks)
        self.faults = tuple(faults)

    def short_of(self, faults: Sequence[Problem], kept: Mapping[str, Sequence[int]]) -> Source:
        """The source of what is left of the document."""
        # What was odd is placed in the whole document; what the rules find, in what is left of it.
        odd = map(self.locate, self.remarks)
        return Source(self._moved, self._text, (), (*self.faults, *odd, *faults), kept)

    def locate(self, problem: Problem) -> Problem:
        """The same problem with its address in the given document."""
        pointer = self.pointer(problem.pointer)
        prefix = next((p for p in _prefixes(pointer) if p in self._nodes), None)
        if prefix is None:
            return replace(problem, pointer=pointer)
        node = self._nodes[prefix]
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        match node, problem:
            case yaml.ScalarNode(), Problem(line=int() as inner, column=int() as sign) if (
                prefix == pointer
            ):  # the problem knows where in its text it is
                line, column = place_in_scalar(self._text or "", node, inner, sign)
            case _:
                pass
        return replace(problem, pointer=pointer, line=line, column=column)

    def pointer(self, canonical: str) -> str:
        """Where the part with this canonical pointer stood."""
        canonical = self._before_loss(canonical)
        for prefix in _prefixes(canonical):
            if (moved := self._moved.get(prefix)) is not None:
                return moved + canonical[len(prefix) :]
        return canonical

    def _before_loss(self, pointer: str) -> str:
        match pointer.split("/", 3):
            case ["", key, number, *rest] if key in self._kept:
                return pointer_of(key, self._kept[key][int(number)]) + "".join(
                    f"/{r}" for r in rest
                )
            case _:
                return pointer

    @cached_property
    def _nodes(self) -> Mapping[str, yaml.Node]:
        """Every part of the text; worked out only when there is a problem to report."""
        if self._text is None:
            return {}
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            return dict(_walk(yaml.compose(self._text, Loader=loader)))
        except yaml.YAMLError:  # JSON that is no YAML: with tabs, or half a surrogate pair
            return {}


def pointer_of(*parts: str | int) -> str:
    """A JSON pointer (RFC 6901) made of keys and indexes."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def _prefixes(pointer: str) -> Iterator[str]:
    """The pointer and those of all that contains it, innermost first."""
    yield pointer
    while pointer:
        pointer = pointer.rpartition("/")[0]
        yield pointer


def _walk(root: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    waiting = [("", root)] if root else []
    while waiting:
        pointer, node = waiting.pop()
        yield pointer, node
        match node:
            case yaml.MappingNode():
                waiting += [(pointer + pointer_of(key.value), value) for key, value in node.value]
            case yaml.SequenceNode():
                waiting += [(pointer + pointer_of(i), item) for i, item in enumerate(node.value)]
            case _:
                pass
